#include "raft/meta/apply.h"

#include <utility>

#include "raft/meta/apply_parts.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

std::optional<Refusal> JudgeStamp(const State& state, const Stamp& stamp) {
  if (stamp.term < state.controller.term) return Refusal::kStaleController;
  if (stamp.term > state.controller.term) return Refusal::kNotInControl;
  if (stamp.expected != state.version) return Refusal::kStaleVersion;
  return std::nullopt;
}

Outcome On(State& state, const TakeControl& command) {
  if (command.controller.term.none() || command.controller.host.none()) return Refusal::kZeroId;
  if (command.controller.term < state.controller.term) return Refusal::kStaleController;
  if (command.controller.term == state.controller.term) return Refusal::kNothingNew;
  if (state.hosts.Find(command.controller.host) == nullptr) return Refusal::kUnknownHost;
  state.controller = command.controller;
  return Effect{};
}

// Was seen to before.
Outcome On(State&, const Failover&) { UNREACHABLE(); }

Outcome On(State& state, const Stamped& command) {
  if (const auto refusal = JudgeStamp(state, command.stamp)) return *refusal;
  return std::visit([&state](const auto& action) { return On(state, action); }, command.action);
}

}  // namespace

Result Apply(State& state, const Command& command) {
  const Version before = state.version;
  if (state.cluster.none() && !std::holds_alternative<Found>(command)) {
    return Refused{Refusal::kNotFounded, before};
  }
  if (const auto* failover = std::get_if<Failover>(&command); failover != nullptr) {
    const std::optional<Refusal> refusal = ApplyFailover(state, failover->action);
    if (refusal.has_value()) return Refused{*refusal, before};
    return Done{before, {}, {}};
  }
  Outcome outcome = std::visit([&state](const auto& what) { return On(state, what); }, command);
  CHECK_EQ(state.version, before);
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) return Refused{*refusal, before};
  ++state.version;
  CHECK_GT(state.version, before);
  auto& effect = std::get<Effect>(outcome);
  return Done{state.version, effect.migration, std::move(effect.replicas)};
}

}  // namespace ww::raft::meta
