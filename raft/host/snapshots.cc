#include "raft/host/snapshots.h"

#include <algorithm>

#include "raft/env/no_suspend.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

Host::State::Snapshots::Snapshots(State& host)
    : host_(host),
      store_(host.env_),
      policy_(host.config_.snapshots),
      durable_(host.env_.tasks().NewWaitQueue()) {
  CHECK_GT(policy_.chunk_bytes, 0u);
  CHECK_GT(policy_.sends_max, 0u);
  CHECK_GT(policy_.unanswered_max, 0u);
  CHECK_GT(policy_.answer_timeout.ns, 0);
}

Host::State::Snapshots::~Snapshots() = default;

// --- Fibers ---

void Host::State::Snapshots::Spawn(std::string_view name, absl::AnyInvocable<void()> body) {
  std::erase_if(workers_, [](const std::unique_ptr<Worker>& worker) { return worker->ended; });
  Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
  worker.task = host_.env_.tasks().Spawn(name, [&worker, body = std::move(body)]() mutable {
    body();
    worker.ended = true;
  });
}

void Host::State::Snapshots::Stop() {
  CHECK(!host_.failure_.ok());
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (!worker->ended) host_.env_.tasks().Cancel(worker->task);
  }
  // Nothing is spawned any more: the host has failed, and no turn runs.
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (!worker->ended) host_.env_.tasks().Join(worker->task);
  }
}

void Host::State::Snapshots::Unpin(Slot& slot) {
  CHECK_GT(slot.pins, 0u);
  --slot.pins;
  // It may be all that an unloading waits for, and turns look after those.
  if (!slot.running()) host_.arrivals_->WakeOne();
}

void Host::State::Snapshots::BeginStep() { host_.now_ = host_.env_.clock().Now(); }

// As after a turn: somebody writes what was decided, and the timer hears of new deadlines.
void Host::State::Snapshots::EndStep() {
  host_.WakeTimer();
  const bool turn = !host_.applying_.empty() || !host_.proposing_.empty();
  if (turn || (!host_.writing_ && !host_.queue_.empty())) host_.arrivals_->WakeOne();
}

// --- Taking ---

bool Host::State::Snapshots::Due(const Slot& slot) const {
  if (slot.snapshots.wanted) return true;
  const Index since = std::max(slot.snapshots.newest.position.index, slot.snapshots.attempted);
  const uint64_t entries = slot.machine.applied() - since;
  if (policy_.every_entries > 0 && entries >= policy_.every_entries) return true;
  return policy_.every_bytes > 0 && slot.snapshots.applied_bytes >= policy_.every_bytes;
}

// One that joined and has not applied a change yet does not know who belongs to the shard.
bool Host::State::Snapshots::TakesSnapshot(const Slot& slot) const {
  return Due(slot) && slot.machine.applied() > slot.snapshots.newest.position.index &&
         !slot.replica.membership().voters.empty();
}

void Host::State::Snapshots::Applied(Slot& slot) {
  CHECK(slot.running());
  if (slot.snapshots.taking || (!SyncDue(slot) && !TakesSnapshot(slot))) return;
  slot.snapshots.taking = true;
  ++slot.pins;
  due_.push_back(&slot);
  if (taking_) return;
  taking_ = true;
  Spawn("raft.snapshots", [this] { KeepTaking(); });
}

void Host::State::Snapshots::Ask(Slot& slot, const AdminCall& call) {
  COVER("host.snapshot_asked_for");
  slot.snapshot_calls.push_back(call);
  slot.snapshots.wanted = true;
  Applied(slot);
}

void Host::State::Snapshots::KeepTaking() {
  for (size_t next = 0; next < due_.size(); ++next) {
    Slot& slot = *due_[next];
    Take(slot);
    slot.snapshots.taking = false;
    if (slot.running() && host_.failure_.ok()) AskAgain(slot);
    Unpin(slot);
  }
  due_.clear();
  taking_ = false;
}

// Somebody asked while that one was written: it may not be as new as what was asked for.
void Host::State::Snapshots::AskAgain(Slot& slot) {
  const SlotSnapshots& snapshots = slot.snapshots;
  const bool same = slot.machine.applied() <= snapshots.newest.position.index;
  if (!same || slot.snapshot_calls.empty()) return Applied(slot);
  slot.snapshots.wanted = false;
  const bool durable = snapshots.durable == snapshots.newest.position;
  Answer(slot, std::exchange(slot.snapshot_calls, {}),
         durable ? absl::OkStatus() : absl::CancelledError("its record is on its way"));
}

