#include "sim/disk_state.h"

#include <algorithm>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/sites.h"

namespace ww::sim {
namespace {

bool Writes(IoOperation operation) {
  return operation == IoOperation::kAppend || operation == IoOperation::kWrite;
}

bool Reads(IoOperation operation) {
  return operation == IoOperation::kRead || operation == IoOperation::kList;
}

bool Syncs(IoOperation operation) {
  return operation == IoOperation::kSync || operation == IoOperation::kSyncDirectory;
}

}  // namespace

// A call that waits for its time. Lives on the stack of the waiting fiber.
class WaitingCall {
 public:
  WaitingCall(Process& process, std::vector<WaitingCall*>& held, const bool& stalled,
              const DiskCall& call, absl::FunctionRef<void()> completion)
      : process_(process),
        task_(process.running_task()),
        held_(held),
        stalled_(stalled),
        call_(call),
        completion_(completion),
        scheduler_(process.world().scheduler()) {
    DueAfter(call.time);
  }
  // Unwound before its time: the event, or the end of a stall, would find this gone.
  ~WaitingCall() {
    scheduler_.Cancel(event_);
    std::erase(held_, this);
  }
  WaitingCall(const WaitingCall&) = delete;
  WaitingCall& operator=(const WaitingCall&) = delete;

  void DueAfter(Duration time) {
    event_ = scheduler_.At(scheduler_.now() + time, {.target = process_.host().id(),
                                                     .event_class = EventClass::kIo,
                                                     .callback = &WaitingCall::Due,
                                                     .object = this});
  }

 private:
  static void Due(void* object, uint64_t) {
    auto& self = *static_cast<WaitingCall*>(object);
    if (self.stalled_) [[unlikely]]
      return self.held_.push_back(&self);
    self.completion_();
    // Both unwind or resume the fiber, and with it may end the life of `self`.
    if (self.call_.crash_after) {
      self.process_.host().Crash();
    } else {
      self.process_.Unblock(self.task_);
    }
  }

