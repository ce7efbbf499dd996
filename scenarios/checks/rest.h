// no-spin: at rest a cluster costs what its heartbeats cost.
#pragma once

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

void JudgeRest(const RestMeasured& event, const Ghost& ghost, Reporter& reporter);

}  // namespace ww::checks
