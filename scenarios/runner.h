// Runner: runs one case in this process and judges it.
//
// Builds the world (hosts, clients, network, disks), binds the engine, arms the plan and goes
// through the phases: bootstrap (until every shard has a leader), chaos (faults and clients), heal
// (everything in force ends), converge (clients go on, liveness deadlines run), verify (every key
// of every shard is read back). Ends at the first violation that is not expected.
//
// Invariants: the fingerprint depends on nothing but the case and the source: not on trace,
// recording, progress, jobs or which checks are on.
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "scenarios/case.h"
#include "sim/fiber.h"
#include "sim/trace/result.h"

namespace ww::scenarios {

// How a repeated run is made different without changing what it decides.
struct Perturbation {
  bool on = false;
  uint8_t stack_fill = 0;
};

struct RunOptions {
  bool trace = false;
  size_t trace_bytes_max = 0;  // Newest bytes kept; 0 for all.
  bool record = false;         // List decisions that were not benign.
  bool checks = true;
  bool all_zero = false;  // Every decision benign.
  Perturbation perturbation{};
  // Caps; exceeding one ends the run with verdict harness (or no-spin for events at one instant).
  uint64_t events_max = 50'000'000;
  uint64_t events_at_instant_max = 100'000;
  // Called about every 10,000 events, for progress watchdogs.
  absl::FunctionRef<void(uint64_t events)>* heartbeat = nullptr;
};

struct RunOutput {
  RunResult result;
  std::string trace;                    // Trace file bytes, when asked for.
  std::vector<sim::Decision> recorded;  // When asked for.
};

RunOutput RunCase(const Case& value, const RunOptions& options, sim::FiberPool& fibers);

}  // namespace ww::scenarios
