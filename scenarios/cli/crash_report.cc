#include "scenarios/cli/crash_report.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstring>
#include <string_view>

#include "scenarios/cli/output.h"
#include "scenarios/cli/worker_frames.h"

// Sanitizers end a process by abort, so that their reports arrive like every other crash.
extern "C" const char* __asan_default_options() {
  return "abort_on_error=1:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:detect_leaks=0";
}
extern "C" const char* __ubsan_default_options() { return "abort_on_error=1:print_stacktrace=1"; }

namespace ww::cli {
namespace {

// A signal handler has no parameter to carry these. Set once, before any case runs.
int report_fd = -1;
bool reported = false;

constexpr std::array<int, 5> kFatalSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

const char* NameOfSignal(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "segmentation fault (or a fiber's stack overflowed)";
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return "arithmetic error";
    case SIGILL:
      return "illegal instruction";
    case SIGABRT:
      return "abort (uncaught exception, sanitizer report or library assertion; see stderr)";
    default:
      return "signal";
  }
}

char SideMark(Side side) { return side == Side::kEngine ? 'e' : 'h'; }

void OnFatalSignal(int signal) {
  if (!reported) {
    reported = true;
    const RunContext* run = RunContext::Current();
    char text[160];
    text[0] = SideMark(run == nullptr ? Side::kHarness : run->side());
    const char* name = NameOfSignal(signal);
    const size_t size = strnlen(name, sizeof text - 1);
    std::memcpy(text + 1, name, size);
    WriteFrame(report_fd, FrameType::kCrashed, std::string_view(text, size + 1));
  }
  // The handler was reset on entry: raising again ends the process with this signal.
  raise(signal);
}

}  // namespace

void ReportCrashesTo(int fd) {
  report_fd = fd;
  reported = false;
  // A fiber that overflowed its stack has no room for the handler's frame.
  static std::array<char, 64 * 1024> alternate_stack;
  stack_t stack{};
  stack.ss_sp = alternate_stack.data();
  stack.ss_size = alternate_stack.size();
  sigaltstack(&stack, nullptr);
  for (const int signal : kFatalSignals) {
    struct sigaction action {};
    action.sa_handler = OnFatalSignal;
    action.sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
    sigaction(signal, &action, nullptr);
  }
}

void ReportFailedCheck(void* owner, const RunContext& run, const CheckSite& site,
                       const std::string& detail) {
  if (reported || report_fd < 0) return;
  reported = true;
  const bool engine = std::string_view(site.file).starts_with("raft/");
  const std::string text =
      fmt::format("{}{}:{}: CHECK failed: {}{}{}", engine ? 'e' : 'h', site.file, site.line,
                  site.condition, detail.empty() ? "" : ": ", detail);
  if (const RunContext::Finding& finding = run.finding(); !finding.property.empty()) {
    WriteFrame(report_fd, FrameType::kFinding, finding.property + "\n" + finding.message);
  }
  if (const auto* trace_file = static_cast<const std::string*>(owner); trace_file != nullptr) {
    const absl::Status written = WriteFile(*trace_file, run.TraceBytes());
    if (!written.ok()) fmt::print(stderr, "{}\n", std::string(written.message()));
  }
  WriteFrame(report_fd, FrameType::kCrashed, text);
}

}  // namespace ww::cli