  Process& process_;
  Task& task_;
  std::vector<WaitingCall*>& held_;
  const bool& stalled_;
  const DiskCall& call_;
  absl::FunctionRef<void()> completion_;
  Scheduler& scheduler_;
  EventHandle event_;
};

void Disk::Stall() { state_->stalled = true; }

void Disk::EndStall() {
  state_->stalled = false;
  for (WaitingCall* call : state_->held) call->DueAfter(Duration{});
  state_->held.clear();
}

Disk::State::State(Host& owner, Decisions& all_decisions)
    : host(owner),
      world(owner.world()),
      decisions(all_decisions),
      latency(all_decisions.Open(sites::kDiskLatency, StreamKey(owner.id().value))),
      errors(all_decisions.Open(sites::kDiskError, StreamKey(owner.id().value))) {}

// --- The life of a call ---

DiskCall Disk::State::Begin(Process& process, const Subject& subject) {
  CHECK(process.alive(), "a disk call of a dead process");
  CHECK(&process.host() == &host, "a disk call of another host's process");
  DiskCall call{.point = {.host = host.id(),
                          .number = ++io_points,
                          .operation = subject.operation,
                          .file = subject.file,
                          .offset = subject.offset,
                          .bytes = subject.bytes}};
  FaultOracle* oracle = world.oracle();
  const IoVerdict verdict = oracle == nullptr ? IoVerdict{} : oracle->AtIoPoint(call.point);
  if (verdict.action == IoAction::kCrashBefore) [[unlikely]] {
    Journal(call, absl::AbortedError("crash before"), 0);
    host.Crash();
    UNREACHABLE("a task outlived the crash of its host");
  }
  const DelayDistribution& delay = LatencyOf(subject.operation);
  if (delay.base.ns + delay.spread.ns > 0) {
    call.time = decisions.Delay(latency, delay, static_cast<uint32_t>(subject.operation));
  }
  call.time += rules.stalled_until_extra;
  if (rules.errors_on) [[unlikely]]
    DrawErrors(call);
  Apply(verdict, call);
  return call;
}

const DelayDistribution& Disk::State::LatencyOf(IoOperation operation) const {
  switch (operation) {
    case IoOperation::kAppend:
    case IoOperation::kWrite:
    case IoOperation::kTruncate:
      return rules.append;
    case IoOperation::kOpen:
    case IoOperation::kRead:
    case IoOperation::kList:
      return rules.read;
    case IoOperation::kSync:
    case IoOperation::kSyncDirectory:
    case IoOperation::kRename:
    case IoOperation::kRemove:
      return rules.sync;
  }
  UNREACHABLE("no such operation: {}", static_cast<int>(operation));
}

void Disk::State::DrawErrors(DiskCall& call) {
  const IoOperation operation = call.point.operation;
  const auto kind = static_cast<uint32_t>(operation);
  if (Reads(operation)) {
    if (decisions.Chance(errors, rules.read_error, kind)) call.effect = CallEffect::kError;
    return;
  }
  if (Syncs(operation)) {
    if (decisions.Chance(errors, rules.sync_error, kind)) call.effect = CallEffect::kError;
    return;
  }
  const bool fails = decisions.Chance(errors, rules.write_error, kind);
  if (Writes(operation) && decisions.Chance(errors, rules.short_write, kind) &&
      call.point.bytes > 0) {
    // Zero is the longest prefix, the least harm.
    call.effect = CallEffect::kPrefix;
    call.prefix = call.point.bytes - 1 - decisions.Uniform(errors, call.point.bytes, kind);
  }
  if (fails) call.effect = CallEffect::kError;
}

void Disk::State::Apply(const IoVerdict& verdict, DiskCall& call) {
  switch (verdict.action) {
    case IoAction::kProceed:
    case IoAction::kCrashBefore:  // Already done.
      break;
    case IoAction::kDelay:
      CHECK_GE(verdict.delay.ns, 0);
      call.time += verdict.delay;
      break;
    case IoAction::kFail:
      call.effect = CallEffect::kError;
      break;
    case IoAction::kFull:
      call.effect = CallEffect::kFull;
      break;
    case IoAction::kTear:
      call.effect = Writes(call.point.operation) ? CallEffect::kPrefix : CallEffect::kError;
      call.prefix = std::min(verdict.bytes, call.point.bytes);
      break;
    case IoAction::kCrashAfter:
      call.crash_after = true;
      break;
  }
}

absl::Status Disk::State::Failure(const DiskCall& call) const {
  switch (call.effect) {
    case CallEffect::kWhole:
      return absl::OkStatus();
    case CallEffect::kFull:
      return absl::ResourceExhaustedError("disk full");
    case CallEffect::kPrefix:
    case CallEffect::kError:
      break;
  }
  if (Reads(call.point.operation)) return absl::DataLossError("read error");
  if (Syncs(call.point.operation)) return absl::UnavailableError("sync error");
  return absl::UnavailableError("write error");
}

void Disk::State::Journal(const DiskCall& call, const absl::Status& result, uint64_t digest) {
  const IoPoint& point = call.point;
  const absl::StatusCode code = result.ok() ? absl::StatusCode::kOk : result.code();
  world.journal().Record(world.kinds().disk_call, world.now(), host.id(), point.number,
                         point.operation, point.file, point.offset, point.bytes, code, digest);
}

void Disk::State::Await(Process& process, const DiskCall& call,
                        absl::FunctionRef<void()> completion) {
  if (call.time.ns > 0 || stalled) {
    const WaitingCall waiting(process, held, stalled, call, completion);
    process.Block(EventClass::kIo);
    return;
  }
  completion();
  if (call.crash_after) [[unlikely]] {
    host.Crash();
    UNREACHABLE("a task outlived the crash of its host");
  }
}

void Disk::State::End(Process& process, const DiskCall& call, const absl::Status& result,
                      uint64_t digest) {
  Journal(call, result, digest);
  if (call.time.ns == 0 && !call.crash_after && !stalled) return;
  Await(process, call, [] {});
}

Disk::State::RunningSync::~RunningSync() {
  File* synced = state.Find(file);
  if (synced != nullptr) synced->image.AbandonSync(label);
}

absl::Status Disk::State::EndSync(const DiskCall& call, const absl::Status& failure,
                                  uint64_t label) {
  const FileNumber number = call.point.file;
  File* file = Find(number);
  const absl::Status result =
      file == nullptr ? absl::NotFoundError("the file went during its sync") : failure;
  Journal(call, result, 0);
  if (file == nullptr) return result;
  DiskObserver* observer = world.disk_observer();
  if (!result.ok()) {
    file->image.FailSync(label);
    if (observer != nullptr) observer->OnSyncFailed(host.id(), number);
    return result;
  }
  const uint64_t size = file->image.FinishSync(label);
  if (observer != nullptr) observer->OnSynced(host.id(), number, size);
  return result;
}

// --- Files ---

absl::Status Disk::State::CheckRoom(const File& file, uint64_t size) const {
  if (size > kFileBytesMax) return absl::ResourceExhaustedError("file too large");
  const uint64_t before = file.image.size();
  if (rules.bytes_max == 0 || size <= before) return absl::OkStatus();
  if (bytes_used + (size - before) <= rules.bytes_max) return absl::OkStatus();
  return absl::ResourceExhaustedError("disk full");
}

absl::Status Disk::State::Write(const DiskCall& call, File& file, std::string_view bytes) {
  const uint64_t offset = call.point.offset;
  const absl::Status failure = Failure(call);
  if (!failure.ok() && call.effect != CallEffect::kPrefix) return failure;
  if (call.effect == CallEffect::kPrefix) bytes = bytes.substr(0, call.prefix);
  if (offset > kFileBytesMax || bytes.size() > kFileBytesMax) {
    return absl::ResourceExhaustedError("file too large");
  }
  const absl::Status room = CheckRoom(file, offset + bytes.size());
  if (!room.ok()) return room;
  const uint64_t before = file.image.size();
  if (!file.unreadable.empty()) [[unlikely]]
    BecomeReadable(file, offset, bytes.size());
  file.image.Write(offset, bytes);
  bytes_used += file.image.size() - before;
  return failure;
}

absl::Status Disk::State::Resize(File& file, uint64_t size) {
  const absl::Status room = CheckRoom(file, size);
  if (!room.ok()) return room;
  bytes_used -= file.image.size();
  // What is cut off holds nothing that could be asked for.
  if (size < file.image.size()) BecomeReadable(file, size, file.image.size() - size);
  file.image.Truncate(size);
  bytes_used += size;
  return absl::OkStatus();
}

Disk::State::File* Disk::State::Find(FileNumber number) const {
  if (number.value == 0 || number.value > files.size()) return nullptr;
  return files[number.value - 1].get();
}

Disk::State::File* Disk::State::Named(FileNumber number) const {
  File* file = Find(number);
  return file != nullptr && file->named ? file : nullptr;
}

FileNumber Disk::State::Create(std::string_view name) {
  CHECK_LT(files.size(), kFilesMax);
  files.push_back(std::make_unique<File>(pools));
  const FileNumber number{static_cast<uint32_t>(files.size())};
  directory.Create(name, number);
  return number;
}

void Disk::State::LoseName(FileNumber number) {
  File* file = Named(number);
  CHECK(file != nullptr);
  file->named = false;
  CHECK_GE(bytes_used, file->image.size());
  bytes_used -= file->image.size();
  nameless.push_back(number);
}

void Disk::State::FreeUnreferred() {
  const auto gone = std::remove_if(nameless.begin(), nameless.end(), [this](FileNumber number) {
    if (directory.Refers(number)) return false;
    files[number.value - 1].reset();
    return true;
  });
  nameless.erase(gone, nameless.end());
}

}  // namespace ww::sim
