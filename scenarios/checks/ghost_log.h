// GhostLog: a log as checks see it: the term of each entry and a hash of the whole prefix.
//
// The chain h(i) = H(h(i-1), term, digest) makes "equal up to i" one comparison: two logs with the
// same chain at i are equal from 1 to i.
// EntryRegistry: what is known of each (index, term) of a shard, over all logs.
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
  Index last() const { return Index(chains_.size()); }
  // The cell at `index`; before the log, that of the empty log. Requires: index <= last().
  LogCell At(Index index) const { return {TermAt(index), ChainAt(index)}; }
  uint64_t ChainAt(Index index) const {
    CHECK_LE(index.value, chains_.size());
    return index.none() ? kEmptyLogChain : chains_[index.value - 1];
  }
  Term TermAt(Index index) const {
    CHECK_LE(index.value, chains_.size());
    if (index.none()) return Term();
    return index >= runs_.back().first ? runs_.back().term : EarlierTermAt(index);
  }
  bool Holds(Index index, uint64_t chain) const {
    return index <= last() && ChainAt(index) == chain;
  }
  bool Has(Index index, Term term) const { return index <= last() && TermAt(index) == term; }
  void CutFrom(Index first);
  void Push(const LogCell& cell) {
    chains_.Push(cell.chain);
    if (runs_.empty() || runs_.back().term != cell.term) runs_.push_back({last(), cell.term});
  }
  LogCell Append(const EntryView& entry) {
    const uint64_t before = chains_.empty() ? kEmptyLogChain : chains_.back();
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
  // Null when no log ever held an entry of this index and term.
  const RegistryRecord* Find(Index index, Term term) const {
    if (index.none() || index.value > first_.size()) return nullptr;
    const RegistryRecord& record = first_[index.value - 1];
    if (record.term == term) [[likely]]
      return record.chain == 0 ? nullptr : &record;
    return FindRival(index, term);
  }
  // Requires: Find(index, record.term) is null.
  void Insert(Index index, const RegistryRecord& record) {
    if (index.value == first_.size() + 1) {
      first_.Push(record);
    } else {
      InsertOutOfOrder(index, record);
    }
  }

 private:
  struct Rival {
    Index index;
    RegistryRecord record;
  };
  const RegistryRecord* FindRival(Index index, Term term) const;
  void InsertOutOfOrder(Index index, const RegistryRecord& record);

  Stack<RegistryRecord> first_;  // By index: the first term that was seen there.
  std::vector<Rival> rivals_;    // Other terms at the same index: rare, after elections.
};

}  // namespace ww::checks
