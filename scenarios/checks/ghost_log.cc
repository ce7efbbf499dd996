#include "scenarios/checks/ghost_log.h"

#include <algorithm>

namespace ww::checks {

void GhostLog::CutFrom(Index first) {
  if (first > last()) return;
  chains_.Shrink(first.none() ? 0 : first.value - 1);
  while (!runs_.empty() && runs_.back().first >= first) runs_.pop_back();
}

Term GhostLog::EarlierTermAt(Index index) const {
  const auto after =
      std::upper_bound(runs_.begin(), runs_.end(), index,
                       [](Index wanted, const Run& run) { return wanted < run.first; });
  CHECK(after != runs_.begin());
  return std::prev(after)->term;
}

GhostLog Prefix(const GhostLog& log, Index last) {
  CHECK_LE(last, log.last());
  GhostLog prefix;
  for (Index index(1); index <= last; ++index) prefix.Push(log.At(index));
  return prefix;
}

Index SearchMatchingPrefix(const GhostLog& a, const GhostLog& b, Index different) {
  // Equality at i means equality before i, so the boundary can be searched for.
  Index equal(0);
  while (different - equal > 1) {
    const Index middle = equal + (different - equal) / 2;
    if (a.ChainAt(middle) == b.ChainAt(middle)) {
      equal = middle;
    } else {
      different = middle;
    }
  }
  return equal;
}

const RegistryRecord* EntryRegistry::FindRival(Index index, Term term) const {
  for (const Rival& rival : rivals_) {
    if (rival.index == index && rival.record.term == term) return &rival.record;
  }
  return nullptr;
}

void EntryRegistry::InsertOutOfOrder(Index index, const RegistryRecord& record) {
  CHECK(!index.none());
  while (first_.size() < index.value) first_.Push({});
  RegistryRecord& slot = first_[index.value - 1];
  if (slot.chain == 0) {
    slot = record;
  } else {
    rivals_.push_back({index, record});
  }
}

}  // namespace ww::checks
