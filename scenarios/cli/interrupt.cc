#include "scenarios/cli/interrupt.h"

#include <csignal>

namespace ww::cli {
namespace {

// A signal handler has no parameter to carry this.
volatile std::sig_atomic_t interrupted = 0;

}  // namespace

void EndAtInterrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

bool Interrupted() { return interrupted != 0; }

}  // namespace ww::cli
