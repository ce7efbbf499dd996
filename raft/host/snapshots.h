// Host::State::Snapshots: snapshots of a host's replicas, from the machine to the disk, from host
// to host, and back into a machine. Included by this room's sources only.
//
// Taking (snapshots.cc): what a replica has applied is turned into bytes at once, and written by a
// fiber of its own while the replica goes on. The snapshot counts when its record in the log is
// durable; then the core forgets entries, and older files go.
// Sending (snapshot_sending.cc): a fiber a transfer, at most sends_max at a time. Always ends with
// a report to the core. Receiving (snapshot_receiving.cc): a fiber a replica. What arrived whole is
// verified, published, decoded and given to the core, which says whether it is taken; if so, the
// machine is replaced in that same step.
//
// Machines on disk (machines.cc): the same fiber that takes snapshots makes durable what such a
// machine applied. Its snapshots on its own disk are stand-ins; who needs one is sent a whole
// image, made when the transfer begins.
//
// A snapshot that can't be written, read or sent costs that snapshot, and nothing else: the log and
// the snapshot before it are still there.
//
// Invariants: a file that the log's newest snapshot record names, or that is being sent, stays; no
// fiber is left when Stop returns.
// Suspends: Stop, Load, CleanUp and the fibers; nothing else.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "raft/host/host_state.h"
#include "raft/host/snapshot_messages.h"
#include "raft/store/broken_mark.h"
#include "raft/store/snapshot_store.h"

namespace ww::raft {

class Host::State::Snapshots {
 public:
  explicit Snapshots(State& host);
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  // --- Start and stop ---
  // Removes what the log does not name: parts, and snapshots whose record was never durable.
  absl::Status CleanUp(const std::vector<RecoveredReplica>& recovered);
  // Reads what the replica's log goes on from, for TakeKept; when it can't, the replica is lost.
  void Load(const ReplicaIdentity& who, const ReplicaPage& page);
  // The replica can't take part: the reason is told to whoever asks for it, until its data is
  // removed.
  void Lose(const ReplicaIdentity& who, const absl::Status& why);
  bool IsLost(const ReplicaIdentity& who) const;
  // Of a replica of the shard that is lost; empty when none is.
  std::string WhyLost(ShardId shard) const;
  // Writes durably that the replica is broken, so that it stays so. It is pinned meanwhile.
  void Mark(Slot& slot);
  // The machine of a replica that does not live here now, with its snapshot. Null when its log is
  // all there is.
  std::unique_ptr<LoadedSnapshot> TakeKept(const ReplicaIdentity& who);
  // The replica begins with this machine.
  void Restore(Slot& slot, LoadedSnapshot&& loaded);
  // Gives a replica that starts with nothing the files that it will need.
  void Equip(Slot& slot);
  // The replica is parked: its machine is kept for its next start; completes `state`.
  void Keep(Slot& slot, RecoveredState& state);
  void Stop();

  // --- Called in turns; nothing here suspends ---
  // The replica applied something: perhaps a snapshot is due.
  void Applied(Slot& slot);
  // An operator wants one. Answered when its record is durable, or it failed.
  void Ask(Slot& slot, const AdminCall& call);
  void Send(Slot& slot, const SendSnapshot& what);
  void OnChunk(SnapshotChunk& chunk);
  void OnAnswer(const SnapshotAnswer& answer);
  // The core takes what this host received; the machine is replaced now, and with it who belongs
  // to the shard.
  void Install(Slot& slot, const LogPosition& position);
  // A batch with records of the replica became durable; what of it the core is to hear.
  std::optional<LogPosition> OnRecordDurable(Slot& slot) const;
  // Some batch became durable.
  void OnDurable();

