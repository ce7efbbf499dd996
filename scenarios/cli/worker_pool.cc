#include "scenarios/cli/worker_pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <vector>

#include "scenarios/cli/crash_report.h"
#include "scenarios/cli/worker_frames.h"
#include "sim/base/check.h"

namespace ww::cli {
namespace {

constexpr int kTickMillis = 200;

int64_t NowMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Two pipes a worker are more than many systems allow a process to begin with.
void AllowManyPipes() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

// One worker process as the campaign sees it.
struct Worker {
  pid_t pid = -1;
  int orders = -1;  // We write job numbers here.
  int frames = -1;  // We read frames here.
  FrameBuffer buffer;
  std::optional<size_t> job;
  std::optional<Frame> crash;
  std::optional<Frame> finding;
  bool killed_as_stuck = false;
  int64_t last_sign_ms = 0;
  bool running() const { return pid > 0; }
};

// The address space of sanitized programs is vast by design.
bool MayBoundMemory() {
#if defined(__SANITIZE_ADDRESS__)
  return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  return false;
#else
  return true;
#endif
#else
  return true;
#endif
}

// An exception that nobody catches must end this process, not reach what the parent was doing when
// it forked.
[[noreturn]] void ServeJobs(int orders, int frames, const PoolOptions& options,
                            WorkerPool::Work work) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGINT, SIG_IGN);  // The campaign ends its workers; a terminal's signal goes to all.
  signal(SIGPIPE, SIG_IGN);
  if (options.memory_bytes_max > 0 && MayBoundMemory()) {
    const rlimit bound{options.memory_bytes_max, options.memory_bytes_max};
    setrlimit(RLIMIT_AS, &bound);
  }
  ReportCrashesTo(frames);
  uint64_t job = 0;
  while (read(orders, &job, sizeof job) == sizeof job) {
    WriteFrame(frames, FrameType::kStarted, {});
    int64_t last_ms = NowMillis();
    const auto alive = [&last_ms, frames] {
      if (NowMillis() - last_ms < 1000) return;
      last_ms = NowMillis();
      WriteFrame(frames, FrameType::kAlive, {});
    };
    if (!WriteFrame(frames, FrameType::kReply, work(job, alive))) break;
  }
  _exit(0);
}

Worker StartWorker(const PoolOptions& options, const std::vector<Worker>& others,
                   WorkerPool::Work work) {
  int orders[2];
  int frames[2];
  CHECK(pipe(orders) == 0, "pipe: {}", std::strerror(errno));
  CHECK(pipe(frames) == 0, "pipe: {}", std::strerror(errno));
  fflush(nullptr);
  const pid_t pid = fork();
  CHECK(pid >= 0, "fork: {}", std::strerror(errno));
  if (pid == 0) {
    close(orders[1]);
    close(frames[0]);
    for (const Worker& other : others) {
      if (other.orders >= 0) close(other.orders);
      if (other.frames >= 0) close(other.frames);
    }
    ServeJobs(orders[0], frames[1], options, work);
  }
  close(orders[0]);
  close(frames[1]);
  Worker worker;
  worker.pid = pid;
  worker.orders = orders[1];
  worker.frames = frames[0];
  return worker;
}

std::string DescribeExit(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
    return "killed from outside (SIGKILL; perhaps the machine ran out of memory)";
  }
  if (WIFSIGNALED(status)) return fmt::format("killed by {}", strsignal(WTERMSIG(status)));
  return fmt::format("ended with status {} in the middle of a case", WEXITSTATUS(status));
}

// The outcome of the job that a dead worker had.
JobOutcome OutcomeOfDeath(const Worker& worker, int status) {
  JobOutcome outcome;
  outcome.job = *worker.job;
  if (worker.killed_as_stuck) {
    outcome.end = JobOutcome::End::kStuck;
    return outcome;
  }
  outcome.end = JobOutcome::End::kCrashed;
  if (worker.finding.has_value()) {
    const std::string& text = worker.finding->bytes;
    const size_t line_end = std::min(text.find('\n'), text.size());
    outcome.property = text.substr(0, line_end);
    outcome.message = text.substr(std::min(line_end + 1, text.size()));
  }
  if (worker.crash.has_value() && !worker.crash->bytes.empty()) {
    outcome.engine_side = worker.crash->bytes[0] == 'e';
    outcome.detail = worker.crash->bytes.substr(1);
  } else {
    outcome.detail = DescribeExit(status);
  }
  return outcome;
}

void CloseWorker(Worker& worker) {
  if (worker.orders >= 0) close(worker.orders);
  if (worker.frames >= 0) close(worker.frames);
  worker = Worker{};
}

// Reads what came; false when the worker is gone.
bool ReadFrames(Worker& worker, WorkerPool::Sink sink) {
  char bytes[65536];
  const ssize_t n = read(worker.frames, bytes, sizeof bytes);
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) return false;
  worker.last_sign_ms = NowMillis();
  worker.buffer.Add(std::string_view(bytes, static_cast<size_t>(n)));
  while (std::optional<Frame> frame = worker.buffer.Take()) {
    if (frame->type == FrameType::kFinding) {
      worker.finding = std::move(*frame);
    } else if (frame->type == FrameType::kCrashed) {
      worker.crash = std::move(*frame);
    } else if (frame->type == FrameType::kReply) {
      CHECK(worker.job.has_value());
      JobOutcome outcome;
      outcome.job = *worker.job;
      outcome.reply = std::move(frame->bytes);
      worker.job.reset();
      sink(outcome);
    }
  }
  return true;
}

void Bury(Worker& worker, WorkerPool::Sink sink) {
  int status = 0;
  while (waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (worker.job.has_value()) sink(OutcomeOfDeath(worker, status));
  CloseWorker(worker);
}

// Gives an idle worker its next job; false when there is none.
bool Feed(Worker& worker, WorkerPool::Source source) {
  const std::optional<size_t> next = source();
  if (!next.has_value()) return false;
  worker.job = next;
  worker.last_sign_ms = NowMillis();
  const uint64_t job = *next;
  // A worker that died meanwhile is found by its closed pipe.
  if (write(worker.orders, &job, sizeof job) < 0) CHECK_EQ(errno, EPIPE);
  return true;
}

}  // namespace

void WorkerPool::Run(Source source, Work work, Sink sink, absl::FunctionRef<void()> tick) {
  signal(SIGPIPE, SIG_IGN);
  AllowManyPipes();
  std::vector<Worker> workers(options_.processes);
  bool dry = false;
  while (true) {
    for (Worker& worker : workers) {
      if (dry || worker.job.has_value()) continue;
      if (!worker.running()) worker = StartWorker(options_, workers, work);
      if (!Feed(worker, source)) dry = true;
    }
    std::vector<pollfd> polled;
    std::vector<Worker*> owners;
    for (Worker& worker : workers) {
      if (!worker.job.has_value()) continue;
      polled.push_back({worker.frames, POLLIN, 0});
      owners.push_back(&worker);
    }
    if (polled.empty()) break;
    poll(polled.data(), polled.size(), kTickMillis);
    for (size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0 && !ReadFrames(*owners[i], sink)) Bury(*owners[i], sink);
    }
    for (Worker& worker : workers) {
      if (!worker.job.has_value()) continue;
      if (NowMillis() - worker.last_sign_ms < options_.stuck_after_ms) continue;
      worker.killed_as_stuck = true;
      kill(worker.pid, SIGKILL);
    }
    tick();
  }
  for (Worker& worker : workers) {
    if (!worker.running()) continue;
    close(worker.orders);
    worker.orders = -1;
    Bury(worker, sink);
  }
}

}  // namespace ww::cli
