#include <utility>

#include "raft/core/membership.h"
#include "raft/env/no_suspend.h"
#include "raft/host/snapshots.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

bool Host::State::Snapshots::IsStray(const SnapshotChunk& chunk, const Slot* slot) const {
  return slot == nullptr || chunk.to != slot->who.replica || chunk.from == slot->who.replica ||
         chunk.from_host.none() || slot->HostOf(chunk.from) != chunk.from_host ||
         IsRemoved(slot->replica.membership(), chunk.from);
}

void Host::State::Snapshots::OnChunk(SnapshotChunk& chunk) {
  Slot* slot = host_.SlotOf(chunk.shard);
  if (IsStray(chunk, slot)) {
    COVER("host.stray_message");
    return;
  }
  // Of a leader that was replaced nothing is processed (Raft 3.3).
  if (chunk.term < slot->replica.term()) return Answer(chunk, TransferState::kRefused, 0);
  if (!slot->replica.Lacks(chunk.content.position)) {
    // The core acknowledges it to the leader's core; here it only ends the transfer.
    host_.Step(*slot, SnapshotReceived{chunk.from, chunk.term, chunk.content.position,
                                       slot->replica.membership()});
    return Answer(chunk, TransferState::kDone, 0);
  }
  if (slot->snapshots.arriving == nullptr) {
    slot->snapshots.arriving = std::make_unique<ArrivingSnapshot>();
    slot->snapshots.arriving->wake = host_.env_.tasks().NewWaitQueue();
    ++slot->pins;
    Spawn("raft.snapshot_receiver", [this, slot] { KeepReceiving(*slot); });
  }
  ArrivingSnapshot& arriving = *slot->snapshots.arriving;
  // The newest chunk is what its sender waits for; an older one that was not taken yet is void.
  arriving.chunk = std::make_unique<SnapshotChunk>(std::move(chunk));
  arriving.wake->WakeOne();
}

void Host::State::Snapshots::Answer(const SnapshotChunk& chunk, TransferState state,
                                    uint64_t offset) {
  auto answer = std::make_unique<SnapshotAnswer>();
  answer->shard = chunk.shard;
  answer->from_host = host_.host_;
  answer->from = chunk.to;
  answer->to = chunk.from;
  answer->transfer = chunk.transfer;
  answer->number = chunk.number;
  answer->state = state;
  answer->offset = offset;
  host_.transport_.Send(chunk.from_host, std::move(answer));
}

void Host::State::Snapshots::KeepReceiving(Slot& slot) {
  while (Receive(slot)) continue;
  const bool part = slot.snapshots.arriving->part.has_value();
  const LogPosition position = slot.snapshots.arriving->content.position;
  slot.snapshots.arriving.reset();
  // The part stays: a later transfer of the same snapshot goes on from it.
  if (part && host_.failure_.ok()) {
    COVER("host.snapshot_receive_given_up");
    host_.observer_.On(
        TransferEnded{slot.who, slot.who.replica, position, TransferEnd::kNotReceived});
  }
  Unpin(slot);
}

// One chunk. False when there is nothing more to wait for.
bool Host::State::Snapshots::Receive(Slot& slot) {
  ArrivingSnapshot& arriving = *slot.snapshots.arriving;
  const LocalTime patience = host_.env_.clock().Now() + policy_.transfer_timeout;
  while (arriving.chunk == nullptr) {
    if (arriving.wake->WaitUntil(patience) != Wake::kWoken && arriving.chunk == nullptr) {
      return false;
    }
  }
  if (!host_.failure_.ok() || !slot.running()) return false;
  const std::unique_ptr<SnapshotChunk> chunk = std::move(arriving.chunk);
  if (!slot.replica.Lacks(chunk->content.position)) {
    Answer(*chunk, TransferState::kDone, 0);  // Sent again while the snapshot was published.
    return arriving.chunk != nullptr;
  }
  const TransferState state = TakeChunk(slot, *chunk);
  if (!host_.failure_.ok() || !slot.running()) return false;
  Answer(*chunk, state, arriving.part.has_value() ? arriving.part->bytes : 0);
  return state == TransferState::kWants || arriving.chunk != nullptr;
}

// Parts of different snapshots never mix: a chunk of another one than is being received starts
// that one anew. The same snapshot goes on, whoever sends it now, and in whichever life it began.
bool Host::State::Snapshots::OpenPart(Slot& slot, const SnapshotContent& content) {
  ArrivingSnapshot& arriving = *slot.snapshots.arriving;
  if (arriving.part.has_value() && arriving.content == content) return true;
  if (arriving.part.has_value()) COVER("host.snapshot_superseded");
  arriving.part.reset();
  arriving.content = content;
  const absl::StatusOr<SnapshotPart> part = store_.ResumePart(slot.who, content);
  if (!part.ok()) return false;
  arriving.part = *part;
  return true;
}

TransferState Host::State::Snapshots::TakeChunk(Slot& slot, const SnapshotChunk& chunk) {
  ArrivingSnapshot& arriving = *slot.snapshots.arriving;
  if (!OpenPart(slot, chunk.content)) return TransferState::kRefused;
  arriving.from = chunk.from;
  arriving.from_host = chunk.from_host;
  arriving.term = chunk.term;
  SnapshotPart& part = *arriving.part;
  if (chunk.offset == part.bytes && !chunk.bytes.empty()) {
    if (HashBytes(chunk.bytes.view()) != chunk.checksum) {
      COVER("host.snapshot_chunk_damaged");
      return TransferState::kWants;
    }
    if (!store_.AppendToPart(part, chunk.bytes.view()).ok()) {
      arriving.part.reset();
      return TransferState::kRefused;
    }
  }
  CHECK_LE(part.bytes, arriving.content.bytes);
  return part.bytes < arriving.content.bytes ? TransferState::kWants : Complete(slot);
}

