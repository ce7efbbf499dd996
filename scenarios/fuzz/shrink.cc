#include "scenarios/fuzz/shrink.h"

#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/base/check.h"

namespace ww::scenarios::fuzz {
namespace {

using Shrinkable = rc::Shrinkable<Sequence>;

class Walk {
 public:
  Walk(const ShrinkLimits& limits, Oracle fails) : limits_(limits), fails_(fails) {
    CHECK_GT(limits.batch, 0u);
  }

  // The first shrink that fails too; nothing when none does or the walk is over.
  std::optional<Shrinkable> Step(const Shrinkable& from) {
    rc::Seq<Shrinkable> shrinks = from.shrinks();
    while (!over_) {
      const std::vector<Shrinkable> batch = NextBatch(shrinks);
      if (batch.empty()) return std::nullopt;
      std::vector<Sequence> candidates;
      for (const Shrinkable& one : batch) candidates.push_back(one.value());
      const std::vector<bool> answers = fails_(candidates);
      CHECK_LE(answers.size(), batch.size());
      const auto first = std::find(answers.begin(), answers.end(), true);
      const auto at = static_cast<size_t>(first - answers.begin());
      // Those behind it were not asked about, as far as the outcome goes.
      passed_.insert(passed_.end(), candidates.begin(),
                     candidates.begin() + static_cast<std::ptrdiff_t>(at));
      if (first != answers.end()) {
        tries_ += at + 1;
        over_ = tries_ >= limits_.tries_max;
        return batch[at];
      }
      tries_ += answers.size();
      over_ = answers.size() < batch.size() || tries_ >= limits_.tries_max;
    }
    return std::nullopt;
  }

  size_t tries() const { return tries_; }
  bool over() const { return over_; }

 private:
  // What passed before, on the way from another, passes again.
  std::vector<Shrinkable> NextBatch(rc::Seq<Shrinkable>& shrinks) {
    std::vector<Shrinkable> batch;
    const size_t room = std::min(limits_.batch, limits_.tries_max - tries_);
    while (batch.size() < room) {
      rc::Maybe<Shrinkable> next = shrinks.next();
      if (!next) break;
      if (std::find(passed_.begin(), passed_.end(), next->value()) == passed_.end()) {
        batch.push_back(*next);
      }
    }
    return batch;
  }

  ShrinkLimits limits_;
  Oracle fails_;
  std::vector<Sequence> passed_;
  size_t tries_ = 0;
  bool over_ = false;
};

}  // namespace

Shrunk Shrink(const Shrinkable& failing, const ShrinkLimits& limits, Oracle fails) {
  Walk walk(limits, fails);
  Shrinkable now = failing;
  while (!walk.over()) {
    std::optional<Shrinkable> next = walk.Step(now);
    if (!next.has_value()) break;
    now = *std::move(next);
  }
  return {now.value(), walk.tries(), !walk.over()};
}

}  // namespace ww::scenarios::fuzz