// Who asks while it is written waits for the next one.
void Host::State::Snapshots::Take(Slot& slot) {
  const bool runs = host_.failure_.ok() && slot.running();
  if (runs && !TakesSnapshot(slot)) {
    if (!SyncDue(slot)) {
      COVER("host.snapshot_needless");  // One was received while this one waited for its turn.
    } else if (!SyncMachine(slot).ok()) {
      COVER("host.machine_not_synced");
    }
    return;
  }
  const std::vector<AdminCall> calls = std::exchange(slot.snapshot_calls, {});
  slot.snapshots.wanted = false;
  absl::Status written = absl::CancelledError("the replica stopped");
  if (host_.failure_.ok() && slot.running()) written = Write(slot);
  if (host_.failure_.ok()) Answer(slot, calls, written);
}

void Host::State::Snapshots::Answer(Slot& slot, const std::vector<AdminCall>& calls,
                                    const absl::Status& failed) {
  for (const AdminCall& call : calls) {
    AdminReply reply;
    if (failed.ok()) {
      reply.outcome = AdminOutcome::kDone;
      reply.index = slot.snapshots.newest.position.index;
    } else if (absl::IsCancelled(failed)) {
      reply.outcome = AdminOutcome::kUnknown;
    } else {
      reply.outcome = AdminOutcome::kAborted;
      reply.reason = AdminReason::kSnapshotFailed;
      reply.text = std::string(failed.message());
    }
    host_.AnswerAdmin(call, std::move(reply));
  }
}

// The image is what has been applied at this moment: position, machine, sessions and membership
// together. What is applied while it is written belongs to the next one. Cancelled when the replica
// or the host stopped before the snapshot was in the log.
absl::Status Host::State::Snapshots::Write(Slot& slot) {
  const LogPosition position = slot.replica.PositionAt(slot.machine.applied());
  const uint64_t digest = slot.machine.digest();
  const Membership membership = slot.replica.membership();
  CHECK_GT(position.index, slot.snapshots.newest.position.index);
  slot.snapshots.applied_bytes = 0;
  const bool metadata = slot.machine.skipped();
  std::string image;
  if (on_disk() && !metadata) {
    image = ShardMachine::Elsewhere(position.index).Save();
    const absl::Status synced = SyncMachine(slot);
    if (!host_.failure_.ok()) return host_.failure_;
    if (!synced.ok()) return Failed(slot, position, synced);
    CHECK_GE(slot.snapshots.disk->durable(), position.index);
    // One that was received meanwhile says it already.
    if (position.index <= slot.snapshots.newest.position.index) return absl::OkStatus();
  } else {
    image = slot.machine.Save();
  }
  const absl::StatusOr<SnapshotContent> content =
      store_.Publish(slot.who, position, membership, image);
  if (!host_.failure_.ok()) return host_.failure_;
  if (!content.ok()) return Failed(slot, position, content.status());
  slot.snapshots.files.push_back(*content);
  const absl::StatusOr<FileId> file = store_.Open({slot.who, position});
  if (!host_.failure_.ok()) return host_.failure_;
  if (!file.ok()) return Failed(slot, position, file.status());
  host_.observer_.On(
      SnapshotPublished{slot.who, position, digest, file->value, content->bytes, false, metadata});
  // One that was received meanwhile may have replaced the machine.
  if (slot.running() && position.index > slot.snapshots.newest.position.index) {
    host_.Tell(SystemEventKind::kSnapshotCreated, slot.who);
    Record(slot, *content);
  }
  RemoveOldFiles(slot);
  const bool stands = host_.failure_.ok() && slot.snapshots.durable.index >= position.index;
  return stands ? absl::OkStatus() : absl::CancelledError("the replica stopped");
}

// The log and the snapshot before it are still there: nothing is lost but the time. The next one is
// due when as much again was applied.
absl::Status Host::State::Snapshots::Failed(Slot& slot, const LogPosition& position,
                                            const absl::Status& status) {
  COVER("host.snapshot_failed");
  CHECK(!status.ok());
  slot.snapshots.attempted = std::max(slot.snapshots.attempted, position.index);
  host_.observer_.On(SnapshotFailed{slot.who, position, status});
  host_.Tell(SystemEventKind::kSnapshotFailed, slot.who);
  return status;
}

