#include "sim/base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "sim/base/context.h"

namespace ww {

void CheckFailed(const CheckSite& compiled, const std::string& detail) {
  // A compiler cache hands sources over by relative paths; the path is meant from the top folder.
  CheckSite site = compiled;
  while (std::string_view(site.file).starts_with("../")) site.file += 3;
  if (RunContext* run = RunContext::Current(); run != nullptr) {
    run->ReportFailure(site, detail);
  } else {
    std::fprintf(stderr, "%s:%d: CHECK failed: %s%s%s\n", site.file, site.line, site.condition,
                 detail.empty() ? "" : ": ", detail.c_str());
  }
  std::fflush(stderr);
  std::abort();
}

void check_internal::FailCondition(const CheckSite& site) { CheckFailed(site, {}); }

}  // namespace ww
