#include <algorithm>
#include <functional>

#include "raft/meta/apply_parts.h"
#include "raft/meta/target.h"
#include "sim/base/check.h"

namespace ww::raft::meta {

// --- Ids ---

std::optional<Refusal> JudgeProposal(IdMode mode, const ShardRecord& shard, ReplicaId proposed) {
  if (mode == IdMode::kIncreasing) {
    if (!proposed.none()) return Refusal::kBadProposal;
    if (shard.next_replica.value == UINT64_MAX) return Refusal::kIdsExhausted;
    return std::nullopt;
  }
  if (proposed.none()) return Refusal::kBadProposal;
  if (WasUsed(mode, shard, proposed)) return Refusal::kIdTaken;
  return std::nullopt;
}

ReplicaId HandOut(IdMode mode, ShardRecord& shard, ReplicaId proposed) {
  CHECK(!JudgeProposal(mode, shard, proposed).has_value());
  ReplicaId id = proposed;
  if (mode == IdMode::kIncreasing) {
    id = shard.next_replica;
    ++shard.next_replica;
  } else {
    shard.used.insert(std::lower_bound(shard.used.begin(), shard.used.end(), id), id);
  }
  CHECK(WasUsed(mode, shard, id));
  return id;
}

void AddPlacement(ShardRecord& shard, const Placement& placement) {
  CHECK(PlacementOf(shard, placement.replica) == nullptr);
  CHECK(PlacementOn(shard, placement.host) == nullptr);
  const auto at = std::lower_bound(
      shard.placements.begin(), shard.placements.end(), placement.replica,
      [](const Placement& other, ReplicaId wanted) { return other.replica < wanted; });
  shard.placements.insert(at, placement);
}

namespace {

// --- Judging ---

std::optional<Refusal> JudgeRange(const State& state, const KeyRange& keys) {
  if (std::max(keys.begin.size(), keys.end.size()) > kKeyBytesMax) return Refusal::kBadRange;
  if (!keys.end.empty() && keys.begin >= keys.end) return Refusal::kBadRange;
  for (const ShardRecord& shard : state.shards) {
    if (!shard.keys.has_value()) continue;
    const bool before = !keys.end.empty() && keys.end <= shard.keys->begin;
    const bool behind = !shard.keys->end.empty() && shard.keys->end <= keys.begin;
    if (!before && !behind) return Refusal::kRangeOverlaps;
  }
  return std::nullopt;
}

std::optional<Refusal> JudgeNewShard(const State& state, ShardId shard, const KeyRange& keys) {
  if (shard.none()) return Refusal::kZeroId;
  if (state.shards.Find(shard) != nullptr) return Refusal::kShardExists;
  if (state.shards.size() >= kShardsMax) return Refusal::kTooManyShards;
  return JudgeRange(state, keys);
}

std::optional<Refusal> JudgeSeats(const std::vector<Seat>& seats) {
  if (seats.size() > kVotersMax) return Refusal::kBadMembers;
  size_t voters = 0;
  for (size_t i = 0; i < seats.size(); ++i) {
    if (seats[i].replica.none() || seats[i].host.none()) return Refusal::kZeroId;
    if (seats[i].replica.value == UINT64_MAX) return Refusal::kIdsExhausted;
    if (seats[i].role == MemberRole::kNonVoting) return Refusal::kBadMembers;
    if (seats[i].role == MemberRole::kVoter) ++voters;
    for (size_t j = 0; j < i; ++j) {
      if (seats[j].replica >= seats[i].replica) return Refusal::kBadMembers;
      if (seats[j].host == seats[i].host) return Refusal::kBadMembers;
    }
  }
  if (voters == 0) return Refusal::kBadMembers;
  return std::nullopt;
}

ShardRecord LiveShard(IdMode mode, ShardId id, std::optional<KeyRange> keys,
                      const std::vector<Seat>& members, const Table<HostRecord>& hosts) {
  ShardRecord shard;
  shard.id = id;
  shard.keys = std::move(keys);
  shard.phase = ShardPhase::kLive;
  for (const Seat& seat : members) {
    if (seat.role == MemberRole::kVoter) ++shard.voters;
    AddPlacement(shard, Placement{seat.replica, seat.host, hosts.Get(seat.host).disk, seat.role,
                                  PlacementState::kMember});
    if (mode == IdMode::kRandom) shard.used.push_back(seat.replica);
    if (mode == IdMode::kIncreasing) shard.next_replica = seat.replica.next();
  }
  CHECK_GT(shard.voters, 0u);
  return shard;
}

std::optional<Refusal> JudgeFounding(const Found& command) {
  if (command.cluster.none()) return Refusal::kZeroId;
  if (command.hosts.size() > kHostsMax) return Refusal::kTooManyHosts;
  std::vector<std::string> targets;
  HostId previous;
  for (const HostSeat& host : command.hosts) {
    if (host.host.none()) return Refusal::kZeroId;
    if (host.host <= previous) return Refusal::kBadMembers;
    if (!IsTarget(host.target)) return Refusal::kBadTarget;
    previous = host.host;
    targets.push_back(PlainTarget(host.target));
  }
  std::sort(targets.begin(), targets.end());
  if (std::adjacent_find(targets.begin(), targets.end()) != targets.end()) {
    return Refusal::kBadMembers;
  }
  for (const Seat& seat : command.founders) {
    const auto is_host = [&seat](const HostSeat& host) { return host.host == seat.host; };
    if (std::none_of(command.hosts.begin(), command.hosts.end(), is_host)) {
      return Refusal::kUnknownHost;
    }
  }
  return JudgeSeats(command.founders);
}

}  // namespace

// --- Commands ---

Outcome On(State& state, const Found& command) {
  if (!state.cluster.none()) return Refusal::kAlreadyFounded;
  if (const auto refusal = JudgeFounding(command)) return *refusal;
  state.cluster = command.cluster;
  state.ids = command.ids;
  for (const HostSeat& seat : command.hosts) {
    HostRecord host;
    host.id = seat.host;
    host.target = seat.target;
    state.hosts.Add(std::move(host));
  }
  state.shards.Add(
      LiveShard(state.ids, kMetadataShard, std::nullopt, command.founders, state.hosts));
  return Effect{};
}

Outcome On(State& state, const AdoptShard& command) {
  if (const auto refusal = JudgeNewShard(state, command.shard, command.keys)) return *refusal;
  if (const auto refusal = JudgeSeats(command.members)) return *refusal;
  for (const Seat& seat : command.members) {
    if (state.hosts.Find(seat.host) == nullptr) return Refusal::kUnknownHost;
  }
  state.shards.Add(LiveShard(state.ids, command.shard, command.keys, command.members, state.hosts));
  return Effect{};
}

Outcome On(State& state, const RequestCreateShard& command) {
  if (const auto refusal = JudgeNewShard(state, command.shard, command.keys)) return *refusal;
  if (command.voters == 0 || command.voters > kVotersMax) return Refusal::kBadMembers;
  const auto& hosts = command.hosts;
  if (!hosts.empty() && hosts.size() != command.voters) return Refusal::kBadMembers;
  if (std::adjacent_find(hosts.begin(), hosts.end(), std::greater_equal<>()) != hosts.end()) {
    return Refusal::kBadMembers;
  }
  for (const HostId host : hosts) {
    const HostRecord* record = state.hosts.Find(host);
    if (record == nullptr) return Refusal::kUnknownHost;
    if (record->dead) return Refusal::kHostDead;
    if (record->draining) return Refusal::kHostDraining;
  }
  if (std::count_if(state.hosts.begin(), state.hosts.end(), TakesReplicas) < command.voters) {
    return Refusal::kTooFewHosts;
  }
  ShardRecord shard;
  shard.id = command.shard;
  shard.keys = command.keys;
  shard.voters = command.voters;
  shard.hosts = hosts;
  state.shards.Add(std::move(shard));
  return Effect{};
}

namespace {

std::optional<Refusal> JudgeFounders(const State& state, const ShardRecord& shard,
                                     const PlaceShard& command) {
  const auto& hosts = command.hosts;
  if (hosts.size() != shard.voters || (!shard.hosts.empty() && hosts != shard.hosts)) {
    return Refusal::kBadMembers;
  }
  if (std::adjacent_find(hosts.begin(), hosts.end(), std::greater_equal<>()) != hosts.end()) {
    return Refusal::kBadMembers;
  }
  for (const HostId host : hosts) {
    if (const auto refusal = JudgeHome(state, host)) return refusal;
  }
  const size_t proposals = state.ids == IdMode::kRandom ? hosts.size() : 0;
  if (command.proposed.size() != proposals) return Refusal::kBadProposal;
  return std::nullopt;
}

}  // namespace

// Ids are handed out on a copy: a conflict of the last one must not use up the first.
Outcome On(State& state, const PlaceShard& command) {
  const ShardRecord* found = state.shards.Find(command.shard);
  if (found == nullptr) return Refusal::kUnknownShard;
  if (found->phase != ShardPhase::kRequested) return Refusal::kShardPhase;
  if (const auto refusal = JudgeFounders(state, *found, command)) return *refusal;
  ShardRecord placed = *found;
  Effect effect;
  for (size_t i = 0; i < command.hosts.size(); ++i) {
    const ReplicaId proposed = command.proposed.empty() ? ReplicaId() : command.proposed[i];
    if (const auto refusal = JudgeProposal(state.ids, placed, proposed)) return *refusal;
    const HostId host = command.hosts[i];
    effect.replicas.push_back(HandOut(state.ids, placed, proposed));
    AddPlacement(placed, Placement{effect.replicas.back(), host, state.hosts.Get(host).disk});
  }
  placed.phase = ShardPhase::kPlaced;
  state.shards.Change(command.shard, [&](ShardRecord& shard) { shard = std::move(placed); });
  return effect;
}

Outcome On(State& state, const UnplaceShard& command) {
  const ShardRecord* found = state.shards.Find(command.shard);
  if (found == nullptr) return Refusal::kUnknownShard;
  if (found->phase != ShardPhase::kPlaced) return Refusal::kShardPhase;
  if (state.owed.size() + found->placements.size() > kOwedMax) return Refusal::kTooManyOwed;
  for (const Placement& placement : found->placements) {
    state.owed.Add(OwedCleanup{{command.shard, placement.replica}, placement.host, placement.disk});
  }
  state.shards.Change(command.shard, [](ShardRecord& shard) {
    shard.placements.clear();
    shard.phase = ShardPhase::kRequested;
  });
  return Effect{};
}

Outcome On(State& state, const RecordShardCreated& command) {
  const ShardRecord* found = state.shards.Find(command.shard);
  if (found == nullptr) return Refusal::kUnknownShard;
  if (found->phase != ShardPhase::kPlaced) return Refusal::kShardPhase;
  state.shards.Change(command.shard, [](ShardRecord& shard) {
    for (Placement& placement : shard.placements) placement.state = PlacementState::kMember;
    shard.phase = ShardPhase::kLive;
  });
  return Effect{};
}

Outcome On(State& state, const RecordTransfer& command) {
  const ShardRecord* shard = state.shards.Find(command.shard);
  if (shard == nullptr) return Refusal::kUnknownShard;
  const Placement* to = PlacementOf(*shard, command.to);
  if (to == nullptr || to->role != MemberRole::kVoter || to->state != PlacementState::kMember) {
    return Refusal::kNotAVoter;
  }
  state.shards.Change(command.shard,
                      [&](ShardRecord& record) { record.leader_wanted = command.to; });
  return Effect{};
}

Outcome On(State& state, const AllocateId& command) {
  const ShardRecord* shard = state.shards.Find(command.shard);
  if (shard == nullptr) return Refusal::kUnknownShard;
  if (shard->phase == ShardPhase::kRequested) return Refusal::kShardNotLive;
  if (const auto refusal = JudgeProposal(state.ids, *shard, command.proposed)) return *refusal;
  Effect effect;
  state.shards.Change(command.shard, [&](ShardRecord& record) {
    effect.replicas.push_back(HandOut(state.ids, record, command.proposed));
  });
  return effect;
}

}  // namespace ww::raft::meta
