#include "scenarios/bind/env.h"

#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/decisions.h"
#include "sim/disk.h"
#include "sim/host.h"
#include "sim/network.h"
#include "sim/world.h"

namespace ww::bind {
namespace {

raft::Wake WakeOf(sim::WaitResult result) {
  switch (result) {
    case sim::WaitResult::kWoken:
      return raft::Wake::kWoken;
    case sim::WaitResult::kTimeout:
      return raft::Wake::kTimeout;
    case sim::WaitResult::kCancelled:
      return raft::Wake::kCancelled;
  }
  UNREACHABLE();
}

sim::FileNumber NumberOf(raft::FileId file) { return sim::FileNumber{file.value}; }

}  // namespace

class SimEnv::WaitQueue final : public raft::WaitQueue {
 public:
  WaitQueue(const SimEnv& env, sim::Process& process) : env_(env), queue_(process) {}

  raft::Wake Wait() override {
    CHECK(env_.may_suspend());
    return WakeOf(queue_.Wait());
  }
  raft::Wake WaitUntil(LocalTime deadline) override {
    CHECK(env_.may_suspend());
    return WakeOf(deadline.never() ? queue_.Wait() : queue_.WaitUntil(deadline));
  }
  void WakeOne() override { queue_.WakeOne(); }
  void WakeAll() override { queue_.WakeAll(); }

 private:
  const SimEnv& env_;
  sim::WaitQueue queue_;
};

class SimEnv::Files final : public raft::Files {
 public:
  Files(const SimEnv& env, sim::Process& process)
      : env_(env), process_(process), disk_(process.host().disk()) {}

  absl::StatusOr<raft::FileId> Open(std::string_view name, raft::OpenFor purpose) override {
    CHECK(env_.may_suspend());
    const auto mode =
        purpose == raft::OpenFor::kCreate ? sim::OpenMode::kCreate : sim::OpenMode::kExisting;
    const absl::StatusOr<sim::FileNumber> file = disk_.Open(process_, name, mode);
    if (!file.ok()) return file.status();
    return raft::FileId{file->value};
  }
  absl::StatusOr<uint64_t> Append(raft::FileId file, std::string_view bytes) override {
    CHECK(env_.may_suspend());
    return disk_.Append(process_, NumberOf(file), bytes);
  }
  absl::StatusOr<std::string> Read(raft::FileId file, uint64_t offset, uint64_t bytes) override {
    CHECK(env_.may_suspend());
    return disk_.Read(process_, NumberOf(file), offset, bytes);
  }
  absl::StatusOr<uint64_t> Size(raft::FileId file) override {
    CHECK(env_.may_suspend());
    return disk_.Size(process_, NumberOf(file));
  }
  absl::Status Sync(raft::FileId file) override {
    CHECK(env_.may_suspend());
    return disk_.Sync(process_, NumberOf(file));
  }
  absl::Status Truncate(raft::FileId file, uint64_t size) override {
    CHECK(env_.may_suspend());
    return disk_.Truncate(process_, NumberOf(file), size);
  }
  absl::Status SyncDirectory() override {
    CHECK(env_.may_suspend());
    return disk_.SyncDirectory(process_);
  }
  absl::Status Rename(std::string_view from, std::string_view to) override {
    CHECK(env_.may_suspend());
    return disk_.Rename(process_, from, to);
  }
  absl::Status Remove(std::string_view name) override {
    CHECK(env_.may_suspend());
    return disk_.Remove(process_, name);
  }
  absl::StatusOr<std::vector<std::string>> List() override {
    CHECK(env_.may_suspend());
    return disk_.List(process_);
  }

 private:
  const SimEnv& env_;
  sim::Process& process_;
  sim::Disk& disk_;
};

class SimEnv::Tasks final : public raft::Tasks {
 public:
  Tasks(const SimEnv& env, sim::Process& process) : env_(env), process_(process) {}

  raft::TaskHandle Spawn(std::string_view name, absl::AnyInvocable<void()> body) override {
    const sim::TaskId task = process_.Spawn(name, std::move(body));
    return raft::TaskHandle{task.slot, task.generation};
  }
  raft::Wake Join(raft::TaskHandle task) override {
    CHECK(env_.may_suspend());
    return WakeOf(process_.Join(sim::TaskId{task.slot, task.generation}));
  }
  void Cancel(raft::TaskHandle task) override {
    process_.Cancel(sim::TaskId{task.slot, task.generation});
  }
  raft::Wake SleepFor(Duration length) override {
    CHECK(env_.may_suspend());
    return WakeOf(process_.SleepFor(length));
  }
  std::unique_ptr<raft::WaitQueue> NewWaitQueue() override {
    return std::make_unique<WaitQueue>(env_, process_);
  }