 private:
  struct Sending {
    Slot* slot = nullptr;  // Pinned.
    SendSnapshot what;
    HostId target;
    SnapshotContent content;
    std::string made;  // The whole file, of one that is made for its receiver.
    uint64_t transfer = 0;
    uint64_t chunk = 0;  // The newest that was sent.
    LocalTime deadline;
    std::optional<SnapshotAnswer> answer;  // To that chunk.
    std::unique_ptr<WaitQueue> wake;
  };

  // --- snapshots.cc ---
  void Spawn(std::string_view name, absl::AnyInvocable<void()> body);
  void KeepTaking();
  void Take(Slot& slot);
  void AskAgain(Slot& slot);
  void Answer(Slot& slot, const std::vector<AdminCall>& calls, const absl::Status& failed);
  absl::Status Write(Slot& slot);
  void Record(Slot& slot, const SnapshotContent& content);
  absl::Status Failed(Slot& slot, const LogPosition& position, const absl::Status& status);
  absl::StatusOr<std::unique_ptr<LoadedSnapshot>> Read(const NamedSnapshot& snapshot);
  absl::StatusOr<std::unique_ptr<LoadedSnapshot>> Decode(SnapshotImage&& image) const;
  bool TakesSnapshot(const Slot& slot) const;
  bool AwaitRecord(uint64_t number);
  void RemoveOldFiles(Slot& slot);
  void Unpin(Slot& slot);
  void BeginStep();
  void EndStep();
  bool Due(const Slot& slot) const;

  // --- machines.cc ---
  bool on_disk() const { return host_.config_.machine == MachineKind::kDisk; }
  absl::StatusOr<std::unique_ptr<LoadedSnapshot>> OpenMachine(
      const ReplicaIdentity& who, const ReplicaPage& page, std::unique_ptr<LoadedSnapshot> loaded);
  absl::Status MakeDurable(LoadedSnapshot& loaded);
  absl::Status ReadMarks(const std::vector<std::string>& names,
                         const std::vector<ReplicaIdentity>& here);
  bool SyncDue(const Slot& slot) const;
  absl::Status SyncMachine(Slot& slot);
  void MakeImage(Sending& sending);

  // --- snapshot_sending.cc ---
  void KeepSending();
  bool Transfer(Sending& sending);
  absl::Status Prepare(Sending& sending);
  bool SendChunk(Sending& sending, FileId file, uint64_t offset);
  bool StillWanted(const Sending& sending) const;
  void Report(const Sending& sending, bool delivered);

  // --- snapshot_receiving.cc ---
  bool IsStray(const SnapshotChunk& chunk, const Slot* slot) const;
  void Answer(const SnapshotChunk& chunk, TransferState state, uint64_t offset);
  void KeepReceiving(Slot& slot);
  bool Receive(Slot& slot);
  bool OpenPart(Slot& slot, const SnapshotContent& content);
  TransferState TakeChunk(Slot& slot, const SnapshotChunk& chunk);
  TransferState Complete(Slot& slot);
  absl::StatusOr<std::unique_ptr<LoadedSnapshot>> PublishPart(Slot& slot, const SnapshotPart& part,
                                                              const SnapshotContent& content);
  TransferState Offer(Slot& slot, std::unique_ptr<LoadedSnapshot> loaded);

  State& host_;
  SnapshotStore store_;
  const SnapshotPolicy& policy_;

  struct Kept {
    ReplicaIdentity who;
    std::unique_ptr<LoadedSnapshot> machine;
  };
  std::vector<Kept> kept_;
  struct Lost {
    ReplicaIdentity who;
    absl::Status why;
  };
  std::vector<Lost> lost_;

  std::vector<Slot*> due_;  // Pinned.
  std::vector<std::unique_ptr<Sending>> waiting_sends_;
  std::vector<Sending*> sending_;
  uint64_t transfers_ = 0;
  std::unique_ptr<WaitQueue> durable_;  // For AwaitRecord.
  bool taking_ = false;
  uint32_t senders_ = 0;
  struct Worker {
    TaskHandle task;
    bool ended = false;
  };
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace ww::raft
