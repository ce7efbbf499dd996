// Determinism: proves that a run depends on nothing but its case, by running it twice.
//
// The second run is perturbed: other contents of recycled heap and stacks, a heap whose free blocks
// are scattered (other addresses, in another order), another case run before it in the process. On
// a difference both are run again with a trace, and the first diverging event is named with the ten
// before it. What only differs from process to process is found by comparing fingerprints of two
// processes; the command line does that.
//
// The heap is disturbed through the C library of the process and put right afterwards, so this is
// for whoever owns the process: the command line and tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "scenarios/runner.h"

namespace ww::scenarios {

// What one run of a program left for comparison.
struct Observed {
  uint64_t fingerprint = 0;
  std::string trace;  // Trace file bytes, when asked for.
};
struct ObserveOptions {
  bool trace = false;
  Perturbation perturbation{};
};
using ObservedProgram = absl::FunctionRef<Observed(const ObserveOptions&)>;

struct DeterminismReport {
  bool deterministic = true;
  uint64_t first = 0;  // Fingerprints.
  uint64_t second = 0;
  std::string difference;  // Several lines for people; empty when there is none.
};

// `before` runs between the two runs, to leave other traces of itself in the process.
DeterminismReport CompareRuns(ObservedProgram program, absl::FunctionRef<void()> before);

// The same for a case. The other case is the same scenario with another seed.
DeterminismReport CheckDeterminism(const Case& value, const RunOptions& options,
                                   sim::FiberPool& fibers);

// For its life the heap hands out blocks filled with bytes made of `fill`; scattered also at other
// addresses and in another order than before.
class HeapDisturbance {
 public:
  HeapDisturbance(uint8_t fill, bool scatter);
  ~HeapDisturbance();
  HeapDisturbance(const HeapDisturbance&) = delete;
  HeapDisturbance& operator=(const HeapDisturbance&) = delete;

 private:
  std::vector<std::unique_ptr<char[]>> kept_;
};

}  // namespace ww::scenarios
