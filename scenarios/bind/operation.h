// The engine's word for what a command does, in the vocabulary of the checks.
#pragma once

#include "raft/machine/command.h"
#include "scenarios/checks/events.h"

namespace ww::scenarios {

checks::Operation OperationOf(raft::Operation operation);

}  // namespace ww::scenarios
