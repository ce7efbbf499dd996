// Host::State: the fibers of a host and the turn that they share. Included by this room's sources
// only.
//
// A turn is a plain function that never suspends: it takes what arrived, steps replicas, proposes
// and applies. Two equal workers run it (Run itself is the first): whichever leaves a turn with
// records waiting and no batch being written becomes the log's writer and suspends in its append
// and sync; the other takes the messages meanwhile, and its records become the next batch. A third
// fiber waits for deadlines. So a message, a finished sync and a deadline each cost one wake, and
// handing records to the writer costs none.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

#include "raft/host/admin.h"
#include "raft/host/deadlines.h"
#include "raft/host/events.h"
#include "raft/host/founding.h"
#include "raft/host/host.h"
#include "raft/host/log_query.h"
#include "raft/host/notices.h"
#include "raft/host/peers.h"
#include "raft/host/record_queue.h"
#include "raft/host/replica_book.h"
#include "raft/host/service.h"
#include "raft/host/slot.h"
#include "raft/host/wire.h"
#include "raft/host/write_gates.h"
#include "raft/store/recovery.h"

namespace ww::raft {

class Host::State {
 public:
  State(Env& env, HostConfig config);
  ~State();

  absl::Status Run();
  std::vector<ReplicaSummary> Summarise() const;
  void AddListener(EventListener& listener) { events_.AddListener(listener); }
  void AddService(Service& service);

 private:
  class Snapshots;  // snapshots.h
  class Port;       // services.cc

  // --- host.cc: start, fibers, stop ---
  absl::Status Serve();
  absl::Status Start();
  void ApplyRecovered(Slot& slot);
  ReplicaConfig ConfigOf(const ShardPlacement& placement) const;
  std::unique_ptr<StateMachine> NewMachine(ShardId shard) const;
  Slot& AddSlot(const ShardPlacement& placement, RecoveredState state,
                const std::optional<BootstrapRecord>& first_record);
  void Work();
  void WriteBatch();
  void KeepDeadlines();
  void Fail(const absl::Status& status);
  void StopFibers();

  // --- turn.cc: the turn, and what a step of a replica brings about ---
  void Turn();
  void TakeMessages();
  void FireDeadlines();
  void OnBatchDurable();
  void TakeArrival(const Delivery& delivery);
  void Step(Slot& slot, Input&& input);
  void Finish(Slot& slot, Effects& effects, bool proposed);
  void CarryOut(Slot& slot, Effects& effects, bool proposed);
  void ReportChanges(Slot& slot, const Effects& effects, bool proposed);
  void ReportMatch(const Slot& slot, const MatchEffect& effect);
  void ReportCommit(const Slot& slot, const CommitEffect& commit);
  void Persist(Slot& slot, Effects& effects);
  void SendOrHold(Slot& slot, Effects& effects);
  void ReleaseHeld(Slot& slot);
  void SendToPeer(Slot& slot, Message&& message);
  Duration DrawElectionTimeout(Slot& slot);
  void WakeTimer();
  // --- services.cc: programs beside the engine, and whom of them it heeds ---
  void StartServices();
  void StopServices();
  void Reply(HostId to, std::unique_ptr<WireMessage> message);
  void TellServices(const Delivery& delivery);
  bool Heeds(const AdminRequest& request);

  // --- room.cc: a full disk ---
  bool AwaitRoom(const absl::Status& status);
  void FoundRoom();

  // --- reclaim.cc: old segments of the log ---
  void ReclaimIfDue();
  bool ReclaimOldest();
  uint64_t StateThatPins() const;
  std::optional<uint64_t> Move(const std::vector<LogRecord>& records);

  // The replica of the shard that lives here; null when there is none or it is unloading.
  Slot* SlotOf(ShardId shard) {
    Slot* slot = AnySlotOf(shard);
    return slot != nullptr && slot->running() ? slot : nullptr;
  }
  Slot* AnySlotOf(ShardId shard);

  // --- publish.cc: what listeners are told ---
  void TellLeader(Slot& slot, const RoleChange& change);
  void Tell(SystemEventKind kind, const ReplicaIdentity& who);
  void TellTransfer(const Slot& slot, const TransferEffect& transfer);
  void TellOfSnapshot(SystemEventKind kind, const Slot& slot, HostId host);
  void TellOfBeat(HostId host, bool gave_no_sign);

  // --- beats.cc: heartbeats between hosts, and rest ---
  bool rests() const { return config_.quiet_after.ns > 0; }
  bool HoldBeat(const Slot& slot, HostId target, Message& message);
  void SendBeats();
  void OnHostBeat(HostBeat& beat);
  void WakeSharing(HostId host);
  void StopWaitingFor(Slot& slot, HostId host);
  void KnowPeersOf(const Slot& slot);
  void ReportRest(Slot& slot);
  // When the timer fiber must look again.
  LocalTime NextAlarm() const {
    const LocalTime due = std::min(deadlines_.Next(), founding_due_);
    return rests() ? std::min(due, beat_due_) : due;
  }

