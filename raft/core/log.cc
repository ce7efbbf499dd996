#include "raft/core/log.h"

#include <algorithm>
#include <iterator>

namespace ww::raft {

Log::Log(std::vector<Entry> entries)
    : entries_(std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end())) {
  Term previous;
  for (const Entry& entry : entries_) {
    CHECK_GE(entry.term, previous);
    previous = entry.term;
  }
  CHECK(entries_.empty() || !entries_.front().term.none());
  last_ = {Index(entries_.size()), previous};
  durable_ = last();
}

bool Log::IsUpToDate(const LogPosition& other) const {
  if (other.term != last_term()) return other.term > last_term();
  return other.index >= last();
}

void Log::CutFrom(Index first_cut) {
  CHECK_GE(first_cut, first());
  CHECK_LE(first_cut, last());
  const Doubt doubt{first_cut, last_term()};
  if (doubt_.has_value()) {
    doubt_ =
        Doubt{std::min(doubt_->first, doubt.first), std::max(doubt_->cut_term, doubt.cut_term)};
  } else {
    doubt_ = doubt;
  }
  entries_.resize(first_cut.value - 1);
  last_ = {first_cut.previous(), entries_.empty() ? Term() : entries_.back().term};
  CHECK_EQ(last_.index.value, entries_.size());
  CHECK(!doubt_->cut_term.none());
  durable_ = std::min(durable_, last());
}

LogPosition Log::LastAgreeable(const LogPosition& bound) const {
  // Terms never decrease, so the entries of no higher term are a prefix.
  const auto higher =
      std::partition_point(entries_.begin(), entries_.end(),
                           [&bound](const Entry& entry) { return entry.term <= bound.term; });
  const Index prefix(static_cast<uint64_t>(higher - entries_.begin()));
  const Index index = std::min(bound.index, prefix);
  CHECK_LE(index, bound.index);
  CHECK_LE(TermAt(index), bound.term);
  return {index, TermAt(index)};
}

bool Log::ConfirmDurable(const LogPosition& newest) {
  CHECK(!newest.index.none());
  CHECK(!newest.term.none());
  if (newest.index <= durable_ || !Holds(newest)) return false;
  if (doubt_.has_value() && newest.index >= doubt_->first) {
    if (newest.term <= doubt_->cut_term) return false;
    doubt_.reset();
  }
  durable_ = newest.index;
  CHECK_LE(durable_, last());
  return true;
}

}  // namespace ww::raft
