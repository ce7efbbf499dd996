// ControlTrace: synthetic traces of a control plane, in few words.
//
// Shard 1 has replicas 1..3 on hosts 1..3, is its own metadata shard and is meant to have 3 voters.
// Replica 1 leads term 1. Host 4 is empty; replica 4 comes to it. Everybody who runs holds what the
// leader appends. Properties of other checks are not judged: what they want of a trace is left out.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/scenarios/checks/expect.h"

namespace ww::checks {

// What a ConfigView borrows.
struct Members {
  std::vector<uint64_t> voters;
  std::vector<uint64_t> non_voting = {};
  std::vector<uint64_t> removed = {};
  std::vector<uint64_t> outgoing = {};
};

class ControlTrace {
 public:
  explicit ControlTrace(const JudgeOptions& options = {}) : ControlTrace(options, false) {
    Adopt();
  }
  // Not recorded yet: the metadata are those of another shard.
  static ControlTrace BeforeAdoption() { return ControlTrace({}, true); }
  void Adopt() { judge().On(ShardRecorded{TraceBuilder::kShard, 3, !beside_}); }

  TraceBuilder& trace() { return trace_; }
  Judge& judge() { return trace_.judge(); }
  static ReplicaKey Key(uint64_t replica) { return TraceBuilder::Key(replica); }
  uint64_t last() const { return last_; }

  // --- Replicas ---
  void Create(uint64_t replica) {
    judge().On(ReplicaCreated{Key(replica), HostId(replica), true});
    judge().On(ReplicaStarted{Key(replica), HostId(replica), Incarnation(1), Term(0), {}, {}});
    Found(replica);
    for (uint64_t index = 1; index <= last_; ++index) trace_.CopyDurably(replica, index, {1});
    others_.push_back(replica);
  }
  void Stop(uint64_t replica) {
    judge().On(ReplicaStopped{Key(replica), HostId(replica), "told to"});
    std::erase(others_, replica);
  }
  void Destroy(uint64_t replica) { judge().On(ReplicaDestroyed{Key(replica), HostId(replica)}); }
  void ReadThrough(uint64_t replica, uint64_t incarnation = 1) {
    judge().On(ReadAnswered{Key(replica), Incarnation(incarnation), Index(1)});
  }
  // The leader heard these.
  void Hear(const std::vector<uint64_t>& replicas) {
    for (const uint64_t replica : replicas) {
      trace_.Accept(1, replica, 1);
      trace_.Handled(1);
    }
  }
  void ApplyAll(uint64_t replica) {
    for (uint64_t& at = applied_[replica]; at < last_;) trace_.ApplyEmpty(replica, ++at, 1);
  }

  // --- The log. Committed by replicas 1 and 2. ---
  void Append() {
    ++last_;
    trace_.CreateDurably(1, last_, {1});
    CopyToOthers();
    CommitAll();
  }
  // Proposes; everybody holds it.
  void Propose(const Members& members) {
    ++last_;
    trace_.CreateDurably(1, last_, {1});
    Tell(1, members, true);
    for (const uint64_t replica : others_) {
      trace_.CopyDurably(replica, last_, {1});
      Tell(replica, members, false);
    }
  }
  // Proposes while nobody hears of it.
  void ProposeAlone(const Members& members) {
    ++last_;
    trace_.CreateDurably(1, last_, {1});
    Tell(1, members, true);
  }
  // Replica 2 leads term 2 and has committed an entry, which the leader of term 1 does not know.
  void Depose() {
    trace_.Elect(2, 2, {2, 3});
    trace_.CreateDurably(2, last_ + 1, {2});
    trace_.CopyDurably(3, last_ + 1, {2});
    trace_.Commit(2, last_ + 1, 2, {2, 3});
  }
  // And commits it, with these votes.
  void Change(const Members& members, const std::vector<uint64_t>& by = {1, 2, 3}) {
    Propose(members);
    trace_.Commit(1, last_, 1, by);
  }

