#include "scenarios/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace ww::cli {
namespace {

int64_t NowNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Progress::Progress(bool quiet) : on_(!quiet && isatty(STDERR_FILENO) == 1), start_ns_(NowNanos()) {}

Progress::~Progress() { Clear(); }

int64_t Progress::ElapsedNanos() const { return NowNanos() - start_ns_; }

void Progress::Show(const ProgressState& state) {
  if (!on_) return;
  const int64_t seconds = ElapsedNanos() / 1'000'000'000;
  const uint64_t rate = state.done / static_cast<uint64_t>(seconds + 1);
  const uint64_t left = rate > 0 ? (state.all - state.done) / rate : 0;
  fmt::print(stderr, "\r\033[K{} of {} runs, {} a second, {} failures, {} s left", state.done,
             state.all, rate, state.failures, left);
  std::fflush(stderr);
  shown_ = true;
}

void Progress::Clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace ww::cli
