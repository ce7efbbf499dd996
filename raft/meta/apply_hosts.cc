#include <algorithm>

#include "raft/meta/apply_parts.h"
#include "raft/meta/target.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

// Whether the hosts without `leaving` could hold every shard that has a replica there.
bool RestCouldHold(const State& state, HostId leaving) {
  const auto takes = [leaving](const HostRecord& host) {
    return host.id != leaving && TakesReplicas(host);
  };
  const auto rest = std::count_if(state.hosts.begin(), state.hosts.end(), takes);
  return std::all_of(state.shards.begin(), state.shards.end(), [&](const ShardRecord& shard) {
    return PlacementOn(shard, leaving) == nullptr || shard.voters <= rest;
  });
}

}  // namespace

std::optional<Refusal> JudgeHome(const State& state, HostId host) {
  const HostRecord* record = state.hosts.Find(host);
  if (record == nullptr) return Refusal::kUnknownHost;
  if (record->dead) return Refusal::kHostDead;
  if (record->draining) return Refusal::kHostDraining;
  if (record->disk.none()) return Refusal::kDiskUnknown;
  return std::nullopt;
}

Outcome On(State& state, const AddHost& command) {
  if (command.host.host.none()) return Refusal::kZeroId;
  if (!IsTarget(command.host.target)) return Refusal::kBadTarget;
  const std::string plain = PlainTarget(command.host.target);
  for (const HostRecord& host : state.hosts) {
    if (host.id == command.host.host) return Refusal::kHostExists;
    if (PlainTarget(host.target) == plain) return Refusal::kHostExists;
  }
  if (state.hosts.size() >= kHostsMax) return Refusal::kTooManyHosts;
  HostRecord host;
  host.id = command.host.host;
  host.target = command.host.target;
  state.hosts.Add(std::move(host));
  return Effect{};
}

Outcome On(State& state, const RequestDrain& command) {
  const HostRecord* host = state.hosts.Find(command.host);
  if (host == nullptr) return Refusal::kUnknownHost;
  if (host->draining == command.draining) return Refusal::kNothingNew;
  if (command.draining && !RestCouldHold(state, command.host)) return Refusal::kTooFewHosts;
  state.hosts.Change(command.host, [&](HostRecord& record) { record.draining = command.draining; });
  return Effect{};
}

// What was there before the first report is on the disk that it tells of. A later report tells of
// another disk: what lived on the one before is lost, and keeps its name.
Outcome On(State& state, const RecordDisk& command) {
  if (command.disk.none()) return Refusal::kZeroId;
  const HostRecord* host = state.hosts.Find(command.host);
  if (host == nullptr) return Refusal::kUnknownHost;
  if (host->disk == command.disk) return Refusal::kNothingNew;
  const bool first = host->disk.none();
  state.hosts.Change(command.host, [&](HostRecord& record) { record.disk = command.disk; });
  if (!first) return Effect{};
  std::vector<ShardId> shards;
  for (const ShardRecord& shard : state.shards) {
    const Placement* placement = PlacementOn(shard, command.host);
    if (placement != nullptr && placement->disk.none()) shards.push_back(shard.id);
  }
  for (const ShardId shard : shards) {
    state.shards.Change(shard, [&](ShardRecord& record) {
      for (Placement& placement : record.placements) {
        if (placement.host == command.host) placement.disk = command.disk;
      }
    });
  }
  return Effect{};
}

Outcome On(State& state, const RecordDeath& command) {
  const HostRecord* host = state.hosts.Find(command.host);
  if (host == nullptr) return Refusal::kUnknownHost;
  if (host->dead == command.dead) return Refusal::kNothingNew;
  state.hosts.Change(command.host, [&](HostRecord& record) { record.dead = command.dead; });
  return Effect{};
}

Outcome On(State& state, const OweStranger& command) {
  const HostRecord* host = state.hosts.Find(command.host);
  if (host == nullptr) return Refusal::kUnknownHost;
  const ShardRecord* shard = state.shards.Find(command.who.shard);
  if (shard == nullptr) return Refusal::kUnknownShard;
  if (PlacementOf(*shard, command.who.replica) != nullptr) return Refusal::kStillPlaced;
  if (!WasUsed(state.ids, *shard, command.who.replica)) return Refusal::kNeverUsed;
  if (state.owed.Find(command.who) != nullptr) return Refusal::kAlreadyOwed;
  if (state.owed.size() >= kOwedMax) return Refusal::kTooManyOwed;
  state.owed.Add(OwedCleanup{command.who, command.host, host->disk});
  return Effect{};
}

Outcome On(State& state, const CleanupDone& command) {
  if (state.owed.Find(command.who) == nullptr) return Refusal::kNotOwed;
  state.owed.Erase(command.who);
  return Effect{};
}

}  // namespace ww::raft::meta
