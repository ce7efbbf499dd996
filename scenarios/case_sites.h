// The decision sites of resolving a case: what a seed makes of a scenario before anything runs.
#pragma once

#include "sim/base/site.h"

namespace ww::scenarios::sites {

inline constexpr Site kCaseRange{"case.range", SiteClass::kNoise,
                                 "the value of a key that the scenario gives as a range"};
inline constexpr Site kCaseConfiguration{"case.configuration", SiteClass::kNoise,
                                         "which of several configurations a replicaset has"};
inline constexpr Site kPlanExists{"plan.exists", SiteClass::kFault,
                                  "whether a kind of fault exists in this run"};
inline constexpr Site kPlanTime{"plan.time", SiteClass::kFault,
                                "time from one fault of a kind to the next"};
inline constexpr Site kPlanItem{"plan.item", SiteClass::kFault,
                                "whom one fault hits, how long and how strongly"};
inline constexpr Site kPlanStep{"plan.step", SiteClass::kFault,
                                "which step of a migration a fault waits for, and whom it hits"};

inline constexpr Site kOperatorTime{"operator.time", SiteClass::kNoise,
                                    "time from one thing that an operator does to the next"};
inline constexpr Site kOperatorItem{"operator.item", SiteClass::kNoise,
                                    "what an operator does, and to which replica"};
inline constexpr Site kOperatorCalm{"operator.calm", SiteClass::kNoise,
                                    "whose leadership is handed over after healing, and where to"};

inline constexpr const Site* kCaseSites[] = {&kCaseRange,    &kCaseConfiguration, &kPlanExists,
                                             &kPlanTime,     &kPlanItem,          &kPlanStep,
                                             &kOperatorTime, &kOperatorItem,      &kOperatorCalm};

}  // namespace ww::scenarios::sites
