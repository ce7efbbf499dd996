// RunObserver: hears everything of one run and passes it on: journal, judge, group view, injector.
//
// An engine's typed events and the messages it hands to the network come through a HostObserver,
// one an incarnation; what disks do comes from the world; clients and phases report themselves.
// Each event is journaled first, with or without checks, then judged. The fingerprint of the first
// violation is taken at the event that was judged.
//
// Invariants: nothing heard here changes what the engine does, but for faults that a plan hangs on
// an occurrence; what is journaled is the same with checks on and off.
// Suspends: never.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "faults/injector.h"
#include "raft/coordinator/coordinator.h"
#include "raft/env/observer.h"
#include "raft/failover/bootstrap.h"
#include "raft/failover/lease_keeper.h"
#include "raft/host/admin.h"
#include "raft/host/events.h"
#include "raft/host/log_query.h"
#include "raft/host/wire.h"
#include "scenarios/bind/env.h"
#include "scenarios/bind/group_view.h"
#include "scenarios/bind/kinds.h"
#include "scenarios/bind/metadata_told.h"
#include "scenarios/checks/judge.h"
#include "scenarios/config/operator_plan.h"
#include "sim/base/hash.h"
#include "sim/oracle.h"
#include "sim/world.h"

namespace ww::scenarios {

// An entry as checks see it.
// What a witness keeps says the same as the entry that it stands for.
checks::EntryView ViewOfMetadata(const raft::Entry& entry);
inline checks::EntryView ViewOf(const raft::Entry& entry) {
  if (entry.type == raft::EntryType::kMetadata) return ViewOfMetadata(entry);
  const uint64_t type = static_cast<uint64_t>(entry.type) + 1;
  return {checks::Term(entry.term.value), Absorb(type, entry.payload.digest())};
}

// Hears judged events beside the checks; for properties of a user's own (cluster.h).
class EventListener {
 public:
  virtual ~EventListener() = default;
  virtual void On(const checks::RoleChanged&) {}
  virtual void On(const checks::EntriesAppended&) {}
  virtual void On(const checks::CommitAdvanced&) {}
  virtual void On(const checks::EntryApplied&) {}
  virtual void On(const checks::ClientReturned&) {}
};

class RunObserver final : public sim::DiskObserver {
 public:
  // All borrowed for the run.
  struct Parts {
    sim::World& world;
    const EngineKinds& kinds;
    checks::Judge& judge;
    GroupView& view;
    bool judging = true;  // False: the judge is told nothing.
  };
  explicit RunObserver(const Parts& parts)
      : world_(parts.world),
        kinds_(parts.kinds),
        judge_(parts.judge),
        view_(parts.view),
        judging_(parts.judging) {}

  void SetInjector(faults::Injector* injector) { injector_ = injector; }
  void AddListener(EventListener& listener) { listeners_.push_back(&listener); }

  // --- Life of hosts, phases and clients ---
  // A machine that may be added later.
  void HostAbsent(HostId host) {
    Feed(checks::HostMarked{host, checks::HostMark::kUnrecorded, true});
  }
  void ShardExists(ShardId shard, std::span<const checks::Voter> voters, bool key_value = true);
  void HostStarted(HostId host, Incarnation incarnation);
  void EngineExited(HostId host, const absl::Status& status);
  void PhaseBegan(checks::Phase phase);
  void HostReachable(HostId host, bool reachable);
  // A reach site was visited. Which host's code it was is not known.
  void Reached(std::string_view name) {
    if (injector_ == nullptr || !injector_->counts(faults::OccurrenceKind::kReachSite)) return;
    injector_->Occurred(faults::OccurrenceKind::kReachSite, name, {}, {});
  }
  void TimePassed() { Feed(checks::TimePassed{}); }
  void RestEnded(const checks::RestMeasured& event) { Feed(event); }
  void Invoked(HostId client_host, const checks::ClientInvoked& event);
  void Attempted(HostId client_host, ClientId client, uint64_t operation, HostId to,
                 uint64_t request);
  // A client asks a host to read; its answer is heard when the host gives it.
  void QueryAsked(HostId client_host, uint64_t request, ShardId shard, HostId to);
  void Returned(HostId client_host, ClientId client, const checks::ClientReturned& event);

