// Env: everything the engine wants from the world. Abstract; no production Env is part of the
// project.
//
// The engine is written in blocking style against these ports and passed an Env explicitly. A
// function may suspend only if it takes the Env (or a port); after it returns, role, term and
// incarnation must be read again. A binding implements the ports on a real or a simulated world.
//
// Handles made by an Env (wait queues, tasks) must not outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "raft/env/observer.h"
#include "sim/base/ids.h"
#include "sim/base/ratio.h"
#include "sim/base/site.h"
#include "sim/base/time.h"
#include "sim/base/wire_message.h"

namespace ww::raft {

// --- Files: one directory of a host ---

// A file that was opened; the same number after a rename.
struct FileId {
  uint32_t value = 0;
  friend auto operator<=>(const FileId&, const FileId&) = default;
};

enum class OpenFor : uint8_t { kExisting, kCreate };

// Errors: NotFound, ResourceExhausted (full; nothing of what was asked for was done), DataLoss
// (read error), Unavailable (write or sync error). A failed Sync says nothing about what is
// durable: the caller must not retry it as if it had succeeded. Suspends: all.
class Files {
 public:
  virtual ~Files() = default;
  virtual absl::StatusOr<FileId> Open(std::string_view name, OpenFor purpose) = 0;
  // Returns the offset at which the bytes begin.
  virtual absl::StatusOr<uint64_t> Append(FileId file, std::string_view bytes) = 0;
  virtual absl::StatusOr<std::string> Read(FileId file, uint64_t offset, uint64_t bytes) = 0;
  virtual absl::StatusOr<uint64_t> Size(FileId file) = 0;
  // Everything appended or truncated before the call is durable when it returns OK.
  virtual absl::Status Sync(FileId file) = 0;
  virtual absl::Status Truncate(FileId file, uint64_t size) = 0;
  // Names made, renamed or removed before the call are durable when it returns OK.
  virtual absl::Status SyncDirectory() = 0;
  virtual absl::Status Rename(std::string_view from, std::string_view to) = 0;
  virtual absl::Status Remove(std::string_view name) = 0;
  virtual absl::StatusOr<std::vector<std::string>> List() = 0;  // Sorted.
};

// --- Tasks, waits and time ---

enum class Wake : uint8_t { kWoken, kTimeout, kCancelled };

class WaitQueue {
 public:
  virtual ~WaitQueue() = default;
  virtual Wake Wait() = 0;                         // Suspends.
  virtual Wake WaitUntil(LocalTime deadline) = 0;  // Suspends; Never is Wait.
  virtual void WakeOne() = 0;
  virtual void WakeAll() = 0;
};

struct TaskHandle {
  uint32_t slot = UINT32_MAX;
  uint32_t generation = 0;
};

class Tasks {
 public:
  virtual ~Tasks() = default;
  virtual TaskHandle Spawn(std::string_view name, absl::AnyInvocable<void()> body) = 0;
  virtual Wake Join(TaskHandle task) = 0;  // Suspends.
  virtual void Cancel(TaskHandle task) = 0;
  virtual Wake SleepFor(Duration length) = 0;  // Suspends.
  virtual std::unique_ptr<WaitQueue> NewWaitQueue() = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual LocalTime Now() const = 0;  // Monotonic; continues over restarts of the process.
  virtual WallTime Wall() const = 0;
};

// --- Network ---

struct Delivery {
  HostId from;
  std::unique_ptr<WireMessage> message;
};

// Messages may be lost, doubled and reordered.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void Send(HostId to, std::unique_ptr<WireMessage> message) = 0;
  // Takes the oldest messages that arrived and were not taken yet, at most `count_max`; the caller
  // may move them out. Valid until it polls again or suspends.
  virtual std::span<Delivery> Poll(size_t count_max) = 0;
  // Wakes one waiter of `queue` whenever a message arrives. Null stops it.
  virtual void WakeOnArrival(WaitQueue* queue) = 0;
};

// --- Decisions ---

// A stream of the world's decisions, opened once and kept.
struct DrawHandle {
  void* stream = nullptr;
};

class Draws {
 public:
  virtual ~Draws() = default;
  // The stream lives and dies with this process: its incarnation is part of the key.
  virtual DrawHandle Open(const Site& site, std::array<uint64_t, 2> key) = 0;
  // Offset from the caller's default, in [0, bound); 0 is benign.
  virtual uint64_t Uniform(DrawHandle stream, uint64_t bound) = 0;
  // A rare but legal thing may happen here (never in core/). Costs a draw only when the site is on.
  virtual bool Buggify(DrawHandle stream) = 0;
};

class Env {
 public:
  virtual ~Env() = default;
  virtual HostId host() const = 0;
  virtual Incarnation incarnation() const = 0;
  virtual Files& files() = 0;
  virtual Tasks& tasks() = 0;
  virtual Clock& clock() = 0;
  virtual Transport& transport() = 0;
  virtual Draws& draws() = 0;
  virtual Observer& observer() = 0;

  // A decide-and-mutate section is open (no_suspend.h): a port that would suspend is a CHECK
  // failure.
  bool may_suspend() const { return no_suspend_depth_ == 0; }

 private:
  friend class NoSuspend;
  uint32_t no_suspend_depth_ = 0;
};

}  // namespace ww::raft
