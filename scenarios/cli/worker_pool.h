// WorkerPool: runs numbered jobs in worker processes; a job that kills its process is an outcome.
//
// Workers are forked from the present process and share all that it has read so far. Each takes one
// job at a time and announces it before it begins. A worker that dies or makes no progress is
// replaced and the other jobs go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"

namespace ww::cli {

struct PoolOptions {
  size_t processes = 1;
  int64_t stuck_after_ms = 60'000;         // Without a sign of life: killed.
  uint64_t memory_bytes_max = 4ULL << 30;  // Of a worker's address space; 0 for no bound.
};

struct JobOutcome {
  enum class End : uint8_t { kDone, kCrashed, kStuck };
  size_t job = 0;
  End end = End::kDone;
  std::string reply;         // kDone.
  bool engine_side = false;  // kCrashed: in engine code, as far as the worker could tell.
  std::string detail;        // kCrashed: what happened.
  std::string property;      // kCrashed: what a judge had found before; empty for nothing.
  std::string message;
};

class WorkerPool {
 public:
  // Runs in the worker process. `alive` says that the job makes progress.
  using Work = absl::FunctionRef<std::string(size_t job, absl::FunctionRef<void()> alive)>;
  // The next job, or nothing when there is no more to begin.
  using Source = absl::FunctionRef<std::optional<size_t>()>;
  using Sink = absl::FunctionRef<void(const JobOutcome&)>;

  explicit WorkerPool(const PoolOptions& options) : options_(options) {}

  // Runs until the source is dry and every begun job has an outcome. `tick` is called about five
  // times a second. Outcomes come in any order.
  void Run(Source source, Work work, Sink sink, absl::FunctionRef<void()> tick);

 private:
  PoolOptions options_;
};

}  // namespace ww::cli
