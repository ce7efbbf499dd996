// Machines on disk: how a replica finds its machine again, when what it applied becomes durable,
// and what another replica is sent.
#include <algorithm>
#include <utility>

#include "raft/core/membership_codec.h"
#include "raft/host/snapshots.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

// Who belongs to the shard once everything up to `applied` is: what the newest change says that the
// log holds behind the snapshot, otherwise what the snapshot or the start of the replica said.
absl::StatusOr<Membership> MembersAt(Index applied, const RecoveredState& state,
                                     const Membership& before) {
  const Index first = state.base.index.next();
  for (Index at = applied; at > state.snapshot.index; at = at.previous()) {
    CHECK_GE(at, first);
    const Entry& entry = state.entries[at - first];
    if (entry.type != EntryType::kMembership) continue;
    const std::optional<MembershipEntry> change = DecodeMembershipEntry(entry.payload.view());
    if (!change.has_value()) return absl::DataLossError("a change of membership is malformed");
    return change->result;
  }
  return before;
}

}  // namespace

// --- Start ---

// What the files hold counts, unless a snapshot was received that they have not taken in yet. They
// can be neither behind a stand-in, which was recorded after them, nor ahead of the log, which says
// durably before them that what they hold is committed: then something was lost.
absl::StatusOr<std::unique_ptr<LoadedSnapshot>> Host::State::Snapshots::OpenMachine(
    const ReplicaIdentity& who, const ReplicaPage& page, std::unique_ptr<LoadedSnapshot> loaded) {
  if (loaded != nullptr && loaded->machine.skipped()) return loaded;  // A witness has none.
  if (!on_disk()) {
    if (loaded == nullptr || !loaded->machine.elsewhere()) return loaded;
    return absl::FailedPreconditionError("its machine is on disk, and the host keeps none there");
  }
  const RecoveredState& state = *page.parked;
  auto disk = std::make_unique<DiskMachine>(host_.env_, who);
  absl::StatusOr<std::optional<ShardMachine>> own =
      disk->Open(host_.config_.limits.sessions_max, host_.NewMachine(who.shard));
  if (!own.ok()) return own.status();
  const Index applied = own->has_value() ? (*own)->applied() : Index();
  if (applied > state.commit) {
    return absl::DataLossError(
        fmt::format("its machine has applied up to {}, but its log says only "
                    "of {} that it is committed",
                    applied, state.commit));
  }
  if (applied < state.snapshot.index && loaded->machine.elsewhere()) {
    return absl::DataLossError(
        fmt::format("its machine has applied up to {}, but is to have all "
                    "up to {}",
                    applied, state.snapshot.index));
  }
  if (applied < state.snapshot.index) {
    COVER("machine.image_not_taken_in");
  } else if (own->has_value()) {
    const Membership& before = loaded == nullptr ? page.bootstrap.members : loaded->membership;
    absl::StatusOr<Membership> members = MembersAt(applied, state, before);
    if (!members.ok()) return members.status();
    const SnapshotContent content = loaded == nullptr ? SnapshotContent() : loaded->content;
    loaded = std::make_unique<LoadedSnapshot>(
        LoadedSnapshot{content, *std::move(members), **std::move(own)});
  }
  if (loaded == nullptr) return loaded;
  loaded->disk = std::move(disk);
  const absl::Status durable = MakeDurable(*loaded);
  if (!durable.ok()) return durable;
  return loaded;
}

// What was read may come from a cache: it is written again before anybody goes on from it.
absl::Status Host::State::Snapshots::MakeDurable(LoadedSnapshot& loaded) {
  absl::Status synced = loaded.disk->Sync(loaded.disk->Begin(loaded.machine));
  while (host_.AwaitRoom(synced)) synced = loaded.disk->Sync(loaded.disk->Begin(loaded.machine));
  if (synced.ok()) host_.FoundRoom();
  return synced;
}

// --- While it runs ---

bool Host::State::Snapshots::SyncDue(const Slot& slot) const {
  if (slot.snapshots.disk == nullptr || slot.machine.skipped()) return false;
  const Index since = std::max(slot.snapshots.disk->durable(), slot.snapshots.sync_begun);
  return slot.machine.applied() - since >= policy_.sync_every_entries;
}

// Called by the one fiber that takes snapshots, for one replica at a time. What is written is the
// machine of this moment, but not before the log says durably that all of it is committed: a
// machine can't take anything back, and a log that was cut would make it say something else.
absl::Status Host::State::Snapshots::SyncMachine(Slot& slot) {
  CHECK(slot.running());
  DiskMachine& disk = *slot.snapshots.disk;
  const Index applied = slot.machine.applied();
  if (disk.durable() >= applied) return absl::OkStatus();
  slot.snapshots.sync_begun = applied;
  const MachineWrite write = disk.Begin(slot.machine);
  CHECK_EQ(write.applied, applied);
  if (slot.recorded_commit < applied) {
    slot.recorded_commit = slot.replica.commit();
    slot.newest_record =
        host_.queue_.Push(slot.number, LogRecord{slot.who, CommitRecord{slot.recorded_commit}});
    EndStep();
  }
  if (!AwaitRecord(slot.newest_record)) return absl::CancelledError("the host stopped");
  return disk.Sync(write);
}

// Of the moment at which the transfer begins; a transfer that is tried again goes on with the image
// of the one before, as long as that is new enough, because its receiver may have a part of it.
void Host::State::Snapshots::MakeImage(Sending& sending) {
  Slot& slot = *sending.slot;
  CHECK(slot.running());
  std::unique_ptr<StreamedImage>& streamed = slot.snapshots.streamed;
  const LogPosition position = slot.replica.PositionAt(slot.machine.applied());
  CHECK_GE(position.index, sending.what.position.index);
  const bool serves =
      streamed != nullptr && streamed->content.position.index >= sending.what.position.index;
  if (!serves) {
    COVER("machine.image_streamed");
    streamed = std::make_unique<StreamedImage>();
    streamed->bytes =
        EncodeSnapshot(slot.who.shard, position, slot.replica.membership(), slot.machine.Save());
    streamed->content = ReadSnapshotHead(streamed->bytes)->content;
  }
  sending.made = streamed->bytes;
  sending.content = streamed->content;
}

}  // namespace ww::raft