// From here on a restart begins with this snapshot; entries are forgotten when that is certain.
void Host::State::Snapshots::Record(Slot& slot, const SnapshotContent& content) {
  const LogPosition& position = content.position;
  const LogPosition before = slot.replica.PositionAt(slot.replica.first_index().previous());
  const uint64_t kept = std::min(policy_.compaction_overhead, position.index.value);
  const Index wanted(position.index.value - kept);
  const LogPosition base = wanted > before.index ? slot.replica.PositionAt(wanted) : before;
  slot.snapshots.newest = content;
  slot.snapshots.streamed.reset();
  slot.snapshots.base = base;
  slot.recorded_commit = std::max(slot.recorded_commit, position.index);
  slot.newest_record =
      host_.queue_.Push(slot.number, LogRecord{slot.who, SnapshotRecord{position, base, false}});
  EndStep();
  if (!AwaitRecord(slot.newest_record) || !slot.running()) return;
  const NoSuspend guard(host_.env_);
  BeginStep();
  const Index first = slot.replica.first_index();
  host_.Step(slot, CompactedTo{position, base.index});
  if (slot.replica.first_index() > first) {
    host_.observer_.On(LogCompacted{slot.who, position, slot.replica.first_index()});
    host_.Tell(SystemEventKind::kLogCompacted, slot.who);
  }
  EndStep();
}

// False when the host failed instead.
bool Host::State::Snapshots::AwaitRecord(uint64_t number) {
  while (host_.failure_.ok() && host_.durable_record_ < number) {
    if (durable_->Wait() == Wake::kCancelled) return false;
  }
  return host_.failure_.ok();
}

std::optional<LogPosition> Host::State::Snapshots::OnRecordDurable(Slot& slot) const {
  if (!slot.batch_snapshot.has_value()) return std::nullopt;
  const SnapshotRecord record = *std::exchange(slot.batch_snapshot, std::nullopt);
  // One that moved with its segment says again what was durable before.
  if (record.position.index <= slot.snapshots.durable.index) return std::nullopt;
  slot.snapshots.durable = record.position;
  return record.resets ? std::optional(record.position) : std::nullopt;
}

void Host::State::Snapshots::OnDurable() { durable_->WakeAll(); }

// A file is removed when a newer snapshot stands durably in the log and nobody sends this one.
void Host::State::Snapshots::RemoveOldFiles(Slot& slot) {
  std::vector<SnapshotContent>& files = slot.snapshots.files;
  for (size_t i = 0; i < files.size();) {
    const LogPosition position = files[i].position;
    const auto is_sent = [&](const auto& sending) {
      return sending->slot == &slot && sending->what.position == position;
    };
    const bool sent = std::any_of(sending_.begin(), sending_.end(), is_sent) ||
                      std::any_of(waiting_sends_.begin(), waiting_sends_.end(), is_sent);
    if (position.index >= slot.snapshots.durable.index || sent) {
      ++i;
      continue;
    }
    files.erase(files.begin() + static_cast<ptrdiff_t>(i));
    // One that stays for an error is removed at the next start.
    if (!store_.Remove({slot.who, position}).ok()) {
      COVER("host.snapshot_not_removed");
    } else if (host_.failure_.ok()) {
      host_.Tell(SystemEventKind::kSnapshotCompacted, slot.who);
    }
    i = 0;  // The list may have changed while it was removed.
  }
}

// --- Start ---

absl::Status Host::State::Snapshots::CleanUp(const std::vector<RecoveredReplica>& recovered) {
  std::vector<NamedSnapshot> kept;
  std::vector<ReplicaIdentity> receiving;
  std::vector<ReplicaIdentity> here;
  for (const RecoveredReplica& replica : recovered) {
    receiving.push_back(replica.who);
    if (!replica.destroyed && !replica.data_removed) here.push_back(replica.who);
    if (!replica.snapshot.index.none()) kept.push_back({replica.who, replica.snapshot});
  }
  const auto names = host_.env_.files().List();
  if (!names.ok()) return names.status();
  const absl::Status marks = ReadMarks(*names, here);
  if (!marks.ok()) return marks;
  const auto orphans = DiskMachine::RemoveOrphans(host_.env_, *names, receiving);
  if (!orphans.ok()) return orphans.status();
  const auto removed = store_.RemoveAllBut(*names, kept, receiving);
  // One that is missing is its replica's loss alone, which Load will find.
  return absl::IsNotFound(removed.status()) ? absl::OkStatus() : removed.status();
}

absl::StatusOr<std::unique_ptr<LoadedSnapshot>> Host::State::Snapshots::Read(
    const NamedSnapshot& snapshot) {
  absl::StatusOr<SnapshotImage> image = store_.Load(snapshot);
  if (!image.ok()) return image.status();
  return Decode(*std::move(image));
}

