#include <algorithm>
#include <utility>

#include "raft/core/membership.h"
#include "raft/env/no_suspend.h"
#include "raft/host/snapshots.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

void Host::State::Snapshots::Send(Slot& slot, const SendSnapshot& what) {
  CHECK(slot.running());
  auto sending = std::make_unique<Sending>();
  sending->slot = &slot;
  sending->what = what;
  sending->target = slot.HostOf(what.to);
  CHECK(!sending->target.none());
  ++slot.pins;
  waiting_sends_.push_back(std::move(sending));
  if (senders_ == policy_.sends_max) {
    COVER("host.snapshot_send_waits");
    return;
  }
  ++senders_;
  Spawn("raft.snapshot_sender", [this] { KeepSending(); });
}

void Host::State::Snapshots::KeepSending() {
  while (!waiting_sends_.empty()) {
    std::unique_ptr<Sending> sending = std::move(waiting_sends_.front());
    waiting_sends_.erase(waiting_sends_.begin());
    Slot& slot = *sending->slot;
    sending_.push_back(sending.get());
    const bool delivered = Transfer(*sending);
    std::erase(sending_, sending.get());
    Report(*sending, delivered);
    RemoveOldFiles(slot);
    Unpin(slot);
  }
  --senders_;
}

// Only the leadership that asked for it has use for the snapshot.
bool Host::State::Snapshots::StillWanted(const Sending& sending) const {
  const Slot& slot = *sending.slot;
  return host_.failure_.ok() && slot.running() && slot.leads() &&
         slot.replica.term() == sending.what.term;
}

// One chunk at a time; what the receiver answers says which is next. So it makes no difference
// whether a chunk or an answer was lost, or the receiver lost all and begins anew.
bool Host::State::Snapshots::Transfer(Sending& sending) {
  if (!StillWanted(sending)) return false;
  const auto content = sending.slot->snapshots.ContentOf(sending.what.position);
  if (!content.has_value()) return false;
  sending.content = *content;
  if (!Prepare(sending).ok() || !StillWanted(sending)) return false;
  sending.transfer = ++transfers_;
  sending.wake = host_.env_.tasks().NewWaitQueue();
  sending.deadline = host_.env_.clock().Now() + policy_.transfer_timeout;
  const absl::StatusOr<FileId> file = store_.Open({sending.slot->who, sending.what.position});
  if (!file.ok()) return false;
  uint64_t offset = 0;
  uint32_t unanswered = 0;
  while (StillWanted(sending) && host_.env_.clock().Now() < sending.deadline) {
    if (!SendChunk(sending, *file, offset)) return false;
    const LocalTime patience = host_.env_.clock().Now() + policy_.answer_timeout;
    if (!sending.answer.has_value() && sending.wake->WaitUntil(patience) == Wake::kCancelled) {
      return false;
    }
    if (!sending.answer.has_value()) {
      COVER("host.snapshot_chunk_unanswered");
      // Others wait for their turn. What the receiver has it keeps, and the next transfer goes on
      // from there.
      if (++unanswered == policy_.unanswered_max) break;
      continue;
    }
    unanswered = 0;
    switch (sending.answer->state) {
      case TransferState::kWants:
        if (sending.answer->offset < offset) COVER("host.snapshot_restarted");
        offset = sending.answer->offset;
        break;
      case TransferState::kDone:
        return true;
      case TransferState::kRefused:
      case TransferState::kUnusable:
        return false;
    }
  }
  COVER("host.snapshot_send_given_up");
  return false;
}

// A witness has no machine: it is told who belongs to the shard, and where its log goes on. Others
// are sent the file, but that of a machine on disk is a stand-in.
absl::Status Host::State::Snapshots::Prepare(Sending& sending) {
  const Slot& slot = *sending.slot;
  if (RoleOf(slot.replica.membership(), sending.what.to) != MemberRole::kWitness) {
    if (on_disk()) MakeImage(sending);
    return absl::OkStatus();
  }
  COVER("host.snapshot_for_witness");
  const LogPosition position = sending.what.position;
  const absl::StatusOr<SnapshotImage> whole = store_.Load({slot.who, position});
  if (!whole.ok()) return whole.status();
  sending.made = EncodeSnapshot(slot.who.shard, position, whole->membership,
                                ShardMachine::Skipped(position.index).Save());
  sending.content = ReadSnapshotHead(sending.made)->content;
  return absl::OkStatus();
}

// Behind the end it is an empty chunk, which asks for news.
bool Host::State::Snapshots::SendChunk(Sending& sending, FileId file, uint64_t offset) {
  const uint64_t total = sending.content.bytes;
  if (offset > total) return false;
  const uint64_t size = std::min<uint64_t>(policy_.chunk_bytes, total - offset);
  auto chunk = std::make_unique<SnapshotChunk>();
  if (!sending.made.empty()) {
    chunk->bytes = Payload::Copy(std::string_view(sending.made).substr(offset, size));
  } else if (size > 0) {
    const absl::StatusOr<std::string> bytes = host_.env_.files().Read(file, offset, size);
    if (!bytes.ok() || bytes->size() != size || !StillWanted(sending)) return false;
    chunk->bytes = Payload::Copy(*bytes);
  }
  const Slot& slot = *sending.slot;
  chunk->shard = slot.who.shard;
  chunk->from_host = host_.host_;
  chunk->from = slot.who.replica;
  chunk->to = sending.what.to;
  chunk->term = sending.what.term;
  chunk->transfer = sending.transfer;
  chunk->number = ++sending.chunk;
  chunk->content = sending.content;
  chunk->offset = offset;
  chunk->checksum = HashBytes(chunk->bytes.view());
  sending.answer.reset();
  host_.transport_.Send(sending.target, std::move(chunk));
  return true;
}

// Only an answer to the newest chunk: an old one that came late would make chunks go out twice, and
// each of them be answered again.
void Host::State::Snapshots::OnAnswer(const SnapshotAnswer& answer) {
  for (Sending* sending : sending_) {
    if (sending->transfer != answer.transfer || sending->chunk != answer.number) continue;
    const Slot& slot = *sending->slot;
    if (answer.shard != slot.who.shard || answer.to != slot.who.replica ||
        answer.from != sending->what.to || answer.from_host != sending->target) {
      break;
    }
    sending->answer = answer;
    sending->wake->WakeOne();
    return;
  }
  COVER("host.snapshot_late_answer");
}

void Host::State::Snapshots::Report(const Sending& sending, bool delivered) {
  if (!host_.failure_.ok()) return;
  Slot& slot = *sending.slot;
  host_.observer_.On(TransferEnded{slot.who, sending.what.to, sending.what.position,
                                   delivered ? TransferEnd::kSent : TransferEnd::kNotSent});
  host_.TellOfSnapshot(
      delivered ? SystemEventKind::kSnapshotSent : SystemEventKind::kSnapshotNotSent, slot,
      sending.target);
  if (!slot.running()) return;
  const NoSuspend guard(host_.env_);
  BeginStep();
  host_.Step(slot,
             SnapshotStatus{sending.what.to, sending.what.term, sending.what.position, delivered});
  EndStep();
}

}  // namespace ww::raft
