#include "sim/base/check.h"

#include <cstdio>
#include <cstdlib>

#include "sim/base/context.h"

namespace ww {

void CheckFailed(const CheckSite& site, const std::string& detail) {
  if (RunContext* run = RunContext::Current(); run != nullptr) {
    run->ReportFailure(site, detail);
  } else {
    std::fprintf(stderr, "%s:%d: CHECK failed: %s%s%s\n", site.file, site.line, site.condition,
                 detail.empty() ? "" : ": ", detail.c_str());
  }
  std::fflush(stderr);
  std::abort();
}

}  // namespace ww