  // --- broken.cc: replicas that stop for good ---
  bool MachineCan(Slot& slot, Index index);
  void Contain(Slot& slot, const Contradiction& contradiction);
  void Break(Slot& slot, const absl::Status& why);

  // --- routing.cc: which messages reach a replica ---
  void OnPeerMessage(PeerMessage& peer);
  void RefuseMessage(const PeerMessage& peer, RefusalOfMessage why);

  // --- lifecycle.cc: replicas that come and go, by the host's own records ---
  absl::Status ReadBook(std::vector<RecoveredReplica>& recovered);
  void AnnounceStarts();
  void StartRecorded();
  void Announce(const ReplicaIdentity& who, const RecoveredState& state);
  void Create(const ReplicaIdentity& who, const Bootstrap& bootstrap);
  Slot& StartParked(const ReplicaIdentity& who);
  void Destroy(const ReplicaIdentity& who);
  void Owe(const AdminCall& call, std::string_view text);
  void PayOwed();
  void ListSlot(Slot& slot);
  // The replica stops taking part; `Unloaded` is its end, once nothing of it is under way.
  void Unload(Slot& slot, const absl::Status& reason);
  void FinishUnloads();
  bool IsIdle(const Slot& slot) const;
  void Park(Slot& slot);

  // --- founding.cc: initial members that the others have to let in ---
  void BeginFounding(const ReplicaIdentity& who, std::optional<AdminCall> call);
  Founding* FoundingOf(const ReplicaIdentity& who);
  void SendClaims();
  void OnFoundingClaim(const FoundingClaim& claim);
  std::optional<JudgedClaim> JudgeClaim(const ReplicaIdentity& claimed, HostId from, DiskId disk);
  DiskId Bind(const ReplicaIdentity& own, ReplicaId member, DiskId disk);
  void SendOwedVerdicts();
  bool PlacedByService(const ReplicaIdentity& who) const;
  void OnFoundingVerdict(HostId from, const FoundingVerdict& verdict);
  void EndFoundingIfLetIn(const ReplicaIdentity& who);
  void EndFounding(const ReplicaIdentity& who);
  void GiveUpFounding(const JudgedClaim& judged);
  void ForgetFounding(const ReplicaIdentity& who);

  // --- removal.cc: replicas that were removed from their shard ---
  void Retire(Slot& slot);
  void LeaveIfRemoved(Slot& slot);
  void TellIfRemoved(ShardId shard, ReplicaId replica, HostId host);
  void OnRemovalQuestion(const RemovalQuestion& question);
  void OnRemovalNotice(const RemovalNotice& notice);
  LocalTime AskDue(const Slot& slot) const;
  void AskWhetherRemoved(Slot& slot);
  std::vector<HostId> HostsToAsk(const Slot& slot);
  // When the replica is to be looked at next.
  LocalTime DueOf(const Slot& slot) const { return std::min(slot.NextDeadline(), AskDue(slot)); }

  // --- admin_actions.cc: what operators ask ---
  void OnAdminRequest(HostId caller, const AdminRequest& request);
  void Carry(const AdminCall& call, const StartReplica& action);
  void Carry(const AdminCall& call, const StopReplica& action);
  void Carry(const AdminCall& call, const RemoveReplicaData& action);
  void Carry(const AdminCall& call, const Describe& action);
  bool IsStarting(ShardId shard) const;
  void Refuse(const AdminCall& call, AdminReason reason, std::string text);
  void AnswerDone(const AdminCall& call, std::string text);
  void AnswerAdmin(const AdminCall& call, AdminReply&& reply);

  void Carry(const AdminCall& call, const TransferLeadership& action);
  void Carry(const AdminCall& call, const TakeSnapshot& action);
  void Carry(const AdminCall& call, const DescribeHost& action);

  // --- transfers.cc: leadership transfers that operators ask for ---
  void BeginTransfer(Slot& slot, const AdminCall& call, ReplicaId target);
  ReplicaId ChooseTarget(const Slot& slot) const;
  void TryTransfer(Slot& slot);
  void OnTransfer(Slot& slot, const TransferEffect& effect);
  void EndTransfer(Slot& slot, AdminOutcome outcome, AdminReason reason);
  void ReviewTransfer(Slot& slot);
  void ResumeProposals(Slot& slot);

  // --- reads.cc: reads that don't go through the log ---
  void OnClientQuery(HostId client_host, ClientQuery& query);
  void OnLogQuery(HostId asking_host, const LogQuery& query);
  ReadContext NextContext();
  void AskReads();
  void OnReadsReady(Slot& slot, const std::vector<ReadReady>& ready);
  void AnswerReads(Slot& slot);
  void SendElsewhere(const Slot& slot, const PendingQuery& query);
  void AnswerQuery(const Slot& slot, const PendingQuery& query);
  void RefuseBatch(Slot& slot, const QueryBatch& batch, Outcome outcome);
  void DropReads(Slot& slot);
  void ExpireReads(Slot& slot);
  void TerminateReads(Slot& slot);
  void ReportReads(const Slot& slot, const Effects& effects);
  // --- changes.cc: changes of membership ---
  void Carry(const AdminCall& call, const ChangeMembership& action);
  bool MayApply(Slot& slot, Index index);
  void ResumeApplying(Slot& slot);
  void ApplyChange(Slot& slot, const LogPosition& position);
  void LearnRestoredMembers(Slot& slot);
  void AnswerChange(Slot& slot, const LogPosition& position);
  void TerminateChange(Slot& slot);

