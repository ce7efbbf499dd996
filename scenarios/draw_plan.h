// Draws the faults of a case: which kinds exist (swarm), when each comes, whom it hits.
//
// Every kind, and every item of a kind, has streams of its own: changing how often one kind comes
// leaves the draws of all others as they were.
#pragma once

#include "faults/plan.h"
#include "scenarios/scenario.h"
#include "sim/decisions.h"

namespace ww::scenarios {

// A value of the range, uniformly, in a step that keeps texts short.
uint64_t DrawNumber(sim::Decisions& decisions, sim::Stream& stream, const NumberRange& range);
Duration DrawDuration(sim::Decisions& decisions, sim::Stream& stream, const DurationRange& range);

// Requires: hosts, shards and phases.chaos of the scenario are single values. Items are sorted by
// time and numbered from 1.
faults::Plan DrawPlan(sim::Decisions& decisions, const Scenario& scenario);

}  // namespace ww::scenarios