  // --- What an operator does ---
  // A fault broke the machine of a replica; the engine is told right afterwards.
  void MachineBroke(HostId host, const raft::ReplicaIdentity& who, std::string_view reason);
  void OperatorBegan(HostId operator_host, const OperatorItem& item);
  void AdminAsked(HostId operator_host, HostId to, const raft::AdminRequest& request);
  void AdminAnswered(HostId operator_host, HostId from, const raft::AdminReply& reply);
  void OperatorEnded(HostId operator_host, const OperatorItem& item, uint64_t ending);
  // Nothing that controllers were asked for is still to be done.
  bool ControlRests() const { return view_.ControlAtRest(); }
  // Shards that operators asked for and that do not exist yet, although their hosts are up.
  std::vector<ShardId> AwaitedShards() const;
  // What operators have created, in the order in which the metadata came to say so.
  const std::vector<ShardId>& created_shards() const { return metadata_.created; }
  // Hosts where members that have a machine run, by the newest membership.
  std::vector<HostId> MachinesOf(ShardId shard) const;

  // --- What listeners of a host are told ---
  void ListenerAdded(const checks::ListenerAdded& event) { Feed(event); }
  void LeaderTold(const checks::LeaderTold& event);
  void EventTold(HostId host, uint32_t listener, const raft::SystemEvent& event);

  // --- What instances of a supervised replicaset do until there is a shard (observe_bootstrap.cc)
  // ---
  void ReplicasetSupervised(const checks::ReplicasetSupervised& event);
  void BootstrapTold(HostId host, const raft::failover::BootstrapEvent& event);

  // --- What coordinators do, and the instances that they command (observe_failover.cc) ---
  void ReplicasetCoordinated(const checks::ReplicasetCoordinated& event);
  struct CoordinatorEdit {
    ShardId shard;
    HostId host;
    std::vector<checks::SupervisedInstance> instances;
  };
  void CoordinatorReconfigured(const CoordinatorEdit& edit);
  // Or who may write stands in the configuration.
  void ReplicasetConfigured(const checks::ReplicasetConfigured& event);
  void CoordinatorTold(HostId host, const raft::failover::CoordinatorEvent& event);
  void LeaseTold(HostId host, const raft::failover::LeaseEvent& event);

  // --- What disks do ---
  void OnSynced(HostId host, sim::FileNumber file, uint64_t size) override;
  void OnSyncFailed(HostId host, sim::FileNumber file) override;
  void OnCrash(HostId host) override;
  void OnDamaged(HostId host, sim::FileNumber file, uint64_t offset, uint64_t bytes) override;
  void OnWiped(HostId host) override;

  // The judge's last word on a run that ended without a violation.
  void Finish();

  bool violated() const { return violated_; }
  // The value at the violating event. Requires: violated().
  uint64_t violation_fingerprint() const { return violation_fingerprint_; }
  uint64_t operations_acked() const { return operations_acked_; }

 private:
  friend class HostObserver;
  friend class MetadataTeller;

  template <class Event>
  void Feed(const Event& event) {
    if constexpr (requires(EventListener & listener) { listener.On(event); }) {
      for (EventListener* listener : listeners_) listener->On(event);
    }
    if (!judging_) return;
    judge_.SetNow(world_.now());
    judge_.On(event);
    if (judge_.violation().has_value() && !violated_) [[unlikely]]
      NoteViolation();
  }
  [[gnu::cold]] void NoteViolation();
  template <class... Fields>
  void Record(KindId kind, HostId host, const Fields&... fields) {
    world_.journal().Record(kind, world_.now(), host, fields...);
  }
  void Occurred(std::string_view name, HostId host, ShardId shard) {
    if (injector_ == nullptr || !injector_->counts(faults::OccurrenceKind::kEvent)) return;
    injector_->Occurred(faults::OccurrenceKind::kEvent, name, host, shard);
  }
  // What the clocks of the coordinated shard's hosts show.
  void ReadInstanceClocks();
  // The host that has that role in the migration now; none when nobody has.
  HostId HostIn(const MetadataTold::Migration& migration, StepRole role) const;
  // Counts how far the migrations are that a host which crashes takes part in.
  void CountEdges(HostId crashed) const;
  // A replica of the metadata shard applied an entry.
  void MetadataApplied(HostId host, const raft::EntryApplied& event);
  // Borrowed until the next call.
  std::span<const checks::EntryView> ViewsOf(std::span<const raft::Entry> entries) {
    if (entries.size() != 1) return ManyViewsOf(entries);
    view_of_one_ = ViewOf(entries[0]);
    return {&view_of_one_, 1};
  }
  std::span<const checks::EntryView> ManyViewsOf(std::span<const raft::Entry> entries);

