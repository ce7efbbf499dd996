#include "scenarios/checks/ghost_log.h"

#include <algorithm>

namespace ww::checks {

void GhostLog::CutFrom(Index first) {
  if (first > last()) return;
  chains_.Shrink(first <= base_ ? 0 : first - base_ - 1);
  while (!runs_.empty() && runs_.back().first >= first) runs_.pop_back();
}

void GhostLog::ForgetBefore(Index index) {
  if (index <= base_ || index > last()) return;
  base_cell_ = At(index);
  chains_.DropFront(index - base_);
  base_ = index;
  // The run that goes on behind the base stays.
  size_t over = 0;
  while (over + 1 < runs_.size() && runs_[over + 1].first <= base_.next()) ++over;
  runs_.erase(runs_.begin(), runs_.begin() + static_cast<ptrdiff_t>(over));
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
  prefix.base_ = std::min(last, log.base());
  prefix.base_cell_ = log.At(prefix.base_);
  for (Index index = prefix.base_.next(); index <= last; ++index) prefix.Push(log.At(index));
  return prefix;
}

Index SearchMatchingPrefix(const GhostLog& a, const GhostLog& b, Index different) {
  // Equality at i means equality before i, so the boundary can be searched for.
  Index equal = std::min(std::max(a.base(), b.base()), different);
  if (a.ChainAt(equal) != b.ChainAt(equal)) return Index();
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
  if (index <= forgotten_) return;
  while (first_.size() < index - forgotten_) first_.Push({});
  RegistryRecord& slot = first_[index - forgotten_ - 1];
  if (slot.chain == 0) {
    slot = record;
  } else {
    rivals_.push_back({index, record});
  }
}

void EntryRegistry::ForgetUpTo(Index index) {
  if (index <= forgotten_) return;
  first_.DropFront(std::min<uint64_t>(index - forgotten_, first_.size()));
  forgotten_ = index;
  std::erase_if(rivals_, [index](const Rival& rival) { return rival.index <= index; });
}

}  // namespace ww::checks
