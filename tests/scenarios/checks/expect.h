// What tests say of a judge: which property it reported, and which facts the message names.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/scenarios/checks/trace_builder.h"

namespace ww::checks {

inline void ExpectReports(TraceBuilder& trace, const std::string& property,
                          const std::vector<std::string>& facts) {
  const auto& violation = trace.judge().violation();
  ASSERT_TRUE(violation.has_value()) << "nothing was reported";
  EXPECT_EQ(violation->property, property) << violation->message;
  for (const std::string& fact : facts) {
    EXPECT_THAT(violation->message, testing::HasSubstr(fact));
  }
}

inline void ExpectClean(TraceBuilder& trace) {
  trace.judge().Finish();
  const auto& violation = trace.judge().violation();
  EXPECT_FALSE(violation.has_value()) << violation->property << ": " << violation->message;
}

inline uint64_t TimesJudged(const TraceBuilder& trace, std::string_view property) {
  for (const auto& [name, count] : const_cast<TraceBuilder&>(trace).judge().Judged()) {
    if (name == property) return count;
  }
  return 0;
}

}  // namespace ww::checks