  sim::World& world_;
  const EngineKinds& kinds_;
  checks::Judge& judge_;
  GroupView& view_;
  bool judging_;
  faults::Injector* injector_ = nullptr;
  std::vector<EventListener*> listeners_;
  std::vector<checks::EntryView> views_;
  MetadataTold metadata_;
  ShardId coordinated_;  // None: no leader is appointed.
  ShardId configured_;   // None: no configuration says who may write.
  checks::EntryView view_of_one_;
  bool queries_asked_ = false;  // Ever: otherwise answers need not be told.
  bool leases_used_ = false;    // Ever: otherwise clocks need not be read.
  bool violated_ = false;
  uint64_t violation_fingerprint_ = 0;
  uint64_t operations_acked_ = 0;
};

// What one incarnation of an engine host reports. Lives with it.
class HostObserver final : public raft::Observer, public bind::SendWatcher {
 public:
  HostObserver(RunObserver& run, HostId host, Incarnation incarnation)
      : run_(run), host_(host), incarnation_(incarnation) {}

  void On(const raft::ReplicaCreated& event) override;
  void On(const raft::ReplicaStarted& event) override;
  void On(const raft::HardStateChanged& event) override;
  void On(const raft::RoleChanged& event) override;
  void On(const raft::EntriesAppended& event) override;
  void On(const raft::RecordWritten& event) override;
  void On(const raft::BelievedDurable& event) override;
  void On(const raft::MatchChanged& event) override;
  void On(const raft::CommitAdvanced& event) override;
  void On(const raft::EntryApplied& event) override;
  void On(const raft::RestChanged& event) override;
  void On(const raft::ReadsConfirmed& event) override;
  void On(const raft::ReadAnswered& event) override;
  void On(const raft::LeaseChanged& event) override;
  void On(const raft::TransferChanged& event) override;
  void On(const raft::MembershipChanged& event) override;
  void On(const raft::ChangeRefused& event) override;
  void On(const raft::SnapshotPublished& event) override;
  void On(const raft::SnapshotFailed& event) override;
  void On(const raft::SnapshotInstalled& event) override;
  void On(const raft::LogCompacted& event) override;
  void On(const raft::TransferEnded& event) override;
  void On(const raft::ReplicaStopped& event) override;
  void On(const raft::ReplicaUnloaded& event) override;
  void On(const raft::ReplicaDestroyed& event) override;
  void On(const raft::CorruptionFound& event) override;
  void On(const raft::MessageAccepted& event) override;
  void On(const raft::MessageDone& event) override;
  void On(const raft::MessageRefused& event) override;
  void On(const raft::ControllerCommand& event) override;
  // A message is handed to the network: what it claims.
  void OnSend(HostId to, const WireMessage& message) override;

 private:
  void OnSend(ShardId shard, const raft::Message& message, const raft::VoteRequest& body);
  void OnSend(ShardId shard, const raft::Message& message, const raft::VoteReply& body);
  void OnChange(const raft::EntriesAppended& event, size_t position);
  void OnSend(ShardId shard, const raft::Message& message, const raft::AppendReply& body);
  void OnWrites(const raft::EntriesAppended& event);
  void OnReply(HostId to, const raft::ClientReply& reply);
  void OnAnswer(const raft::LogAnswer& answer);
  void ReadClocks(ShardId shard);
  GroupView::ReplicaState& StateOf(const raft::ReplicaIdentity& who);

  RunObserver& run_;
  HostId host_;
  Incarnation incarnation_;
  ShardId under_;  // The shard of the message that the engine is handling.
};

// Of what somebody asks for; 0 of what nobody has to ask for.
uint64_t DigestOf(const raft::ChangeRequest& change);

}  // namespace ww::scenarios