  // --- The metadata ---
  void Request(uint64_t id, bool joint = false, MigrationCause cause = MigrationCause::kRequest) {
    const PlannedMove move{HostId(3), HostId(4)};
    judge().On(MigrationRequested{MigrationId(id), TraceBuilder::kShard, cause, joint,
                                  std::span<const PlannedMove>(&move, 1)});
  }
  void Begin(uint64_t id) { judge().On(MigrationBegun{MigrationId(id)}); }
  void Allocate(uint64_t migration, uint64_t replica) {
    judge().On(IdAllocated{Key(replica), MigrationId(migration)});
  }
  void Record(uint64_t id, MoveStep step) { judge().On(StepRecorded{MigrationId(id), 0, step}); }
  void Abort(uint64_t id) { judge().On(MigrationAborted{MigrationId(id)}); }
  void RollBack(uint64_t id, RollbackStep step) {
    judge().On(RollbackRecorded{MigrationId(id), step});
  }
  void End(uint64_t id) { judge().On(MigrationEnded{MigrationId(id)}); }

  // --- Shorthand: migration 1 moves replica 3 to host 4, where it is replica 4 ---
  void UntilAllocated() {
    Request(1);
    Begin(1);
    Allocate(1, 4);
  }
  void UntilCaughtUp() {
    UntilAllocated();
    Hear({2, 3});
    Change({{1, 2, 3}, {4}});
    Record(1, MoveStep::kAdded);
    Create(4);
    Record(1, MoveStep::kStarted);
    ApplyAll(4);
    ReadThrough(4);
    Record(1, MoveStep::kCaughtUp);
    Hear({2, 3, 4});
  }
  void UntilPromoted() {
    UntilCaughtUp();
    Change({{1, 2, 3, 4}});
    Record(1, MoveStep::kPromoted);
    Record(1, MoveStep::kHandedOver);
  }
  void UntilDeleted() {
    UntilPromoted();
    Change({{1, 2, 4}, {}, {3}}, {1, 2, 4});
    Record(1, MoveStep::kDeleted);
  }
  void UntilDone() {
    UntilDeleted();
    Stop(3);
    Record(1, MoveStep::kStopped);
    Destroy(3);
    Record(1, MoveStep::kDataRemoved);
    End(1);
  }
  void Heal() { judge().On(PhaseBegan{Phase::kHeal}); }
  void Pass(Duration at) {
    trace_.At(at);
    judge().On(TimePassed{});
  }
  // Heals, and what is wrong from then on stays so.
  void HealUntil(Duration at) {
    Heal();
    Pass(Seconds(1));
    Pass(at);
  }

 private:
  ControlTrace(const JudgeOptions& options, bool beside)
      : trace_(3, Narrowed(options)), beside_(beside) {
    if (beside) {
      const std::vector<Voter> alone = {{ReplicaId(1), HostId(1)}};
      judge().On(ShardCreated{ShardId(2), alone, false});
    }
    for (const uint64_t replica : {1, 2, 3}) Found(replica);
    trace_.Elect(1, 1, {1, 2});
    Append();
    judge().On(HostStarted{HostId(4), Incarnation(1)});
  }

  static JudgeOptions Narrowed(JudgeOptions options) {
    for (const Property& property : AllProperties()) {
      const bool of_control =
          property.name.starts_with("migration-") || property.name == "id-allocation-unique" ||
          property.name == "repair-restores" || property.name == "balance-settles";
      if (!of_control) options.disabled.emplace_back(property.name);
    }
    return options;
  }
  void Found(uint64_t replica) {
    trace_.WriteMark(replica, RecordKind::kBootstrap);
    trace_.Sync(replica);
  }
  void CopyToOthers() {
    for (const uint64_t replica : others_) trace_.CopyDurably(replica, last_, {1});
  }
  void CommitAll() { trace_.Commit(1, last_, 1, {1, 2}); }
  void Tell(uint64_t replica, const Members& members, bool created) {
    const auto ids = [](const std::vector<uint64_t>& values) {
      return std::vector<ReplicaId>(values.begin(), values.end());
    };
    const auto voters = ids(members.voters);
    const auto non_voting = ids(members.non_voting);
    const auto removed = ids(members.removed);
    const auto outgoing = ids(members.outgoing);
    judge().On(ConfigAppended{Key(replica), Index(last_), Term(1), created,
                              ConfigView{voters, {}, outgoing, {}, non_voting, removed}});
  }

  TraceBuilder trace_;
  const bool beside_ = false;  // The metadata are those of another shard.
  std::vector<uint64_t> others_{2, 3};
  std::map<uint64_t, uint64_t> applied_;
  uint64_t last_ = 0;
};

}  // namespace ww::checks
