#include "sim/trace/result.h"

#include "sim/base/check.h"

namespace ww {

const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kExpected:
      return "expected";
    case Verdict::kSafety:
      return "safety";
    case Verdict::kLiveness:
      return "liveness";
    case Verdict::kHarness:
      return "harness";
    case Verdict::kDiverged:
      return "diverged";
  }
  UNREACHABLE();
}

}  // namespace ww
