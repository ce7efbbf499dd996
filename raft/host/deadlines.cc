#include "raft/host/deadlines.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft {
namespace {

// The heap is rebuilt when overtaken items are this many times more than slots.
constexpr size_t kItemsPerSlotMax = 4;
constexpr size_t kItemsMin = 64;

}  // namespace

void DeadlineIndex::Arm(uint32_t slot, LocalTime deadline) {
  CHECK_LT(slot, armed_.size());
  CHECK(!deadline.never());
  armed_[slot] = deadline;
  heap_.push_back(Item{deadline, slot});
  std::push_heap(heap_.begin(), heap_.end(), Later);
  if (heap_.size() > armed_.size() * kItemsPerSlotMax + kItemsMin) Rebuild();
}

void DeadlineIndex::Rebuild() {
  heap_.clear();
  for (uint32_t slot = 0; slot < armed_.size(); ++slot) {
    if (!armed_[slot].never()) heap_.push_back(Item{armed_[slot], slot});
  }
  std::make_heap(heap_.begin(), heap_.end(), Later);
  CHECK_LE(heap_.size(), armed_.size());
}

std::optional<uint32_t> DeadlineIndex::PopDue(LocalTime now) {
  while (!heap_.empty() && heap_.front().when <= now) {
    const Item item = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    heap_.pop_back();
    CHECK_LT(item.slot, armed_.size());
    if (armed_[item.slot] != item.when) continue;  // Overtaken by an earlier one.
    armed_[item.slot] = LocalTime::Never();
    return item.slot;
  }
  return std::nullopt;
}

}  // namespace ww::raft
