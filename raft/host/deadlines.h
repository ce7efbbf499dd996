// DeadlineIndex: which replica is due next.
//
// Replicas move their deadlines at nearly every message, mostly later. So the heap is touched only
// when a deadline becomes earlier than what is armed for its replica; one that moved later is armed
// anew when the old time comes.
//
// Invariants: a replica with a deadline has an entry that is due no later; what was overtaken stays
// in the heap until its time or until such entries prevail.
// Suspends: never.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/time.h"

namespace ww::raft {

class DeadlineIndex {
 public:
  explicit DeadlineIndex(size_t slots) : armed_(slots, LocalTime::Never()) {}

  // The slot wants to be looked at no later than `deadline`. Never: it wants nothing.
  void Want(uint32_t slot, LocalTime deadline) {
    if (deadline < armed_[slot]) Arm(slot, deadline);
  }
  // Makes room for slots 0 .. slots - 1.
  void Grow(size_t slots) {
    if (armed_.size() < slots) armed_.resize(slots, LocalTime::Never());
  }
  // The slot wants nothing any more; its number may be used again.
  void Forget(uint32_t slot) { armed_[slot] = LocalTime::Never(); }
  // A slot that was armed for `now` or earlier, disarmed; none when no slot is.
  std::optional<uint32_t> PopDue(LocalTime now);
  // When PopDue may next return a slot; Never when nothing is armed.
  LocalTime Next() const { return heap_.empty() ? LocalTime::Never() : heap_.front().when; }

 private:
  struct Item {
    LocalTime when;
    uint32_t slot = 0;
  };
  static bool Later(const Item& a, const Item& b) {
    return a.when != b.when ? a.when > b.when : a.slot > b.slot;
  }
  void Arm(uint32_t slot, LocalTime deadline);
  void Rebuild();

  std::vector<LocalTime> armed_;  // By slot.
  std::vector<Item> heap_;
};

}  // namespace ww::raft
