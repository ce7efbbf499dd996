// Apply: what a command makes of the state.
//
// Deterministic. A refused command changes nothing, not even the version; any other one raises the
// version by one, but for those of coordinators (failover.h), which controllers need not hear of. A
// stamped command is judged by its stamp first:
//
// - its term is below the recorded one: another controller took over (kStaleController);
// - it is above: the controller has not recorded its term yet (kNotInControl);
// - its version is not the state's: it was decided on something else (kStaleVersion).
//
// An id is used up when the command that hands it out is applied, whether or not anybody hears the
// answer: it stands in the move, where the next controller finds it, or nowhere, and never comes
// again.
#pragma once

#include "raft/meta/commands.h"
#include "raft/meta/state.h"

namespace ww::raft::meta {

// Requires: no defect. Ensures: likewise.
Result Apply(State& state, const Command& command);

}  // namespace ww::raft::meta
