// The choice: which instance leads. One rule for bootstrap and for appointments at runtime.
//
// The highest priority wins, then the lowest name. Never chosen: anonymous instances; learners (at
// bootstrap only from 3.4 on: the known inconsistency of 3.3); a priority of NaN or -inf; and, at
// runtime, who is not live. Nothing else is looked at: no liveness, data or identity at bootstrap,
// no order in the file, not `isolated`. So all who have one configuration choose alike, without a
// message.
//
// The result explains itself: everybody else has a rank or a reason.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "raft/failover/config.h"

namespace ww::raft::failover {

enum class SkipReason : uint8_t { kAnonymous, kLearner, kNotANumber, kMinusInfinity, kNotLive };
std::string_view NameOf(SkipReason reason);  // In words, after a name.

struct Skipped {
  std::string name;
  SkipReason reason = SkipReason::kAnonymous;
  friend bool operator==(const Skipped&, const Skipped&) = default;
};

// Invariants: `order` and `skipped` together name each instance once.
struct Choice {
  std::vector<std::string> order;  // Of preference; the first is chosen.
  std::vector<Skipped> skipped;    // In the order of names.

  std::optional<std::string> chosen() const {
    return order.empty() ? std::nullopt : std::optional(order.front());
  }
};

// Who creates the shard on the very first start. For a supervised replicaset; in other modes
// priorities mean nothing.
Choice ChooseBootstrapLeader(const FailoverConfig& config);

// Whom the coordinator appoints when there is no leader. `live`: names of instances of the
// replicaset, in any order. Nobody eligible: nobody is chosen.
Choice ChooseAppointee(const FailoverConfig& config, std::span<const std::string> live);

// Whether an operator may name this instance in a switch. Liveness is asked when it is done.
enum class SwitchRefusal : uint8_t { kUnknown, kAnonymous, kLearner };
std::optional<SwitchRefusal> RefuseSwitch(const FailoverConfig& config, std::string_view name);

}  // namespace ww::raft::failover