// All of it is there.
TransferState Host::State::Snapshots::Complete(Slot& slot) {
  ArrivingSnapshot& arriving = *slot.snapshots.arriving;
  const SnapshotContent content = arriving.content;
  const SnapshotPart part = *std::exchange(arriving.part, std::nullopt);
  absl::StatusOr<std::unique_ptr<LoadedSnapshot>> loaded = PublishPart(slot, part, content);
  if (!host_.failure_.ok()) return TransferState::kRefused;
  if (!loaded.ok()) {
    COVER("host.snapshot_unusable");
    host_.observer_.On(SnapshotFailed{slot.who, content.position, loaded.status()});
    host_.Tell(SystemEventKind::kSnapshotFailed, slot.who);
    // What a failed sync left is not believed again.
    if (!store_.BeginPart(slot.who).ok()) COVER("host.snapshot_part_stays");
    return TransferState::kUnusable;
  }
  slot.snapshots.files.push_back(content);
  host_.observer_.On(SnapshotPublished{slot.who, content.position, (*loaded)->machine.digest(),
                                       part.file.value, content.bytes, true,
                                       (*loaded)->machine.skipped()});
  host_.TellOfSnapshot(SystemEventKind::kSnapshotReceived, slot, arriving.from_host);
  const TransferState state = Offer(slot, *std::move(loaded));
  if (slot.running()) AwaitRecord(slot.newest_record);
  RemoveOldFiles(slot);
  return state;
}

// Verified before it is named: a name never stands for less than a whole snapshot.
absl::StatusOr<std::unique_ptr<LoadedSnapshot>> Host::State::Snapshots::PublishPart(
    Slot& slot, const SnapshotPart& part, const SnapshotContent& content) {
  absl::StatusOr<SnapshotImage> image = store_.ReadPart(slot.who, part, content);
  if (!image.ok()) return image.status();
  absl::StatusOr<std::unique_ptr<LoadedSnapshot>> loaded = Decode(*std::move(image));
  if (!loaded.ok()) return loaded;
  const std::optional<MemberRole> role = RoleOf((*loaded)->membership, slot.who.replica);
  if ((*loaded)->machine.elsewhere()) {
    return absl::DataLossError("a snapshot came that stands for the files of another replica");
  }
  if ((*loaded)->machine.skipped() && role.has_value() && role != MemberRole::kWitness) {
    return absl::DataLossError("a snapshot for a witness came to another replica");
  }
  const absl::Status published = store_.PublishPart(slot.who, part, content);
  if (!published.ok()) return published;
  return loaded;
}

// Published: the core decides. Much may have happened since the transfer began.
TransferState Host::State::Snapshots::Offer(Slot& slot, std::unique_ptr<LoadedSnapshot> loaded) {
  if (!host_.failure_.ok() || !slot.running()) return TransferState::kRefused;
  const NoSuspend guard(host_.env_);
  BeginStep();
  const SnapshotContent content = loaded->content;
  const ArrivingSnapshot& arriving = *slot.snapshots.arriving;
  const Membership membership = loaded->membership;
  slot.snapshots.loaded = std::move(loaded);
  host_.Step(slot, SnapshotReceived{arriving.from, arriving.term, content.position, membership});
  slot.snapshots.loaded.reset();
  EndStep();
  host_.observer_.On(
      TransferEnded{slot.who, arriving.from, content.position, TransferEnd::kReceived});
  return slot.replica.Lacks(content.position) ? TransferState::kRefused : TransferState::kDone;
}

// The machine, what it has applied and where the log begins change in one step, in which nothing
// else happens to the replica.
void Host::State::Snapshots::Install(Slot& slot, const LogPosition& position) {
  CHECK(!host_.env_.may_suspend());
  CHECK(slot.snapshots.loaded != nullptr);
  LoadedSnapshot& loaded = *slot.snapshots.loaded;
  CHECK(loaded.content.position == position);
  CHECK_EQ(loaded.machine.applied(), position.index);
  CHECK_GT(position.index, slot.machine.applied());
  CHECK(slot.pending.empty());
  const Index applied = slot.machine.applied();
  slot.machine = std::move(loaded.machine);
  if (slot.snapshots.disk != nullptr) slot.snapshots.disk->Replaced();
  slot.last = position;
  slot.snapshots.newest = loaded.content;
  slot.snapshots.applied_bytes = 0;
  slot.snapshots.base = position;
  slot.recorded_commit = std::max(slot.recorded_commit, position.index);
  host_.observer_.On(SnapshotInstalled{slot.who, position, slot.machine.digest(), applied,
                                       slot.replica.last_index(), false, slot.machine.skipped()});
  slot.newest_record =
      host_.queue_.Push(slot.number, LogRecord{slot.who, SnapshotRecord{position, position, true}});
  host_.LearnRestoredMembers(slot);
  host_.Tell(SystemEventKind::kSnapshotRecovered, slot.who);
  host_.Tell(SystemEventKind::kMembershipChanged, slot.who);
  if (!slot.reads.batches.empty()) host_.AnswerReads(slot);
}

}  // namespace ww::raft
