// Draws what the operator of a case does, or takes what its scenario lists.
#pragma once

#include "scenarios/config/operator_plan.h"
#include "scenarios/scenario.h"
#include "sim/decisions.h"

namespace ww::scenarios {

// Requires: hosts, shards and phases.chaos of the scenario are single values, and listed items are
// valid. Items are sorted by time and numbered from 1. Every item has a stream of its own.
OperatorPlan DrawOperations(sim::Decisions& decisions, const Scenario& scenario);

}  // namespace ww::scenarios
