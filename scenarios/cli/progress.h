// Progress on standard error: one line, rewritten, only when that is a terminal.
#pragma once

#include <cstdint>

namespace ww::cli {

struct ProgressState {
  uint64_t done = 0;
  uint64_t all = 0;
  uint64_t failures = 0;
};

class Progress {
 public:
  explicit Progress(bool quiet);
  ~Progress();  // Clears the line.
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(const ProgressState& state);
  void Clear();
  // Since this was made.
  int64_t ElapsedNanos() const;

 private:
  bool on_ = false;
  bool shown_ = false;
  int64_t start_ns_ = 0;
};

}  // namespace ww::cli
