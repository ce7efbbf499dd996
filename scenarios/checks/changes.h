// What was asked for and what came of it: definite-failure of changes of membership, and
// config-serialised of those that name the change that they follow.
//
// An asking leads to one entry at most, and to none when it was refused. So of each request leaders
// append at most as many entries as there were askings that were not refused; that holds at every
// moment, whatever is asked again.
#pragma once

#include <vector>

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class ChangeChecks {
 public:
  explicit ChangeChecks(Reporter& reporter) : reporter_(reporter) {}

  void On(const ChangeAsked& event);
  void On(const ConfigAppended& event);
  void On(const ChangeAnswered& event, const Ghost& ghost);

 private:
  struct Request {
    ShardId shard;
    uint64_t digest = 0;
    uint64_t asked = 0;
    uint64_t refused = 0;
    uint64_t appended = 0;  // Entries that leaders created.
    Index newest;           // The last of them.
  };
  struct Ask {
    uint64_t id = 0;
    size_t request = 0;
    std::optional<Index> expected;
  };

  // Where it stands in `requests_`.
  size_t RequestOf(ShardId shard, uint64_t digest);
  void JudgeCount(const Request& request);
  void JudgeOrder(const Ask& ask, Index index, const Ghost& ghost);

  Reporter& reporter_;
  std::vector<Request> requests_;
  std::vector<Ask> open_;
};

}  // namespace ww::checks