 private:
  const SimEnv& env_;
  sim::Process& process_;
};

class SimEnv::Clock final : public raft::Clock {
 public:
  explicit Clock(sim::Host& host) : host_(host) {}
  LocalTime Now() const override { return host_.LocalNow(); }
  WallTime Wall() const override { return host_.clock().Wall(host_.world().now()); }

 private:
  sim::Host& host_;
};

// Messages that arrived stand in a vector with a moving head: in the usual case all of it is taken
// at every wake and it never allocates.
class SimEnv::Transport final : public raft::Transport, public sim::Inbox {
 public:
  Transport(sim::Process& process, SendWatcher* watcher)
      : process_(process), network_(process.world().network()), watcher_(watcher) {
    network_.Listen(process_, *this);
  }
  ~Transport() override {
    if (process_.alive()) network_.StopListening(process_);
  }

  void Send(HostId to, std::unique_ptr<WireMessage> message) override {
    CHECK(message != nullptr);
    if (watcher_ != nullptr) watcher_->OnSend(to, *message);
    network_.Send(process_, to, std::move(message));
  }
  std::span<raft::Delivery> Poll(size_t count_max) override {
    const size_t count = std::min(count_max, arrivals_.size() - taken_);
    raft::Delivery* const oldest = arrivals_.data() + taken_;
    taken_ += count;
    return {oldest, count};
  }
  void WakeOnArrival(raft::WaitQueue* queue) override { waiter_ = queue; }
  void Deliver(sim::Arrival arrival) override {
    CHECK(arrival.message != nullptr);
    if (taken_ == arrivals_.size()) {
      arrivals_.clear();
      taken_ = 0;
    }
    arrivals_.push_back({arrival.from, std::move(arrival.message)});
    if (waiter_ != nullptr) waiter_->WakeOne();
  }

 private:
  sim::Process& process_;
  sim::Network& network_;
  SendWatcher* watcher_;
  raft::WaitQueue* waiter_ = nullptr;
  std::vector<raft::Delivery> arrivals_;
  size_t taken_ = 0;  // Of them, from the front.
};

class SimEnv::Draws final : public raft::Draws {
 public:
  Draws(sim::Process& process, Ratio buggify)
      : process_(process), decisions_(process.world().decisions()), buggify_(buggify) {}

  raft::DrawHandle Open(const Site& site, std::array<uint64_t, 2> key) override {
    const sim::StreamKey full(process_.host().id().value, key[0], key[1],
                              process_.incarnation().value);
    return raft::DrawHandle{&decisions_.Open(site, full)};
  }
  uint64_t Uniform(raft::DrawHandle stream, uint64_t bound) override {
    return decisions_.Uniform(StreamOf(stream), bound);
  }
  bool Buggify(raft::DrawHandle stream) override {
    if (buggify_.never()) return false;
    return decisions_.Chance(StreamOf(stream), buggify_);
  }

 private:
  static sim::Stream& StreamOf(raft::DrawHandle handle) {
    CHECK(handle.stream != nullptr);
    return *static_cast<sim::Stream*>(handle.stream);
  }
  sim::Process& process_;
  sim::Decisions& decisions_;
  Ratio buggify_;
};

SimEnv::SimEnv(sim::Process& process, raft::Observer& observer, SimEnvOptions options)
    : process_(process),
      observer_(observer),
      files_(std::make_unique<Files>(*this, process)),
      tasks_(std::make_unique<Tasks>(*this, process)),
      clock_(std::make_unique<Clock>(process.host())),
      transport_(std::make_unique<Transport>(process, options.watcher)),
      draws_(std::make_unique<Draws>(process, options.buggify)) {}
SimEnv::~SimEnv() = default;

HostId SimEnv::host() const { return process_.host().id(); }
Incarnation SimEnv::incarnation() const { return process_.incarnation(); }
raft::Files& SimEnv::files() { return *files_; }
raft::Tasks& SimEnv::tasks() { return *tasks_; }
raft::Clock& SimEnv::clock() { return *clock_; }
raft::Transport& SimEnv::transport() { return *transport_; }
raft::Draws& SimEnv::draws() { return *draws_; }

}  // namespace ww::bind
