#include "raft/meta/metadata.h"

#include <fmt/format.h>

#include <utility>

#include "raft/meta/apply.h"
#include "raft/meta/codec.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

constexpr std::string_view kImageUnlessAt = "image unless at ";

}  // namespace

std::string ImageUnlessAt(Version version) { return fmt::format("{}{}", kImageUnlessAt, version); }

std::string Metadata::Apply(std::string_view bytes) {
  const std::optional<Command> command = DecodeCommand(bytes);
  if (!command.has_value()) return Encode(Result(Refused{Refusal::kMalformed, state_.version}));
  return Encode(meta::Apply(state_, *command));
}

std::string Metadata::Query(std::string_view query) const {
  if (query == kImageQuery) return Save();
  if (query.starts_with(kImageUnlessAt)) {
    return query == ImageUnlessAt(state_.version) ? std::string() : Save();
  }
  if (query == kTextQuery) return TextOf(state_);
  if (query == kFailoverQuery) return Encode(state_.failover);
  return {};
}

std::string Metadata::Save() const { return Encode(state_); }

bool Metadata::Load(std::string_view image) {
  std::optional<State> state = DecodeState(image);
  if (!state.has_value()) return false;
  state_ = *std::move(state);
  CHECK(Defect(state_).empty());
  return true;
}

namespace {

std::string TextOf(const HostRecord& host) {
  return fmt::format("host {} at {}{}{}\n", host.id, host.target, host.dead ? ", dead" : "",
                     host.draining ? ", draining" : "");
}

const char* TextOf(const Placement& placement) {
  if (placement.state == PlacementState::kPlanned) return "planned";
  if (placement.state == PlacementState::kLeaving) return "leaving";
  if (placement.role == MemberRole::kWitness) return "witness";
  return placement.role == MemberRole::kVoter ? "voter" : "non-voting";
}

std::string TextOf(const ShardRecord& shard) {
  std::string text =
      fmt::format("shard {} {}, {} voters:", shard.id, NameOf(shard.phase), shard.voters);
  for (const Placement& placement : shard.placements) {
    text += fmt::format(" {}@{} {};", placement.replica, placement.host, TextOf(placement));
  }
  if (!shard.migration.none()) text += fmt::format(" in migration {}", shard.migration);
  return text + "\n";
}

std::string TextOfProgress(const Migration& migration) {
  if (const auto* moving = std::get_if<Moving>(&migration.progress)) {
    return fmt::format("move {} of {}: {}", moving->move + 1, migration.moves.size(),
                       NameOf(moving->step));
  }
  if (const auto* back = std::get_if<RollingBack>(&migration.progress)) {
    return fmt::format("rolling back move {} ({}): {}", back->move + 1, NameOf(back->reason),
                       NameOf(back->step));
  }
  return "waiting";
}

std::string TextOf(const Migration& migration) {
  std::string text =
      fmt::format("migration {} of shard {}, {}, {}, {};", migration.id, migration.shard,
                  NameOf(migration.cause), NameOf(migration.strategy), TextOfProgress(migration));
  for (const Move& move : migration.moves) {
    text += fmt::format(" {}@{} to {}@{};", move.old_replica, move.source, move.new_replica,
                        move.target);
  }
  return text + "\n";
}

}  // namespace

namespace {

std::string TextOf(const FailoverState& failover) {
  const CoordinatorLock& lock = failover.lock;
  std::string text;
  if (!lock.term.none()) {
    text = fmt::format("coordinator {} of term {}\n", lock.holder, lock.term);
  }
  for (const ReplicasetRecord& record : failover.replicasets) {
    text += fmt::format("replicaset {}: host {} appointed ({})", record.id, record.appointed,
                        NameOf(record.cause));
    if (!record.granted_in.none()) text += fmt::format(", leases of term {}", record.granted_in);
    if (!record.last_switch.none()) {
      text += fmt::format(", switch {} to host {}: {}", record.last_switch, record.switch_to,
                          NameOf(record.switch_state));
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string TextOf(const State& state) {
  std::string text = fmt::format("cluster {} version {} controller {} of term {}\n", state.cluster,
                                 state.version, state.controller.host, state.controller.term);
  for (const HostRecord& host : state.hosts) text += TextOf(host);
  for (const ShardRecord& shard : state.shards) text += TextOf(shard);
  for (const Migration& migration : state.migrations) text += TextOf(migration);
  for (const OwedCleanup& owed : state.owed) {
    text += fmt::format("owed: replica {} of shard {} on host {}\n", owed.id.replica, owed.id.shard,
                        owed.host);
  }
  text += TextOf(state.failover);
  return text + fmt::format("migrations done {}, aborted {}\n", state.migrations_done,
                            state.migrations_aborted);
}

}  // namespace ww::raft::meta
