// What bootstrap would do with a replicaset, in words: for operators, and for logs of who waits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "raft/failover/choice.h"
#include "raft/failover/config.h"

namespace ww::raft::failover {

struct BootstrapView {
  std::optional<std::string> leader;  // Nothing: nobody is chosen, or not by priority.
  Choice choice;                      // Empty where priorities are not asked.
  std::string why;                    // One line.
  std::vector<std::string> warnings;  // What surprises, one line each.
};

BootstrapView ViewBootstrap(const FailoverConfig& config);

// Who waits for whom on the very first start, and for how many connections: a sentence each.
std::vector<std::string> DescribeWaiting(const FailoverConfig& config, const BootstrapView& view);

}  // namespace ww::raft::failover
