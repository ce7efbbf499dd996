// Exit statuses of the program; the contract that scripts are written against.
#pragma once

#include "reports/summary.h"

namespace ww::cli {

inline constexpr int kExitPassed = 0;
inline constexpr int kExitSafety = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitLiveness = 3;
inline constexpr int kExitHarness = 4;
inline constexpr int kExitDiverged = 5;
// Interrupted, and nothing failed up to then: what shells use for SIGINT.
inline constexpr int kExitInterrupted = 130;

// Of several outcomes the worst: safety, harness, liveness, diverged.
struct Requirements {
  bool judged = false;    // What scenarios declare in `judges:` judged something.
  bool expected = false;  // What they declare in `expect:` was seen.
};
inline int ExitStatusOf(const reports::Summary& summary, Requirements require) {
  if (summary.count(Verdict::kSafety) > 0) return kExitSafety;
  if (summary.count(Verdict::kHarness) > 0) return kExitHarness;
  if (require.judged && !summary.DeclaredNeverJudged().empty()) return kExitHarness;
  if (require.expected && !summary.ExpectedNeverSeen().empty()) return kExitHarness;
  if (summary.count(Verdict::kLiveness) > 0) return kExitLiveness;
  if (summary.count(Verdict::kDiverged) > 0) return kExitDiverged;
  return kExitPassed;
}

}  // namespace ww::cli
