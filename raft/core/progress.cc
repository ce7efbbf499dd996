#include "raft/core/progress.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft {

namespace {
constexpr size_t kWindowStart = 8;
}  // namespace

// --- Window ---

uint64_t Window::oldest_round() const {
  CHECK(!empty());
  CHECK_LT(head_, ring_.size());
  return ring_[head_].round;
}

void Window::Grow() {
  CHECK_EQ(size_, ring_.size());
  std::vector<Sent> wider;
  wider.resize(std::min<size_t>(messages_max_, std::max(kWindowStart, ring_.size() * 2)));
  CHECK_GT(wider.size(), ring_.size());
  for (size_t position = 0; position < size_; ++position) wider[position] = At(position);
  ring_ = std::move(wider);
  head_ = 0;
}

void Window::Add(Index last, uint64_t round, uint64_t bytes) {
  CHECK(!full());
  if (size_ == ring_.size()) Grow();
  CHECK(empty() || At(size_ - 1).last < last);
  At(size_) = Sent{last, round, bytes};
  bytes_ += bytes;
  ++size_;
  CHECK_LE(size_, size_t{messages_max_});
}

void Window::FreeUpTo(Index match) {
  while (size_ > 0 && ring_[head_].last <= match) {
    CHECK_GE(bytes_, ring_[head_].bytes);
    bytes_ -= ring_[head_].bytes;
    head_ = Around(head_ + 1);
    --size_;
  }
  CHECK(empty() || ring_[head_].last > match);
}

// --- Progress ---

Progress::Room Progress::RoomFor(const FlowLimits& limits) const {
  if (const Probe* probe = std::get_if<Probe>(&state_)) {
    return {!probe->sent_round.has_value(), limits.entries_max, limits.bytes_max, true};
  }
  if (installing() != nullptr) return {};
  const Window& window = std::get<Window>(state_);
  const uint64_t in_flight = next_ - match_ - 1;
  CHECK_LE(in_flight, uint64_t{limits.entries_max});
  if (window.full() || in_flight == limits.entries_max) return {};
  return {true, limits.entries_max - in_flight,
          limits.bytes_max - std::min(limits.bytes_max, window.bytes()), window.empty()};
}

void Progress::Sent(uint64_t count, uint64_t round, uint64_t bytes) {
  if (Probe* probe = std::get_if<Probe>(&state_)) {
    CHECK_LT(match_, next_);
    // `next` stays: a refusal speaks of the place before it.
    CHECK(!probe->sent_round.has_value());
    probe->sent_round = round;
    return;
  }
  CHECK_GT(count, 0u);
  next_ = next_ + count;
  Window& window = std::get<Window>(state_);
  CHECK(window.empty() || round >= window.oldest_round());
  window.Add(next_.previous(), round, bytes);
}

bool Progress::Accepted(Index match, Index base, const FlowLimits& limits) {
  // Copies and late replies claim less than is known; what was known stays true (Raft 3.5).
  if (match < match_) return false;
  const bool news = match > match_;
  match_ = match;
  // Less than what would let appends go on: the snapshot is still needed.
  if (installing() != nullptr && match_ < base) {
    next_ = std::max(next_, match_.next());
    return news;
  }
  if (!std::holds_alternative<Window>(state_)) {
    state_ = Window(limits.messages_max);
    next_ = match_.next();
    return news;
  }
  // A reply to something sent before the last probe may run ahead of what was sent since.
  next_ = std::max(next_, match_.next());
  std::get<Window>(state_).FreeUpTo(match_);
  CHECK_LT(match_, next_);
  return news;
}

void Progress::StartProbing() {
  CHECK(!probing());
  state_ = Probe{};
  next_ = match_.next();
}

bool Progress::Rejected(Index rejected, Index agreeable) {
  // What the follower once held durably in this term it still holds: the refusal is a late one.
  if (rejected <= match_ || installing() != nullptr) return false;
  if (!probing()) {
    if (rejected >= next_) return false;
    StartProbing();
    return true;
  }
  if (rejected != next_.previous()) return false;
  CHECK(rejected > Index());
  next_ = std::max(match_.next(), std::min(rejected, agreeable.next()));
  state_ = Probe{};
  CHECK_LT(match_, next_);
  return true;
}

bool Progress::HeartbeatAnswered(uint64_t round) {
  CHECK_GT(round, 0u);
  CHECK_LT(match_, next_);
  if (Probe* probe = std::get_if<Probe>(&state_)) {
    // Also with nothing to send: only an accepted append ends the probing.
    if (probe->sent_round.has_value() && *probe->sent_round >= round) return false;
    probe->sent_round.reset();
    return true;
  }
  if (installing() != nullptr) return false;
  const Window& window = std::get<Window>(state_);
  if (window.empty() || window.oldest_round() >= round) return false;
  StartProbing();
  return true;
}

void Progress::Unreachable(uint64_t round) {
  if (installing() != nullptr) return;  // Its sender notices by itself, and says so.
  if (!probing()) StartProbing();
  state_ = Probe{round};
  CHECK_LT(match_, next_);
}

void Progress::StartInstalling(const LogPosition& snapshot) {
  CHECK(installing() == nullptr);
  CHECK_GE(snapshot.index, next_);
  state_ = Installing{snapshot};
}

bool Progress::TransferEnded(const Transfer& transfer, uint64_t round) {
  if (installing() == nullptr || installing()->snapshot != transfer.snapshot) return false;
  state_ = Probe{};
  if (transfer.delivered) {
    next_ = std::max(match_, transfer.snapshot.index).next();
  } else {
    next_ = match_.next();
    state_ = Probe{round};
  }
  CHECK_LT(match_, next_);
  return true;
}

void Progress::SelfDurable(Index match) {
  CHECK_GE(match, match_);
  match_ = match;
  next_ = std::max(next_, match_.next());
  CHECK(probing());
}

}  // namespace ww::raft
