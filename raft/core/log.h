// Log: a replica's entries in memory, and how far they are known to be durable.
//
// A log begins behind its base: a place whose entry, with all before it, is committed and stands in
// a snapshot. A log that was never compacted has the base (0, 0), which every log holds.
//
// Invariants: terms never decrease along the log; base() <= last(); durable() <= last(); an entry
// at or below durable() is on stable storage exactly as it stands here (or in a snapshot), and no
// write under way can change it.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "raft/core/messages.h"
#include "raft/core/types.h"
#include "sim/base/check.h"

namespace ww::raft {

class Log {
 public:
  // Takes what a host read back: all of it is durable. The first entry follows `base`.
  Log(const LogPosition& base, std::vector<Entry> entries);

  const LogPosition& base() const { return base_; }
  Index first() const { return base_.index.next(); }
  Index last() const { return last_.index; }
  Term last_term() const { return last_.term; }
  LogPosition last_position() const { return last_; }
  Index durable() const { return durable_; }

  // The term at an index; that of the base at the base. Requires: base().index <= index <= last().
  Term TermAt(Index index) const {
    CHECK_GE(index, base_.index);
    CHECK_LE(index, last());
    return index == base_.index ? base_.term : entries_[index - first()].term;
  }
  // Requires: first() <= index <= last().
  const Entry& At(Index index) const {
    CHECK_GE(index, first());
    CHECK_LE(index, last());
    return entries_[index - first()];
  }
  // Whether this log holds the entry at that place, and so, by log matching (Raft 3.5), all before
  // it. Of what was compacted nobody can tell: false.
  bool Holds(const LogPosition& position) const {
    return position.index >= base_.index && position.index <= last() &&
           TermAt(position.index) == position.term;
  }
  // Raft 3.6.1: the later last term wins; of equal terms the longer log; equal is up to date.
  bool IsUpToDate(const LogPosition& other) const;

  // Adds at the end. Requires: no lower term than the last entry's.
  void Append(const Entry& entry) {
    CHECK(!entry.term.none());
    CHECK_GE(entry.term, last_term());
    entries_.push_back(entry);
    last_ = {last_.index.next(), entry.term};
  }
  // Removes `first` and all after it. Requires: first() <= first <= last().
  void CutFrom(Index first);
  // Forgets the entries up to `index`, which a durable snapshot covers. Requires: base().index <=
  // index <= last().
  void CompactTo(Index index);
  // Everything is gone; the log is what an installed snapshot says. Durable when ConfirmBase says
  // so. Requires: base().index < snapshot.index, and the log does not hold it.
  void ReplaceBy(const LogPosition& snapshot);

  // Where the log can agree at the latest with one that has an entry of `bound.term` at
  // `bound.index`: the last place not after it with no higher term (Raft 5.3, conflict by term).
  // Below the base terms are unknown: the place is then an upper bound, without a term.
  LogPosition LastAgreeable(const LogPosition& bound) const;

  // A write whose newest entry is `newest` became durable. Returns whether durable() moved. A write
  // that the log has since been cut below is ignored: the write that cut it is still to come.
  bool ConfirmDurable(const LogPosition& newest);
  // The record of an installed snapshot became durable, and with it all that it covers. Returns
  // whether durable() moved.
  bool ConfirmBase(const LogPosition& snapshot);

 private:
  // After a cut an entry of the same place and term may be written again by a later leader; a late
  // confirmation of the first write would then pass for one of the second, while the write between
  // them may still reach the disk. From `first` on only a term above all that was cut proves a
  // newer write; the leader that made us cut has such an entry, its own empty one (Raft 6.4).
  struct Doubt {
    Index first;
    Term cut_term;
  };

  void CastDoubt(Index first_cut);

  LogPosition base_;
  std::deque<Entry> entries_;  // In pieces: a log that grows does not move.
  LogPosition last_;  // Kept apart: most steps look at it alone, and the entries may be cold.
  Index durable_;
  std::optional<Doubt> doubt_;
};

}  // namespace ww::raft
