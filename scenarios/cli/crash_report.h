// What a dying worker process still says: a CHECK, a signal, an uncaught exception.
//
// Installed once in a worker; the report goes down the worker's pipe before the process ends. It
// tells engine code from harness code: a CHECK by the room of its file, anything else by whose step
// was running (RunContext::side).
#pragma once

#include <string>

#include "sim/base/context.h"

namespace ww::cli {

// From now on fatal signals of this process write a frame to `fd`.
void ReportCrashesTo(int fd);

// For RunContext::SetFailureHandler. `owner` is null or a const std::string*: the file that the
// dying run's trace is written to.
void ReportFailedCheck(void* owner, const RunContext& run, const CheckSite& site,
                       const std::string& detail);

}  // namespace ww::cli
