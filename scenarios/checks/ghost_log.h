// GhostLog: a log as checks see it: the term of each entry and a hash of the whole prefix.
//
// The chain h(i) = H(h(i-1), term, digest) makes "equal up to i" one comparison: two logs with the
// same chain at i are equal from 1 to i.
// EntryRegistry: what is known of each (index, term) of a shard, over all logs.
//
// Invariants: indices start at 1 and have no gaps.
#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/checks/events.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::checks {

inline constexpr uint64_t kEmptyLogChain = 0x5eed0f1065ULL;

inline uint64_t ExtendChain(uint64_t chain, const EntryView& entry) {
  return Absorb(Absorb(chain, entry.term.value), entry.digest);
}

struct LogCell {
  Term term;
  uint64_t chain = kEmptyLogChain;
};

class GhostLog {
 public:
  Index last() const { return Index(cells_.size()); }
  // The cell at `index`; before the log, that of the empty log. Requires: index <= last().
  LogCell At(Index index) const {
    CHECK_LE(index.value, cells_.size());
    return index.none() ? LogCell{} : cells_[index.value - 1];
  }
  bool Holds(Index index, uint64_t chain) const {
    return index <= last() && At(index).chain == chain;
  }
  void CutFrom(Index first) {
    if (first <= last()) cells_.resize(first.none() ? 0 : first.value - 1);
  }
  void Push(const LogCell& cell) { cells_.push_back(cell); }
  LogCell Append(const EntryView& entry) {
    const LogCell cell{entry.term, ExtendChain(At(last()).chain, entry)};
    cells_.push_back(cell);
    return cell;
  }

 private:
  std::vector<LogCell> cells_;
};

// The last index up to which two logs are equal, at most `limit`. O(1) when they are equal there,
// O(log n) otherwise.
Index MatchingPrefix(const GhostLog& a, const GhostLog& b, Index limit);

struct RegistryRecord {
  Term term;
  uint64_t chain = 0;
  ReplicaId creator;  // None when the entry was only seen as a copy.
};

class EntryRegistry {
 public:
  // Null when no log ever held an entry of this index and term.
  const RegistryRecord* Find(Index index, Term term) const;
  // Requires: Find(index, record.term) is null.
  void Insert(Index index, const RegistryRecord& record);

 private:
  struct Rival {
    Index index;
    RegistryRecord record;
  };
  std::vector<RegistryRecord> first_;  // By index: the first term that was seen there.
  std::vector<Rival> rivals_;          // Other terms at the same index: rare, after elections.
};

}  // namespace ww::checks
