// Reporter: where checks count what they judged and report what they found.
//
// The first violation that is not expected is kept; an expected one is recorded once and then muted
// for its shard; a disabled property is neither reported nor counted. Once an expected violation
// contradicts what the ghost takes for committed, whatever else it would find about that shard is a
// consequence: only what is expected too is recorded.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/checks/properties.h"

namespace ww::checks {

// What checks notice that is no violation, but should not pass in silence, or that says how much of
// what they judge there was.
enum class Notice : uint8_t {
  kNextNotAboveMatch,     // A leader sends again what its follower holds: waste.
  kSearchGaveUp,          // linearizable: the history of one key was too hard for the search.
  kMigrationsDone,        // Of those that were begun.
  kMigrationsRolledBack,  // Likewise.
  kReplicasMoved,         // By migrations that were done.
};
inline constexpr size_t kNoticeCount = 5;
inline constexpr std::array<std::string_view, kNoticeCount> kNoticeNames = {
    "next not above match", "search gave up", "migrations done", "migrations rolled back",
    "replicas moved"};

class Reporter {
 public:
  Reporter(Judge& judge, const JudgeOptions& options);

  // Something non-trivial was judged.
  void Count(PropertyId id) { ++judged_[static_cast<size_t>(id)]; }
  // Cold, so that the compiler puts every report, with the making of its text, out of the way of
  // what is judged and found good.
  template <class... Args>
  [[gnu::cold, gnu::noinline]] void Report(PropertyId id, ShardId shard,
                                           fmt::format_string<const Args&...> format,
                                           const Args&... args) {
    ReportText(id, shard, fmt::format(format, args...));
  }
  void ReportText(PropertyId id, ShardId shard, std::string message);
  // Its founders began, and were given up for others: what is known of the first ones says nothing
  // of these. Only that none of the first go on is judged from now on: role-eligible.
  void FoundedTwice(ShardId shard) { founded_twice_.push_back(shard); }
  void Note(Notice notice) { ++noticed_[static_cast<size_t>(notice)]; }
  uint64_t noticed(Notice notice) const { return noticed_[static_cast<size_t>(notice)]; }
  // Something that a liveness property bounds took so long.
  void Took(PropertyId id, Duration length) {
    Duration& slowest = slowest_[static_cast<size_t>(id)];
    slowest = std::max(slowest, length);
  }
  // In thousandths of an election timeout.
  uint64_t slowest(PropertyId id) const {
    return static_cast<uint64_t>(slowest_[static_cast<size_t>(id)].ns / (timeout_.ns / 1000));
  }

  TrueTime now() const { return judge_.now(); }
  uint64_t judged(PropertyId id) const {
    return disabled_[static_cast<size_t>(id)] ? 0 : judged_[static_cast<size_t>(id)];
  }
  bool disabled(PropertyId id) const { return disabled_[static_cast<size_t>(id)]; }

  void CountEvent() { ++events_; }

 private:
  Judge& judge_;
  const Duration timeout_;
  uint64_t events_ = 0;
  std::array<uint64_t, kNoticeCount> noticed_{};
  std::array<Duration, kPropertyCount> slowest_{};
  std::array<uint64_t, kPropertyCount> judged_{};
  std::array<bool, kPropertyCount> disabled_{};
  std::array<bool, kPropertyCount> expected_{};
  std::vector<std::pair<PropertyId, ShardId>> muted_;
  std::vector<ShardId> contradicted_;
  std::vector<ShardId> founded_twice_;
};

}  // namespace ww::checks
