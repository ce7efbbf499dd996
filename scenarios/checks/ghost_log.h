// GhostLog: a log as checks see it: the term of each entry and a hash of the whole prefix.
//
// The chain h(i) = H(h(i-1), term, digest) makes "equal up to i" one comparison: two logs with the
// same chain at i are equal from 1 to i.
// EntryRegistry: what is known of each (index, term) of a shard, over all logs.
//
// Both can forget their beginning, up to where no replica can ever come back to (ghost.h). What is
// forgotten counts as equal everywhere: it was compared when it was there.
//
// Invariants: indices start at 1 and have no gaps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "scenarios/checks/events.h"
#include "scenarios/checks/stack.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::checks {

inline constexpr uint64_t kEmptyLogChain = 0x5eed0f1065ULL;
inline constexpr uint64_t kForgottenChain = 0xf0960773ULL;

// Spreads a term over a word, so that a sum with it keeps both.
inline constexpr uint64_t kTermFactor = 0x9e3779b97f4a7c15ULL;

inline uint64_t ExtendChain(uint64_t chain, const EntryView& entry) {
  return Absorb(chain + entry.term.value * kTermFactor, entry.digest);
}

struct LogCell {
  Term term;
  uint64_t chain = kEmptyLogChain;
};

// Terms are kept as runs: a log has few of them, and eight bytes an entry are enough.
class GhostLog {
 public:
  Index last() const { return base_ + chains_.size(); }
  // What is forgotten ends here; 0: nothing is.
  Index base() const { return base_; }
  // The cell at `index`; before the log, that of the empty log. Requires: index <= last().
  LogCell At(Index index) const { return {TermAt(index), ChainAt(index)}; }
  uint64_t ChainAt(Index index) const {
    CHECK_LE(index, last());
    if (index > base_) return chains_[index - base_ - 1];
    return index == base_ ? base_cell_.chain : kForgottenChain;
  }
  Term TermAt(Index index) const {
    CHECK_LE(index, last());
    if (index <= base_) return index == base_ ? base_cell_.term : Term();
    return index >= runs_.back().first ? runs_.back().term : EarlierTermAt(index);
  }
  bool Holds(Index index, uint64_t chain) const {
    return index <= last() && (index < base_ || ChainAt(index) == chain);
  }
  bool Has(Index index, Term term) const { return index <= last() && TermAt(index) == term; }
  void CutFrom(Index first);
  // Forgets what stands before `index`. Without effect beyond the end, or behind what is forgotten.
  void ForgetBefore(Index index);
  void Push(const LogCell& cell) {
    chains_.Push(cell.chain);
    if (runs_.empty() || runs_.back().term != cell.term) runs_.push_back({last(), cell.term});
  }
  LogCell Append(const EntryView& entry) {
    const uint64_t before = chains_.empty() ? base_cell_.chain : chains_.back();
    const LogCell cell{entry.term, ExtendChain(before, entry)};
    Push(cell);
    return cell;
  }

 private:
  struct Run {
    Index first;
    Term term;
  };
  Term EarlierTermAt(Index index) const;
  friend GhostLog Prefix(const GhostLog& log, Index last);

  Index base_;
  LogCell base_cell_;
  Stack<uint64_t> chains_;
  std::vector<Run> runs_;  // By first index.
};

// The entries of `log` up to `last`. Requires: last <= log.last().
GhostLog Prefix(const GhostLog& log, Index last);

// The last index up to which two logs are equal, at most `different`, where they differ.
Index SearchMatchingPrefix(const GhostLog& a, const GhostLog& b, Index different);
// The last index up to which two logs are equal, at most `limit`. O(1) when they are equal there,
// O(log n) otherwise.
inline Index MatchingPrefix(const GhostLog& a, const GhostLog& b, Index limit) {
  const Index top = std::min(std::min(a.last(), b.last()), limit);
  if (a.ChainAt(top) == b.ChainAt(top)) return top;
  return SearchMatchingPrefix(a, b, top);
}

struct RegistryRecord {
  Term term;
  uint64_t chain = 0;
  ReplicaId creator;  // None when the entry was only seen as a copy.
};

class EntryRegistry {
 public:
  // Null when no log ever held an entry of this index and term, or it is forgotten.
  const RegistryRecord* Find(Index index, Term term) const {
    if (index <= forgotten_ || index - forgotten_ > first_.size()) return nullptr;
    const RegistryRecord& record = first_[index - forgotten_ - 1];
    if (record.term == term) [[likely]]
      return record.chain == 0 ? nullptr : &record;
    return FindRival(index, term);
  }
  // Requires: Find(index, record.term) is null.
  void Insert(Index index, const RegistryRecord& record) {
    if (index == forgotten_ + (first_.size() + 1)) {
      first_.Push(record);
    } else {
      InsertOutOfOrder(index, record);
    }
  }
  void ForgetUpTo(Index index);

 private:
  struct Rival {
    Index index;
    RegistryRecord record;
  };
  const RegistryRecord* FindRival(Index index, Term term) const;
  void InsertOutOfOrder(Index index, const RegistryRecord& record);

  Index forgotten_;
  // By index behind what is forgotten: the first term that was seen there.
  Stack<RegistryRecord> first_;
  std::vector<Rival> rivals_;  // Other terms at the same index: rare, after elections.
};

}  // namespace ww::checks
