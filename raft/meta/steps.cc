#include "raft/meta/steps.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

using enum MoveStep;

constexpr MoveStep kStepwise[] = {kIntent,   kAllocated,  kAdded,   kStarted, kCaughtUp,
                                  kPromoted, kHandedOver, kDeleted, kStopped, kDataRemoved};
// Leadership is moved before the swap: afterwards the old replica is gone.
constexpr MoveStep kJoint[] = {kIntent,     kAllocated, kAdded,   kStarted,    kCaughtUp,
                               kHandedOver, kSwapped,   kStopped, kDataRemoved};

size_t PlaceOf(Strategy strategy, MoveStep step) {
  const auto steps = StepsOf(strategy);
  const auto at = std::find(steps.begin(), steps.end(), step);
  CHECK(at != steps.end(), "the strategy has no step {}", static_cast<int>(step));
  return static_cast<size_t>(at - steps.begin());
}

// The first step by which the new replica votes.
MoveStep PointOfNoReturn(Strategy strategy) {
  return strategy == Strategy::kStepwise ? kPromoted : kSwapped;
}

}  // namespace

std::span<const MoveStep> StepsOf(Strategy strategy) {
  switch (strategy) {
    case Strategy::kStepwise:
      return kStepwise;
    case Strategy::kJoint:
      return kJoint;
  }
  UNREACHABLE();
}

bool HasStep(Strategy strategy, MoveStep step) {
  const auto steps = StepsOf(strategy);
  return std::find(steps.begin(), steps.end(), step) != steps.end();
}

std::optional<MoveStep> StepAfter(Strategy strategy, MoveStep step) {
  const size_t place = PlaceOf(strategy, step);
  const auto steps = StepsOf(strategy);
  if (place + 1 == steps.size()) return std::nullopt;
  return steps[place + 1];
}

std::optional<RollbackStep> StepAfter(RollbackStep step) {
  if (step == RollbackStep::kDataRemoved) return std::nullopt;
  return static_cast<RollbackStep>(static_cast<uint8_t>(step) + 1);
}

bool Reached(Strategy strategy, MoveStep step, MoveStep other) {
  return PlaceOf(strategy, step) >= PlaceOf(strategy, other);
}

bool MayAbort(Strategy strategy, MoveStep step) {
  return !Reached(strategy, step, PointOfNoReturn(strategy));
}

bool MayGiveWay(Strategy strategy, MoveStep step) {
  return strategy == Strategy::kStepwise && (step == kPromoted || step == kHandedOver);
}

bool OldIsLeaving(Strategy strategy, MoveStep step) {
  return Reached(strategy, step, strategy == Strategy::kStepwise ? kDeleted : kSwapped) &&
         step != kDataRemoved;
}

}  // namespace ww::raft::meta
