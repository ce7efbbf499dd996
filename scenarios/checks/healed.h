// Whether faults have stopped by a phase: what liveness properties time begins then.
#pragma once

#include "scenarios/checks/events.h"

namespace ww::checks {

constexpr bool IsHealed(Phase phase) {
  switch (phase) {
    case Phase::kHeal:
    case Phase::kConverge:
    case Phase::kVerify:
      return true;
    case Phase::kBootstrap:
    case Phase::kChaos:
    case Phase::kDone:
      return false;
  }
  return false;
}

}  // namespace ww::checks
