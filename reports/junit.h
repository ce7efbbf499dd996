// JUnit XML of a campaign: one test case a scenario, so that its name stays stable from run to run.
//
// Seeds and tokens stand in properties and in the failure's text, never in a name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/trace/result.h"

namespace ww::reports {

class JunitReport {
 public:
  void Add(const RunResult& result);
  std::string ToXml(const std::string& source_version) const;

 private:
  struct ScenarioRuns {
    uint64_t runs = 0;
    int64_t wall_ns = 0;
    std::vector<RunResult> failures;  // At most kFailuresMax.
    uint64_t failure_count = 0;
    uint64_t harness_count = 0;
  };
  static constexpr size_t kFailuresMax = 20;
  std::map<std::string, ScenarioRuns> scenarios_;
};

}  // namespace ww::reports
