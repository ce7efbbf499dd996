// What an instance does on its first start: create the shard, wait for who does, or neither.
//
// Pure; asked with the instance's own configuration and what it finds on its own disk. Bootstrap
// is this answer plus connections and agreements: the chosen one creates only with enough of both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "raft/failover/config.h"

namespace ww::raft::failover {

// How many of `total` instances have to be connected, the asking one included: more than half.
constexpr uint32_t ConnectionsNeeded(uint32_t total) { return total / 2 + 1; }
// Those that count as connections: neither anonymous nor isolated.
uint32_t PeersOf(const FailoverConfig& config);

struct CreateShard {
  uint32_t connections = 0;  // Including itself.
};
struct WaitFor {
  std::string name;  // Nobody stands in for it.
};
struct WaitForOrder {};  // Strategies supervised and native: an operator or coordinator names one.
struct NobodyEligible {};
struct StayIsolated {};  // Cut off and without data: there is nothing that it could start with.
// Data is there, so the shard exists: priorities are not asked.
struct JoinAgain {};

using FirstStart =
    std::variant<CreateShard, WaitFor, WaitForOrder, NobodyEligible, StayIsolated, JoinAgain>;

struct LocalDisk {
  bool has_data = false;
};

// For an instance of a supervised replicaset.
FirstStart DecideFirstStart(const FailoverConfig& config, std::string_view self, LocalDisk disk);

}  // namespace ww::raft::failover
