// What a person reads of a failure, and of its group.
#pragma once

#include <string>

#include "reports/summary.h"

namespace ww::cli {

// "REPRODUCE: whitewater replay '...'  # source ..."
std::string ReproduceLine(const std::string& token);
// The whole text: the replay line first and last, the facts, the replicas, where the case is.
std::string FailureText(const RunResult& result, bool color);
// With how many more like it there are.
std::string GroupText(const reports::FailureGroup& group, bool color);

// Under GitHub Actions: an annotation a group on standard output, a table in the step's summary.
void AnnotateForGithub(const reports::Summary& summary);

}  // namespace ww::cli
