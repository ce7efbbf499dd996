// What the model lets be done, and what it makes of it.
#include "scenarios/fuzz/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/cluster.h"
#include "tests/scenarios/fuzz/grounds.h"

namespace ww::scenarios::fuzz {
namespace {

using faults::FaultKind;
using raft::meta::MoveStep;
using ::testing::ElementsAre;

Fault Loss(uint64_t host) {
  Fault fault = CrashOf(host);
  fault.kind = FaultKind::kLoseHost;
  return fault;
}

TEST(Model, BeginsWhereAClusterBegins) {
  const Model model(ControlGround(5), {});
  EXPECT_THAT(model.Members(ShardId(1)), ElementsAre(HostId(1), HostId(2), HostId(3)));
  EXPECT_THAT(model.Members(ShardId(3)), ElementsAre(HostId(3), HostId(4), HostId(5)));
  EXPECT_THAT(model.Free(ShardId(3)), ElementsAre(HostId(1), HostId(2)));
}

TEST(Model, MovesFromAHostThatHasOneToOneThatHasNone) {
  Model model(ControlGround(), {});
  EXPECT_FALSE(model.Possible(Migration(2, 1, 5)));  // Nothing is there.
  EXPECT_FALSE(model.Possible(Migration(2, 2, 3)));  // One is there already.
  EXPECT_FALSE(model.Possible(Migration(2, 2, 7)));  // No such host.
  EXPECT_FALSE(model.Possible(Migration(9, 2, 5)));  // No such shard.
  ASSERT_TRUE(model.Possible(Migration(2, 2, 5)));
  model.Apply(Migration(2, 2, 5));
  EXPECT_THAT(model.Members(ShardId(2)), ElementsAre(HostId(5), HostId(3), HostId(4)));
  EXPECT_TRUE(model.Possible(Migration(2, 5, 2)));  // And back.
}

TEST(Model, AsksNothingOfAShardThatIsBusy) {
  Model model(ControlGround(), {});
  Operation at_once = Migration(2, 2, 5);
  at_once.waits = false;
  model.Apply(at_once);
  EXPECT_FALSE(model.Possible(Migration(2, 3, 6)));
  EXPECT_TRUE(model.Possible(Migration(3, 3, 6)));
  model.Apply(Migration(3, 3, 6));  // Waits for all.
  EXPECT_TRUE(model.Possible(Migration(2, 3, 6)));
}

TEST(Model, HangsFaultsOnStepsOfTheLastMigrationAlone) {
  Model model(ControlGround(), {});
  Fault fault = CrashOf(1, Moment::kStep);
  fault.step = MoveStep::kAdded;
  EXPECT_FALSE(model.Possible(fault));
  model.Apply(Migration(2, 2, 5));
  EXPECT_TRUE(model.Possible(fault));
  fault.step = MoveStep::kSwapped;  // Of joint migrations.
  EXPECT_FALSE(model.Possible(fault));
  Operation transfer = Migration(2, 0, 3);
  transfer.action = OperatorAction::kTransfer;
  model.Apply(transfer);
  fault.step = MoveStep::kAdded;
  EXPECT_FALSE(model.Possible(fault));
}

Operation GivingUp(uint64_t shard) {
  Operation one = Migration(shard, 0, 2);
  one.action = OperatorAction::kCancel;
  return one;
}

TEST(Model, GivesUpWhatWasAskedAndIsNotWaitedFor) {
  Model model(ControlGround(), {});
  EXPECT_FALSE(model.Possible(GivingUp(2)));
  model.Apply(Migration(2, 2, 5));
  EXPECT_FALSE(model.Possible(GivingUp(2)));  // It is done.
  Operation at_once = Migration(2, 5, 2);
  at_once.waits = false;
  model.Apply(at_once);
  EXPECT_THAT(model.Cancellable(), ElementsAre(ShardId(2)));
  EXPECT_FALSE(model.Possible(GivingUp(3)));
  ASSERT_TRUE(model.Possible(GivingUp(2)));
  Operation give_up = GivingUp(2);
  give_up.waits = false;
  model.Apply(give_up);
  EXPECT_THAT(model.Members(ShardId(2)), ElementsAre(HostId(5), HostId(3), HostId(4)));
  EXPECT_FALSE(model.Possible(GivingUp(2)));         // Once.
  EXPECT_FALSE(model.Possible(Migration(2, 3, 6)));  // It is being undone.
  model.Apply(Idle{Seconds(1)});
  model.Apply(Migration(3, 3, 6));  // Waits for all.
  EXPECT_TRUE(model.Possible(Migration(2, 3, 6)));
}

TEST(Model, HangsFaultsOnRollbacksOfTheLastMigrationAlone) {
  Model model(ControlGround(), {});
  Fault fault = CrashOf(1, Moment::kUndo);
  fault.hosts.clear();
  EXPECT_FALSE(model.Possible(fault));
  for (uint64_t undone = 0; undone < 2; ++undone) {
    Operation move = Migration(2, 2, 5);
    move.waits = false;
    model.Apply(move);
    EXPECT_FALSE(model.cancelled());
    EXPECT_EQ(model.UndosBefore(ShardId(2)), undone);  // Its target may be lost.
    model.Apply(GivingUp(2));
    EXPECT_TRUE(model.cancelled());
    EXPECT_EQ(model.UndosBefore(ShardId(2)), undone);
    EXPECT_TRUE(model.Possible(fault));
  }
  fault.edge = StepEdge::kAdded;  // No rollback's.
  EXPECT_FALSE(model.Possible(fault));
}

TEST(Model, AddsHostsThatAreNotThere) {
  Model model(GrowingGround(), {});
  EXPECT_THAT(model.Members(ShardId(3)), ElementsAre(HostId(3), HostId(4), HostId(1)));
  EXPECT_THAT(model.Absent(), ElementsAre(HostId(5), HostId(6)));
  EXPECT_FALSE(model.Possible(Migration(2, 2, 5)));
  EXPECT_FALSE(model.Possible(CrashOf(5)));
  Operation add = Migration(1, 0, 5);
  add.action = OperatorAction::kAddHost;
  ASSERT_TRUE(model.Possible(add));
  model.Apply(add);
  EXPECT_FALSE(model.Possible(add));
  EXPECT_TRUE(model.Possible(Migration(2, 2, 5)));
  EXPECT_TRUE(model.Possible(CrashOf(5)));
  add.host = HostId(4);  // There from the beginning.
  EXPECT_FALSE(model.Possible(add));
  EXPECT_EQ(DescribeCommand(add), "add host 4, and wait until that is done");
}

TEST(Model, PromotesWhoJoinedWithoutAVote) {
  Model model(MembersGround(), {});
  Operation join = Migration(1, 0, 5);
  join.action = OperatorAction::kJoin;
  Operation promote = join;
  promote.action = OperatorAction::kPromote;
  EXPECT_FALSE(model.Possible(promote));
  model.Apply(join);
  EXPECT_THAT(model.Joined(ShardId(1)), ElementsAre(HostId(5)));
  EXPECT_FALSE(model.Possible(join));
  Operation remove = join;
  remove.action = OperatorAction::kRemove;
  EXPECT_TRUE(model.Possible(remove));
  Operation forget = join;
  forget.action = OperatorAction::kForget;  // Of voters.
  EXPECT_FALSE(model.Possible(forget));
  model.Apply(promote);
  EXPECT_THAT(model.Members(ShardId(1)), ElementsAre(HostId(1), HostId(2), HostId(3), HostId(5)));
  EXPECT_FALSE(model.Possible(promote));
}

TEST(Model, CountsStepsOfEarlierMigrations) {
  Model model(ControlGround(), {});
  model.Apply(Migration(2, 2, 5));
  EXPECT_EQ(model.StepsBefore(ShardId(2), MoveStep::kAdded), 0u);
  Operation whole = Migration(2, 0, 1);
  whole.action = OperatorAction::kMigrateShard;
  model.Apply(whole);
  EXPECT_EQ(model.StepsBefore(ShardId(2), MoveStep::kAdded), 1u);
  model.Apply(Migration(2, 1, 4));
  EXPECT_EQ(model.StepsBefore(ShardId(2), MoveStep::kAdded), 4u);
  EXPECT_EQ(model.StepsBefore(ShardId(2), MoveStep::kIntent), 2u);
}

TEST(Model, LosesNothingThatAMajorityNeeds) {
  Choices choices;
  EXPECT_FALSE(Model(ControlGround(), choices).Possible(Loss(2)));  // Nobody would rebuild it.
  choices.repairs = true;
  Model model(ControlGround(), choices);
  EXPECT_FALSE(model.Possible(Loss(2)));  // Nobody has heard of its disk yet.
  model.Apply(Idle{Seconds(2)});
  ASSERT_TRUE(model.Possible(Loss(2)));
  model.Apply(Loss(2));
  EXPECT_FALSE(model.Possible(Loss(2)));
  EXPECT_FALSE(model.Possible(Loss(3)));  // Shard 2 would have one of three.
  EXPECT_FALSE(model.Possible(Migration(3, 3, 2)));
  model.Apply(Migration(3, 3, 6));  // Meanwhile it was rebuilt elsewhere.
  EXPECT_TRUE(model.Possible(Loss(3)));
}

Operation Creation(uint64_t shard, uint64_t host) {
  Operation one;
  one.action = OperatorAction::kCreate;
  one.shard = ShardId(shard);
  one.host = HostId(host);
  return one;
}

TEST(Model, CreatesShardsOnHostsThatAreThere) {
  Choices choices;
  choices.repairs = true;
  Model model(ControlGround(), choices);
  EXPECT_EQ(model.NextShard(), ShardId(4));
  EXPECT_FALSE(model.Possible(Creation(3, 1)));  // It exists.
  EXPECT_FALSE(model.Possible(Creation(4, 7)));  // No such host.
  EXPECT_FALSE(model.Possible(Creation(99, 1)));
  model.Apply(Idle{Seconds(2)});
  model.Apply(Loss(6));
  EXPECT_FALSE(model.Possible(Creation(4, 5)));  // On 5, 6 and 1.
  ASSERT_TRUE(model.Possible(Creation(5, 3)));   // One may have been taken out before it.
  EXPECT_FALSE(model.Possible(Migration(5, 3, 1)));
  model.Apply(Creation(5, 3));
  EXPECT_THAT(model.Members(ShardId(5)), ElementsAre(HostId(3), HostId(4), HostId(5)));
  EXPECT_TRUE(model.Possible(Migration(5, 3, 1)));
  EXPECT_FALSE(model.Possible(Creation(5, 1)));
  EXPECT_TRUE(model.Possible(Creation(4, 1)));
  EXPECT_EQ(model.NextShard(), ShardId(6));
}

TEST(Model, LosesNoFounderForGood) {
  Choices choices;
  choices.repairs = true;
  Model model(ControlGround(7), choices);
  model.Apply(Idle{Seconds(2)});
  Operation at_once = Creation(4, 5);
  at_once.waits = false;
  model.Apply(at_once);
  EXPECT_FALSE(model.Possible(Loss(5)));
  EXPECT_FALSE(model.Possible(Migration(4, 5, 1)));
  model.Apply(Migration(2, 2, 1));  // Waits for all.
  EXPECT_TRUE(model.Possible(Loss(5)));
}

TEST(Model, LetsEachPlayDoWhatBelongsToIt) {
  const Model members(MembersGround(), {});
  const Model bootstrap(BootstrapGround(), {});
  EXPECT_FALSE(members.Possible(Migration(1, 1, 5)));
  Operation add = Migration(1, 0, 5);
  add.action = OperatorAction::kAdd;
  EXPECT_TRUE(members.Possible(add));
  EXPECT_FALSE(bootstrap.Possible(add));
  EXPECT_FALSE(Model(ControlGround(), {}).Possible(add));
  EXPECT_TRUE(bootstrap.Possible(LateStart{HostId(3), Seconds(4)}));
  EXPECT_FALSE(members.Possible(LateStart{HostId(3), Seconds(4)}));
  EXPECT_TRUE(bootstrap.Possible(CrashOf(2, Moment::kCall)));
  EXPECT_FALSE(members.Possible(CrashOf(2, Moment::kCall)));
}

TEST(Model, SwitchesTheLeasedShardAlone) {
  Model model(CoordinatedGround(), {});
  EXPECT_TRUE(model.Possible(SwitchTo(3)));
  EXPECT_TRUE(model.Possible(SwitchTo(1)));  // No instance: refused, and possible to ask for.
  EXPECT_FALSE(model.Possible(SwitchTo(7)));
  Operation other = SwitchTo(3);
  other.shard = ShardId(1);
  EXPECT_FALSE(model.Possible(other));
  other = SwitchTo(3);
  other.waits = true;
  EXPECT_FALSE(model.Possible(other));
  EXPECT_FALSE(model.Possible(Migration(2, 2, 1)));
  EXPECT_FALSE(Model(ControlGround(), {}).Possible(SwitchTo(3)));
  Fault at_deed = CrashOf(3, Moment::kDeed);
  at_deed.hosts.clear();
  EXPECT_TRUE(model.Possible(at_deed));
  EXPECT_FALSE(Model(ControlGround(), {}).Possible(at_deed));
}

TEST(Model, EditsPrioritiesOfAFirstStartSoOften) {
  Model model(BootstrapGround(), {});
  const Edit edit{HostId(3), HostId(), Duration{}};
  EXPECT_FALSE(model.Possible(Edit{HostId(6), HostId(), Duration{}}));   // No such host.
  EXPECT_FALSE(model.Possible(Edit{HostId(3), HostId(2), Duration{}}));  // Late by nothing.
  EXPECT_FALSE(model.Possible(Edit{HostId(3), HostId(), Seconds(1)}));   // Nobody is late.
  EXPECT_TRUE(model.Possible(Edit{HostId(3), HostId(2), Seconds(1)}));
  for (uint64_t i = 0; i < kEditsMax; ++i) {
    ASSERT_TRUE(model.Possible(edit));
    model.Apply(edit);
  }
  EXPECT_FALSE(model.Possible(edit));
  EXPECT_FALSE(Model(CoordinatedGround(), {}).Possible(edit));
}

TEST(Legalised, TakesOutWhatNeededWhatWasTakenOut) {
  const std::vector<Command> all = {Migration(2, 2, 5), Migration(2, 5, 6), Migration(3, 3, 6)};
  EXPECT_EQ(Legalised(ControlGround(), {}, all), all);
  EXPECT_THAT(Legalised(ControlGround(), {}, {all[1], all[2]}), ElementsAre(all[2]));
}

}  // namespace
}  // namespace ww::scenarios::fuzz
