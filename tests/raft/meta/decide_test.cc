// Single decisions: what a controller wants when it sees exactly this.
#include "raft/meta/decide.h"

#include <gtest/gtest.h>

#include "tests/raft/meta/model_cluster.h"

namespace ww::raft::meta {
namespace {

// One voter of shard 2 goes from host 1, which leads, to host 5; all went well so far.
struct Scene {
  explicit Scene(MoveStep step, Strategy strategy = Strategy::kStepwise, uint64_t voters = 3)
      : bench(ClusterWithShard(6, voters)), cluster(bench), controller{bench, cluster} {
    id = bench.Must(MoveOf(1, 5, strategy)).migration;
    for (int i = 0; i < 100 && !IsAt(step); ++i) EXPECT_TRUE(controller.StepOnce());
    EXPECT_TRUE(IsAt(step)) << NameOf(step);
    cluster.CatchUp();
    view = cluster.See(kShard);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  bool IsAt(MoveStep step) const {
    const auto* moving = std::get_if<Moving>(&bench.migration(id).progress);
    return moving != nullptr && moving->step == step;
  }
  Wanted Want() const { return Next(bench.state, bench.migration(id), view, {}); }
  HostView& On(uint64_t host) { return view.hosts[host - 1]; }
  Membership& members() { return view.leader->membership; }
  void Silence(uint64_t host, Duration silent) {
    On(host) = HostView{};
    On(host).host = HostId(host);
    On(host).silent = silent;
  }
  void Lead(uint64_t host) { view.leader->replica = On(host).live; }
  // As a delete or a swap has it; the old replica may run on.
  void DropOld() {
    std::erase_if(members().voters, [](const Member& one) { return one.host == HostId(1); });
    members().removed.push_back(ReplicaId(1));
  }

  Bench bench;
  ModelCluster cluster;
  ModelController controller;
  MigrationId id;
  ShardView view;
};

Wanted Because(WaitReason why) { return Wait{why}; }
Wanted Recorded(const Scene& scene, MoveStep step) { return Submit{RecordStep{scene.id, 0, step}}; }
Wanted Aborted(const Scene& scene, AbortReason reason) {
  return Submit{AbortMigration{scene.id, reason}};
}
template <class What>
bool Changes(const Wanted& wanted) {
  const auto* change = std::get_if<ChangeMembers>(&wanted);
  return change != nullptr && std::holds_alternative<What>(change->change.what);
}

#define EXPECT_WANTED(scene, wanted) \
  EXPECT_EQ((scene).Want(), Wanted(wanted)) << NameOf((scene).Want())

// --- Up to the promotion ---

TEST(NextStep, NothingOfAShardThatNobodyLeadsIsChanged) {
  for (const MoveStep step : {MoveStep::kAllocated, MoveStep::kStarted, MoveStep::kCaughtUp,
                              MoveStep::kPromoted, MoveStep::kHandedOver}) {
    Scene scene(step);
    scene.view.leader.reset();
    EXPECT_WANTED(scene, Because(WaitReason::kNoLeader));
  }
}

TEST(NextStep, AStrangerThatLeadsIsNoLeader) {
  Scene scene(MoveStep::kHandedOver);
  scene.view.leader->replica = ReplicaId(77);
  EXPECT_WANTED(scene, Because(WaitReason::kNoLeader));
}

TEST(NextStep, WaitsUntilTheReadIsApplied) {
  Scene scene(MoveStep::kStarted);
  scene.view.read = ReadProof{ReplicaId(4), scene.On(5).incarnation, scene.On(5).applied.next()};
  EXPECT_WANTED(scene, Because(WaitReason::kNotApplied));
  ++scene.On(5).applied;
  EXPECT_WANTED(scene, Recorded(scene, MoveStep::kCaughtUp));
}

TEST(NextStep, AReadOfAnotherLifeOrReplicaIsNone) {
  Scene scene(MoveStep::kStarted);
  const ReadProof good{ReplicaId(4), scene.On(5).incarnation, scene.On(5).applied};
  const Wanted read = ReadThrough{ReplicaId(4), HostId(5)};
  EXPECT_WANTED(scene, read);
  scene.view.read = ReadProof{good.replica, good.incarnation.previous(), good.index};
  EXPECT_WANTED(scene, read);
  scene.view.read = ReadProof{ReplicaId(3), good.incarnation, good.index};
  EXPECT_WANTED(scene, read);
  scene.view.read = good;
  EXPECT_WANTED(scene, Recorded(scene, MoveStep::kCaughtUp));
}

TEST(NextStep, PromotesWithinTheLagOnly) {
  const Limits limits;
  for (const Strategy strategy : {Strategy::kStepwise, Strategy::kJoint}) {
    Scene scene(strategy == Strategy::kJoint ? MoveStep::kHandedOver : MoveStep::kCaughtUp,
                strategy);
    scene.view.leader->commit = scene.On(5).applied + limits.lag_max;
    EXPECT_TRUE(std::holds_alternative<ChangeMembers>(scene.Want())) << NameOf(scene.Want());
    ++scene.view.leader->commit;
    EXPECT_WANTED(scene, Because(WaitReason::kLagging));
    scene.view.read.reset();
    EXPECT_WANTED(scene, (ReadThrough{ReplicaId(4), HostId(5)}));
  }
}

TEST(NextStep, PromotesNobodyWhileThereIsAVoterTooMany) {
  Scene scene(MoveStep::kCaughtUp);
  scene.members().voters.push_back(Member{ReplicaId(9), HostId(6), "host-6"});
  EXPECT_WANTED(scene, Because(WaitReason::kStaleView));
}

TEST(NextStep, RecordsAPromotionThatSomebodyElseBroughtAbout) {
  Scene scene(MoveStep::kCaughtUp);
  scene.members().voters.push_back(scene.members().non_voting.back());
  scene.members().non_voting.clear();
  EXPECT_WANTED(scene, Recorded(scene, MoveStep::kPromoted));
}

TEST(NextStep, AbortsWhatCanNeverBecomeAMember) {
  Scene fenced(MoveStep::kAdded);
  fenced.On(5).tombstones = {ReplicaId(4)};
  EXPECT_WANTED(fenced, Aborted(fenced, AbortReason::kTargetFenced));
  Scene removed(MoveStep::kAllocated);
  removed.members().removed = {ReplicaId(4)};
  EXPECT_WANTED(removed, Aborted(removed, AbortReason::kIdRemoved));
  Scene occupied(MoveStep::kAllocated);
  occupied.members().non_voting = {Member{ReplicaId(9), HostId(5), "host-5"}};
  EXPECT_WANTED(occupied, Aborted(occupied, AbortReason::kTargetOccupied));
  Scene gone(MoveStep::kAllocated);
  gone.DropOld();
  EXPECT_WANTED(gone, Aborted(gone, AbortReason::kSourceGone));
  Scene drained(MoveStep::kAdded);
  drained.bench.Must(RequestDrain{HostId(5)});
  EXPECT_WANTED(drained, Aborted(drained, AbortReason::kTargetLost));
}

TEST(NextStep, MereSilenceOfTheTargetAbortsNothing) {
  for (const MoveStep step : {MoveStep::kAdded, MoveStep::kStarted, MoveStep::kCaughtUp}) {
    Scene scene(step);
    scene.Silence(5, Seconds(1000));
    EXPECT_WANTED(scene, Because(WaitReason::kHostSilent));
  }
}

TEST(NextStep, ClearsEarlierReplicasFromTheTarget) {
  Scene scene(MoveStep::kAdded);
  scene.On(5).live = ReplicaId(9);
  scene.On(5).recorded = {ReplicaId(9)};
  EXPECT_WANTED(scene, (StopOn{ReplicaId(9), HostId(5)}));
  scene.On(5).live = ReplicaId();
  EXPECT_WANTED(scene, (RemoveDataOn{ReplicaId(9), HostId(5)}));
  scene.On(5).tombstones = {ReplicaId(9)};
  ASSERT_TRUE(std::holds_alternative<StartOn>(scene.Want()));
  const StartOn start = std::get<StartOn>(scene.Want());
  EXPECT_EQ(start.disk, DiskOf(HostId(5)));
  EXPECT_EQ(start.ask, (std::vector<HostId>{HostId(1), HostId(2), HostId(3)}));
  EXPECT_TRUE(start.members.empty());
}

// --- Leadership ---

TEST(Succession, GoesToTheLeastLoadedHealthyVoterThatIsWilling) {
  Scene scene(MoveStep::kPromoted);
  scene.Lead(1);
  scene.On(2).leaders = 2;
  scene.On(3).leaders = 1;
  scene.On(5).leaders = 3;
  EXPECT_WANTED(scene, (HandOver{ReplicaId(1), ReplicaId(3)}));
  scene.view.unwilling = {ReplicaId(3)};
  EXPECT_WANTED(scene, (HandOver{ReplicaId(1), ReplicaId(2)}));
  scene.Silence(2, Seconds(1));
  EXPECT_WANTED(scene, (HandOver{ReplicaId(1), ReplicaId(4)}));
  scene.On(5).live = ReplicaId();
  EXPECT_WANTED(scene, Because(WaitReason::kNobodyTakesOver));
}

TEST(Succession, AvoidsHostsThatAreDrained) {
  Scene scene(MoveStep::kPromoted);
  scene.Lead(1);
  scene.bench.Must(RequestDrain{HostId(2)});
  EXPECT_WANTED(scene, (HandOver{ReplicaId(1), ReplicaId(3)}));
}

TEST(Succession, IsSeenToAgainBeforeTheOldReplicaGoes) {
  Scene stepwise(MoveStep::kHandedOver);
  stepwise.Lead(1);
  EXPECT_WANTED(stepwise, (HandOver{ReplicaId(1), ReplicaId(3)})) << "host 2 leads already";
  Scene joint(MoveStep::kHandedOver, Strategy::kJoint);
  joint.Lead(1);
  EXPECT_WANTED(joint, (HandOver{ReplicaId(1), ReplicaId(3)}));
}

TEST(Succession, OfALoneVoterComesWithTheSwap) {
  Scene before(MoveStep::kCaughtUp, Strategy::kJoint, 1);
  EXPECT_WANTED(before, Recorded(before, MoveStep::kHandedOver));
  Scene swap(MoveStep::kHandedOver, Strategy::kJoint, 1);
  EXPECT_TRUE(Changes<EnterJoint>(swap.Want())) << NameOf(swap.Want());
}

// --- The old replica goes ---

TEST(Deletion, ComesOnlyWhenTheNewReplicaVotesAndThereIsAVoterToSpare) {
  Scene scene(MoveStep::kHandedOver);
  EXPECT_TRUE(Changes<DeleteMember>(scene.Want()));
  const Membership good = scene.members();
  std::erase_if(scene.members().voters, [](const Member& m) { return m.host == HostId(3); });
  EXPECT_WANTED(scene, Because(WaitReason::kTooFewVoters));
  scene.members() = good;
  scene.members().non_voting = {scene.members().voters.back()};
  scene.members().voters.pop_back();
  EXPECT_WANTED(scene, Because(WaitReason::kStaleView));
}

TEST(Deletion, WaitsForATargetThatMayComeBackAndNotForADeadOne) {
  Scene scene(MoveStep::kHandedOver);
  scene.Silence(5, Seconds(1000));
  EXPECT_WANTED(scene, Because(WaitReason::kHostSilent));
  scene.bench.MustAct(RecordDeath{HostId(5)});
  EXPECT_TRUE(Changes<DeleteMember>(scene.Want())) << NameOf(scene.Want());
}

TEST(Deletion, NeedsALiveQuorumBeforeAndAfter) {
  Scene scene(MoveStep::kHandedOver);
  scene.Silence(2, Seconds(1));
  EXPECT_TRUE(Changes<DeleteMember>(scene.Want()));
  scene.Lead(3);
  scene.On(1).live = ReplicaId();
  EXPECT_WANTED(scene, Because(WaitReason::kNoLiveQuorum));
  Scene lagging(MoveStep::kHandedOver);
  lagging.view.leader->commit = lagging.On(5).applied + 1000;
  EXPECT_WANTED(lagging, Because(WaitReason::kNoLiveQuorum));
}

TEST(Deletion, NothingIsDecidedWhileJoint) {
  for (const Strategy strategy : {Strategy::kStepwise, Strategy::kJoint}) {
    Scene scene(MoveStep::kHandedOver, strategy);
    scene.members().outgoing_voters = scene.members().voters;
    EXPECT_WANTED(scene, Because(WaitReason::kJoint));
  }
}

// --- Cleaning ---

TEST(Stopping, WaitsUntilMostVotersKnowOfTheRemoval) {
  Scene scene(MoveStep::kDeleted);
  scene.On(1).live = ReplicaId(1);
  scene.On(1).recorded = {ReplicaId(1)};
  scene.On(1).tombstones.clear();
  EXPECT_WANTED(scene, (StopOn{ReplicaId(1), HostId(1)}));
  scene.On(3).applied = scene.members().change_index.previous();
  EXPECT_WANTED(scene, (StopOn{ReplicaId(1), HostId(1)}));
  scene.Silence(2, Seconds(1));
  EXPECT_WANTED(scene, Because(WaitReason::kRemovalNotKnown));
}

TEST(Stopping, NeverMeetsAMember) {
  Scene scene(MoveStep::kDeleted);
  scene.On(1).live = ReplicaId(1);
  scene.On(1).recorded = {ReplicaId(1)};
  scene.members().voters.insert(scene.members().voters.begin(),
                                Member{ReplicaId(1), HostId(1), "host-1"});
  EXPECT_WANTED(scene, Because(WaitReason::kStaleView));
}

TEST(Cleaning, StopsThenRemovesThenRecords) {
  for (const MoveStep step : {MoveStep::kDeleted, MoveStep::kStopped}) {
    Scene scene(step);
    scene.On(1).live = ReplicaId(1);
    scene.On(1).recorded = {ReplicaId(1)};
    EXPECT_WANTED(scene, (StopOn{ReplicaId(1), HostId(1)})) << "also when it was stopped before";
    scene.On(1).live = ReplicaId();
    if (step == MoveStep::kDeleted) {
      EXPECT_WANTED(scene, Recorded(scene, MoveStep::kStopped));
      continue;
    }
    EXPECT_WANTED(scene, (RemoveDataOn{ReplicaId(1), HostId(1)}));
    scene.On(1).tombstones = {ReplicaId(1)};
    EXPECT_WANTED(scene, Recorded(scene, MoveStep::kDataRemoved));
  }
}

TEST(Cleaning, IsOwedAfterPatience) {
  const Limits limits;
  for (const MoveStep step : {MoveStep::kDeleted, MoveStep::kStopped}) {
    Scene scene(step);
    scene.Silence(1, limits.cleanup_patience - Nanoseconds(1));
    EXPECT_WANTED(scene, Because(WaitReason::kHostSilent));
    scene.Silence(1, limits.cleanup_patience);
    EXPECT_WANTED(scene, Submit{OweCleanup{scene.id}});
  }
}

TEST(Cleaning, OfADiskThatIsGoneIsDone) {
  Scene scene(MoveStep::kStopped);
  scene.On(1).live = ReplicaId(1);
  scene.On(1).disk = DiskId(5);
  EXPECT_WANTED(scene, Recorded(scene, MoveStep::kDataRemoved));
}

// --- Rolling back ---

TEST(Rollback, DeletesAVoterTooManyAndNoOther) {
  Scene scene(MoveStep::kCaughtUp);
  scene.bench.MustAct(AbortMigration{scene.id, AbortReason::kCancelled});
  EXPECT_TRUE(Changes<DeleteMember>(scene.Want()));
  scene.members().voters.push_back(scene.members().non_voting.back());
  scene.members().non_voting.clear();
  EXPECT_TRUE(Changes<DeleteMember>(scene.Want())) << "the promotion won";
  scene.Lead(5);
  EXPECT_TRUE(std::holds_alternative<HandOver>(scene.Want()));
  scene.Lead(2);
  std::erase_if(scene.members().voters, [](const Member& m) { return m.host == HostId(3); });
  EXPECT_WANTED(scene, Because(WaitReason::kTooFewVoters));
}

// It would be stopped, and its data removed, as a member.
TEST(Rollback, DoesNotTakeALeaderOfOldForOneThatHasDeletedTheNewReplica) {
  Scene scene(MoveStep::kStarted);
  scene.bench.MustAct(AbortMigration{scene.id, AbortReason::kCancelled});
  const Member fresh = scene.members().non_voting.back();
  scene.members().non_voting.clear();
  EXPECT_WANTED(scene, Because(WaitReason::kStaleView)) << "it has not heard of it yet";
  scene.members().removed.push_back(fresh.replica);
  EXPECT_WANTED(scene, Wanted(Submit{RecordRollback{scene.id, RollbackStep::kDeleted}}));
}

TEST(Rollback, OfWhatNeverWasAMemberHasNothingToDelete) {
  Scene scene(MoveStep::kAllocated);
  scene.bench.MustAct(AbortMigration{scene.id, AbortReason::kCancelled});
  EXPECT_WANTED(scene, Wanted(Submit{RecordRollback{scene.id, RollbackStep::kDeleted}}));
}

TEST(Rollback, TellsOfASwapThatWon) {
  Scene scene(MoveStep::kHandedOver, Strategy::kJoint);
  scene.bench.MustAct(AbortMigration{scene.id, AbortReason::kCancelled});
  scene.members().voters.push_back(scene.members().non_voting.back());
  scene.members().non_voting.clear();
  scene.DropOld();
  EXPECT_WANTED(scene, Recorded(scene, MoveStep::kSwapped));
}

}  // namespace
}  // namespace ww::raft::meta