  // --- clients.cc: requests, proposals, applying, answers ---
  void OnClientRequest(HostId client_host, ClientRequest& request);
  bool Busy(const Slot& slot, size_t command_bytes) const;
  std::optional<WriteGate> GateOf(const Slot& slot) const;
  void RefuseWrite(const Slot& slot, HostId client_host, uint64_t request, WriteGate gate);
  void RefuseWaitingAtGate(Slot& slot);
  void CountUnapplied(Slot& slot, const Effects& effects);
  void ProposeWaiting();
  void ProposeBatch(Slot& slot, size_t first, size_t end);
  void ApplyCommitted();
  Index ApplicableUpTo(const Slot& slot) const;
  bool ApplyBatch(Slot& slot);
  bool ApplySome(Slot& slot);
  void ApplyEntry(Slot& slot, Index index);
  void AnswerApplied(Slot& slot, const LogPosition& position, const Applied& applied);
  void TerminateRequests(Slot& slot);
  void Answer(const Slot& slot, HostId client_host, uint64_t request, Outcome outcome);

  Env& env_;
  Transport& transport_;  // Ports of env_ that every message needs.
  Observer& observer_;
  const HostId host_;
  HostConfig config_;
  LocalTime now_;  // Of the present turn.
  // By number; null where a number is free. By shard: those that are not null.
  std::vector<std::unique_ptr<Slot>> slots_;
  struct ListedSlot {
    ShardId shard;
    Slot* slot = nullptr;
  };
  std::vector<ListedSlot> by_shard_;
  std::vector<uint32_t> free_slots_;
  std::vector<uint32_t> unloading_;
  ReplicaBook book_;
  std::vector<ReplicaIdentity> to_record_;  // Pages whose bootstrap record is not written yet.
  // Answers that wait until a record is durable, oldest first.
  struct OwedAnswer {
    uint64_t after_record = 0;
    AdminCall call;
    std::string_view text;
  };
  std::vector<OwedAnswer> owed_;
  std::vector<Founding> foundings_;
  LocalTime founding_due_ = LocalTime::Never();  // When claims are sent again.
  uint32_t claims_sent_ = 0;                     // Times, in this life.
  std::vector<OwedVerdict> owed_verdicts_;       // Oldest first.
  std::vector<Service*> services_;
  std::unique_ptr<ServicePort> port_;
  std::deque<Delivery> from_services_;  // To this host, oldest first.
  WriteGates write_gates_;              // That services keep.
  Term controller_term_;                // The highest that was heeded, in any life of the process.
  DeadlineIndex deadlines_;
  Peers peers_;
  Events events_;
  bool beats_wait_ = false;           // Some peer has beats waiting.
  LocalTime beat_due_;                // When signs of life are sent; at once after the start.
  uint64_t stops_ = 0;                // Replicas that stopped in this life of the process.
  std::vector<uint32_t> proposing_;   // Slots with requests to propose.
  std::vector<uint32_t> reading_;     // Slots with reads to ask for.
  uint64_t contexts_ = 0;             // Of batches of reads, in this life.
  std::vector<uint32_t> applying_;    // Slots with entries to apply.
  std::vector<uint32_t> turn_slots_;  // Scratch.

  std::unique_ptr<LogWriter> log_;
  RecordQueue queue_;
  RecordBatch batch_;  // What is being written.
  uint64_t durable_record_ = 0;
  std::unique_ptr<WaitQueue> reclaim_wake_;
  TaskHandle reclaim_task_;
  bool reclaiming_ = false;
  uint64_t reclaim_seen_ = 0;  // The newest segment when it was last thought of.
  // The oldest segment when it had to stay, and the state in which it had to.
  struct Pinned {
    uint64_t segment = 0;
    uint64_t state = 0;
  };
  Pinned pinned_;
  std::unique_ptr<Snapshots> snapshots_;
  DrawHandle tiny_batch_;

  std::unique_ptr<WaitQueue> arrivals_;
  std::unique_ptr<WaitQueue> alarms_;
  bool writing_ = false;  // A worker is in its append or sync.
  bool full_ = false;     // It waits there for room on the disk.
  std::unique_ptr<WaitQueue> room_;
  LocalTime alarm_ = LocalTime::Never();  // What the timer fiber waits for.
  TaskHandle worker_task_;
  TaskHandle timer_task_;
  bool started_ = false;
  absl::Status failure_;
};

}  // namespace ww::raft
