#include "raft/core/log.h"

#include <algorithm>
#include <iterator>

namespace ww::raft {

Log::Log(const LogPosition& base, std::vector<Entry> entries)
    : base_(base),
      entries_(std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end())) {
  CHECK_EQ(base.index.none(), base.term.none());
  Term previous = base.term;
  for (const Entry& entry : entries_) {
    CHECK_GE(entry.term, previous);
    previous = entry.term;
  }
  CHECK(entries_.empty() || !entries_.front().term.none());
  last_ = {base_.index + entries_.size(), previous};
  durable_ = last();
}

bool Log::IsUpToDate(const LogPosition& other) const {
  if (other.term != last_term()) return other.term > last_term();
  return other.index >= last();
}

void Log::CastDoubt(Index first_cut) {
  const Doubt doubt{first_cut, last_term()};
  if (doubt_.has_value()) {
    doubt_ =
        Doubt{std::min(doubt_->first, doubt.first), std::max(doubt_->cut_term, doubt.cut_term)};
  } else {
    doubt_ = doubt;
  }
  CHECK(!doubt_->cut_term.none());
}

void Log::CutFrom(Index first_cut) {
  CHECK_GE(first_cut, first());
  CHECK_LE(first_cut, last());
  CastDoubt(first_cut);
  entries_.resize(first_cut - first());
  last_ = {first_cut.previous(), entries_.empty() ? base_.term : entries_.back().term};
  CHECK_EQ(last_.index - base_.index, entries_.size());
  durable_ = std::min(durable_, last());
}

// What a snapshot covers is durable in it, whatever the writes of the entries are doing.
void Log::CompactTo(Index index) {
  CHECK_GE(index, base_.index);
  CHECK_LE(index, last());
  const LogPosition base{index, TermAt(index)};
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(index - base_.index));
  base_ = base;
  durable_ = std::max(durable_, base_.index);
  CHECK_EQ(last_.index - base_.index, entries_.size());
}

void Log::ReplaceBy(const LogPosition& snapshot) {
  CHECK_GT(snapshot.index, base_.index);
  CHECK_GE(snapshot.term, base_.term);
  CHECK(!Holds(snapshot));
  // Until the snapshot's record is durable, a crash brings back what stood here before.
  durable_ = std::min(durable_, base_.index);
  // Behind the snapshot stands only what a leader of a later term than any that is cut sends.
  if (last() > snapshot.index) CastDoubt(snapshot.index.next());
  entries_.clear();
  base_ = snapshot;
  last_ = snapshot;
}

LogPosition Log::LastAgreeable(const LogPosition& bound) const {
  if (bound.index < base_.index) return {bound.index, Term()};
  if (bound.term < base_.term) return {base_.index.previous(), Term()};
  // Terms never decrease, so the entries of no higher term are a prefix.
  const auto higher =
      std::partition_point(entries_.begin(), entries_.end(),
                           [&bound](const Entry& entry) { return entry.term <= bound.term; });
  const Index prefix = base_.index + static_cast<uint64_t>(higher - entries_.begin());
  const Index index = std::min(bound.index, prefix);
  CHECK_LE(index, bound.index);
  CHECK_LE(TermAt(index), bound.term);
  return {index, TermAt(index)};
}

bool Log::ConfirmDurable(const LogPosition& newest) {
  CHECK(!newest.index.none());
  CHECK(!newest.term.none());
  if (newest.index <= std::max(durable_, base_.index) || !Holds(newest)) return false;
  if (doubt_.has_value() && newest.index >= doubt_->first) {
    if (newest.term <= doubt_->cut_term) return false;
    doubt_.reset();
  }
  durable_ = newest.index;
  CHECK_LE(durable_, last());
  return true;
}

// A snapshot that was overtaken by a later one says nothing: that one's record is still to come.
bool Log::ConfirmBase(const LogPosition& snapshot) {
  CHECK(!snapshot.index.none());
  if (snapshot.index <= durable_ || !Holds(snapshot)) return false;
  durable_ = snapshot.index;
  CHECK_LE(durable_, last());
  return true;
}

}  // namespace ww::raft