void Host::State::Snapshots::Load(const ReplicaIdentity& who, const ReplicaPage& page) {
  if (IsLost(who)) {  // It was marked.
    host_.observer_.On(ReplicaStopped{who, absl::InternalError(WhyLost(who.shard))});
    return host_.Tell(SystemEventKind::kReplicaBroken, who);
  }
  const LogPosition& snapshot = page.parked->snapshot;
  absl::StatusOr<std::unique_ptr<LoadedSnapshot>> loaded = nullptr;
  if (!snapshot.index.none()) loaded = Read({who, snapshot});
  if (loaded.ok()) loaded = OpenMachine(who, page, *std::move(loaded));
  if (loaded.ok()) {
    if (*loaded != nullptr) kept_.push_back({who, *std::move(loaded)});
    return;
  }
  COVER("host.snapshot_lost");
  const absl::Status& status = loaded.status();
  // What the log names was published durably: if it is gone or damaged, the disk did that.
  if (absl::IsDataLoss(status) || absl::IsNotFound(status)) {
    const std::string detail(status.message());
    host_.observer_.On(CorruptionFound{0, 0, detail});
  }
  host_.observer_.On(ReplicaStopped{who, status});
  host_.Tell(SystemEventKind::kReplicaBroken, who);
  Lose(who, status);
}

std::unique_ptr<LoadedSnapshot> Host::State::Snapshots::TakeKept(const ReplicaIdentity& who) {
  const auto at =
      std::find_if(kept_.begin(), kept_.end(), [&who](const Kept& one) { return one.who == who; });
  if (at == kept_.end()) return nullptr;
  std::unique_ptr<LoadedSnapshot> machine = std::move(at->machine);
  kept_.erase(at);
  return machine;
}

absl::StatusOr<std::unique_ptr<LoadedSnapshot>> Host::State::Snapshots::Decode(
    SnapshotImage&& image) const {
  absl::StatusOr<ShardMachine> machine = ShardMachine::Load(
      image.machine, host_.config_.limits.sessions_max, host_.NewMachine(image.shard));
  if (!machine.ok()) return machine.status();
  if (machine->applied() != image.content.position.index) {
    return absl::DataLossError(fmt::format("the machine of a snapshot at index {} has applied {}",
                                           image.content.position.index, machine->applied()));
  }
  return std::make_unique<LoadedSnapshot>(
      LoadedSnapshot{image.content, std::move(image.membership), *std::move(machine)});
}

void Host::State::Snapshots::Restore(Slot& slot, LoadedSnapshot&& loaded) {
  CHECK(slot.machine.applied().none());
  CHECK(!loaded.machine.elsewhere());
  const Replica& replica = slot.replica;
  slot.machine = std::move(loaded.machine);
  slot.snapshots.disk = std::move(loaded.disk);
  slot.snapshots.newest = loaded.content;
  slot.snapshots.durable = loaded.content.position;
  slot.snapshots.base = replica.PositionAt(replica.first_index().previous());
  if (!loaded.content.position.index.none()) slot.snapshots.files.push_back(loaded.content);
  const LogPosition applied = replica.PositionAt(slot.machine.applied());
  CHECK_LE(applied.index, replica.commit());
  host_.observer_.On(SnapshotInstalled{slot.who, applied, slot.machine.digest(), Index(),
                                       replica.last_index(), true, slot.machine.skipped()});
  // One that joined may have a machine on disk before it knows who belongs to the shard.
  if (!replica.membership().voters.empty()) host_.LearnRestoredMembers(slot);
}

void Host::State::Snapshots::Equip(Slot& slot) {
  if (!on_disk() || slot.snapshots.disk != nullptr) return;
  slot.snapshots.disk = std::make_unique<DiskMachine>(host_.env_, slot.who);
}

void Host::State::Snapshots::Keep(Slot& slot, RecoveredState& state) {
  SlotSnapshots& snapshots = slot.snapshots;
  state.snapshot = snapshots.durable;
  // Without a snapshot the log is all there is, but for what a machine has on disk.
  const bool keeps = on_disk() && !slot.machine.skipped() && !slot.machine.applied().none();
  if (snapshots.newest.position.index.none() && !keeps) return;
  CHECK(snapshots.newest.position == snapshots.durable);
  // Memory may begin earlier than the disk: a transfer still wanted what is there.
  const uint64_t more = snapshots.base.index - state.base.index;
  state.base = snapshots.base;
  state.entries.erase(state.entries.begin(), state.entries.begin() + static_cast<ptrdiff_t>(more));
  kept_.push_back({slot.who, std::make_unique<LoadedSnapshot>(LoadedSnapshot{
                                 snapshots.newest, slot.replica.membership(),
                                 std::move(slot.machine), std::move(snapshots.disk)})});
}

}  // namespace ww::raft
