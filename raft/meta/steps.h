// Steps of a move: their order by strategy, and up to where a move may be undone.
#pragma once

#include <optional>
#include <span>

#include "raft/meta/records.h"

namespace ww::raft::meta {

// From kIntent to kDataRemoved, in order.
std::span<const MoveStep> StepsOf(Strategy strategy);
bool HasStep(Strategy strategy, MoveStep step);
// The one that follows; nothing behind the last. Requires: the strategy has `step`.
std::optional<MoveStep> StepAfter(Strategy strategy, MoveStep step);
std::optional<RollbackStep> StepAfter(RollbackStep step);
// Whether `step` comes at or after `other`. Requires: the strategy has both.
bool Reached(Strategy strategy, MoveStep step, MoveStep other);

// Before the new replica is known to vote. From then on a move only goes forward.
bool MayAbort(Strategy strategy, MoveStep step);
// The new replica votes, and the old one is not known to be deleted: if another voter is lost now,
// that one may leave in its place.
bool MayGiveWay(Strategy strategy, MoveStep step);
// The old replica is known to be no member, and something of it is still to be cleaned.
bool OldIsLeaving(Strategy strategy, MoveStep step);

}  // namespace ww::raft::meta
