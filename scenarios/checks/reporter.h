// Reporter: where checks count what they judged and report what they found.
//
// The first violation that is not expected is kept; an expected one is recorded once and then muted
// for its shard; a disabled property is neither reported nor counted.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/checks/properties.h"

namespace ww::checks {

class Reporter {
 public:
  Reporter(Judge& judge, const JudgeOptions& options);

  // Something non-trivial was judged.
  void Count(PropertyId id) { ++judged_[static_cast<size_t>(id)]; }
  void Report(PropertyId id, ShardId shard, std::string message);

  TrueTime now() const { return judge_.now(); }
  uint64_t judged(PropertyId id) const {
    return disabled_[static_cast<size_t>(id)] ? 0 : judged_[static_cast<size_t>(id)];
  }
  bool disabled(PropertyId id) const { return disabled_[static_cast<size_t>(id)]; }

  void CountEvent() { ++events_; }

 private:
  Judge& judge_;
  uint64_t events_ = 0;
  std::array<uint64_t, kPropertyCount> judged_{};
  std::array<bool, kPropertyCount> disabled_{};
  std::array<bool, kPropertyCount> expected_{};
  std::vector<std::pair<PropertyId, ShardId>> muted_;
};

}  // namespace ww::checks
