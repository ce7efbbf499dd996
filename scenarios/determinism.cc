#include "scenarios/determinism.h"

#include <malloc.h>

#include <cstring>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/hash.h"
#include "sim/trace/diff.h"

namespace ww::scenarios {
namespace {

// Block sizes that are scattered: those of small objects, where order and reuse matter.
constexpr size_t kBlockBytesMin = 16;
constexpr size_t kBlockBytesMax = 1040;
constexpr size_t kBlockBytesStep = 16;
constexpr size_t kBlocksOfSize = 64;
constexpr uint8_t kFirstFill = 0x3c;
constexpr uint8_t kSecondFill = 0xa5;
constexpr uint64_t kOtherSeed = 0x0b5e55ed5eedULL;

// What is left over in memory is made known for the first run and different for the second; only
// the second finds a scattered heap.
Observed RunOnce(ObservedProgram program, bool second, bool trace) {
  const uint8_t fill = second ? kSecondFill : kFirstFill;
  const HeapDisturbance disturbance(fill, second);
  return program({.trace = trace, .perturbation = {.on = true, .stack_fill = fill}});
}

DeterminismReport Explain(ObservedProgram program, absl::FunctionRef<void()> before,
                          DeterminismReport report) {
  const Observed first = RunOnce(program, false, true);
  before();
  const Observed second = RunOnce(program, true, true);
  const auto difference = DiffTraces(first.trace, second.trace);
  if (!difference.ok()) {
    report.difference = std::string(difference.status().ToString());
  } else if (!difference->has_value()) {
    report.difference =
        "two runs differ, but not when they are traced: what differs depends on tracing too\n";
  } else {
    report.difference = (*difference)->ToText();
  }
  return report;
}

}  // namespace

// M_PERTURB does not reach blocks that a thread keeps for itself, so those are filled by hand. When
// scattering, every second block stays and the others are freed in an order that is neither that of
// allocation nor its reverse: neighbours never merge and the free lists are out of order.
HeapDisturbance::HeapDisturbance(uint8_t fill, bool scatter) {
  mallopt(M_PERTURB, fill);
  std::vector<std::unique_ptr<char[]>> freed;
  for (size_t bytes = kBlockBytesMin; bytes <= kBlockBytesMax; bytes += kBlockBytesStep) {
    for (size_t i = 0; i < kBlocksOfSize; ++i) {
      const size_t usable = bytes - sizeof(void*);
      auto& to = scatter && i % 2 == 0 ? kept_ : freed;
      std::memset(to.emplace_back(std::make_unique_for_overwrite<char[]>(usable)).get(), fill,
                  usable);
    }
  }
  for (size_t left = freed.size(); left > 0; --left) {
    if (scatter) std::swap(freed[Mix64(left) % left], freed[left - 1]);
    freed[left - 1].reset();
  }
}

HeapDisturbance::~HeapDisturbance() { mallopt(M_PERTURB, 0); }

DeterminismReport CompareRuns(ObservedProgram program, absl::FunctionRef<void()> before) {
  DeterminismReport report;
  report.first = RunOnce(program, false, false).fingerprint;
  before();
  report.second = RunOnce(program, true, false).fingerprint;
  report.deterministic = report.first == report.second;
  if (report.deterministic) return report;
  return Explain(program, before, std::move(report));
}

DeterminismReport CheckDeterminism(const Case& value, const RunOptions& options,
                                   sim::FiberPool& fibers) {
  const auto program = [&](const ObserveOptions& wanted) {
    RunOptions run = options;
    run.trace = wanted.trace;
    run.trace_bytes_max = 0;
    run.perturbation = wanted.perturbation;
    RunOutput output = RunCase(value, run, fibers);
    return Observed{output.result.fingerprint, std::move(output.trace)};
  };
  const auto other = [&] {
    Case another = value;
    another.token.seed ^= kOtherSeed;
    another.overrides.clear();
    RunCase(another, options, fibers);
  };
  return CompareRuns(program, other);
}

}  // namespace ww::scenarios
