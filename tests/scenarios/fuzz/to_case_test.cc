// What a sequence becomes: items of the operator's plan, and faults that hang on them.
#include "scenarios/fuzz/to_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/occurrences.h"
#include "scenarios/runner.h"
#include "tests/scenarios/fuzz/grounds.h"

namespace ww::scenarios::fuzz {
namespace {

using raft::meta::MoveStep;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Case CaseOf(const std::vector<Command>& commands, const Choices& choices = {},
            const char* name = "migration/replace") {
  return ToCase(FuzzedOf(name, 1).base, {choices, commands});
}

TEST(ToCase, MakesOperationsItemsAndWaitsForThem) {
  const Case value = CaseOf({Migration(2, 2, 5), Idle{Seconds(2)}, Migration(2, 5, 2)});
  std::vector<std::string> items;
  for (const OperatorItem& item : value.operations) items.push_back(Describe(item));
  EXPECT_THAT(items, ElementsAre("migrate at=0s shard=2 host=5 lasting=0s from=2",
                                 "await at=0s lasting=30s", "sleep at=0s lasting=2s",
                                 "migrate at=0s shard=2 host=2 lasting=0s from=5",
                                 "await at=0s lasting=30s"));
  EXPECT_TRUE(value.plan.items.empty());
  EXPECT_TRUE(value.scenario.faults.empty());
}

// Created, used, moved away, and its first host comes back with nothing.
TEST(ToCase, PlaysTheWholeLifeOfAShard) {
  Operation create;
  create.action = OperatorAction::kCreate;
  create.shard =
      FuzzedOf("migration/replace", 1).base.scenario.last_shard() == 3 ? ShardId(4) : ShardId(5);
  create.host = HostId(1);
  Fault wipe = CrashOf(1);
  wipe.kind = faults::FaultKind::kWipeDisk;
  const Case value = CaseOf({create, Migration(create.shard.value, 1, 5), Idle{Seconds(2)}, wipe},
                            {.repairs = true});
  EXPECT_EQ(Describe(value.operations.front()),
            fmt::format("create at=0s shard={} host=1 lasting=0s", create.shard));
  EXPECT_THAT(DescribeCommand(create), HasSubstr("create shard"));
  sim::FiberPool fibers;
  const RunResult result = RunCase(value, {}, fibers).result;
  EXPECT_EQ(result.verdict, Verdict::kPass) << result.message;
  EXPECT_EQ(result.faults_fired, 1u);
}

TEST(ToCase, HangsFaultsOnWhatComesBeforeThem) {
  Fault stepped = CrashOf(5, Moment::kStep);
  stepped.step = MoveStep::kPromoted;
  stepped.delay = Milliseconds(100);
  const Case value = CaseOf({CrashOf(1), Migration(2, 2, 5), CrashOf(2), Migration(2, 5, 2),
                             CrashOf(3, Moment::kDuring), stepped});
  const std::vector<faults::PlanItem>& items = value.plan.items;
  ASSERT_EQ(items.size(), 4u);
  EXPECT_FALSE(items[0].trigger.occurrence.has_value());
  EXPECT_EQ(items[1].trigger.occurrence->name, kEventOperationEnded);
  EXPECT_EQ(items[1].trigger.occurrence->n, 2u);  // The wait behind the first migration.
  EXPECT_EQ(items[2].trigger.occurrence->name, kEventOperationBegan);
  EXPECT_EQ(items[2].trigger.occurrence->n, 3u);
  EXPECT_EQ(items[3].trigger.occurrence->name, "migration.promoted");
  EXPECT_EQ(items[3].trigger.occurrence->n, 2u);  // The first one was that of the first migration.
  EXPECT_EQ(items[3].trigger.occurrence->shard, ShardId(2));
  EXPECT_EQ(items[3].trigger.delay, Milliseconds(100));
}

TEST(ToCase, AppliesChoices) {
  const Case value =
      CaseOf({Idle{Seconds(1)}},
             {.joint = true, .random_ids = true, .repairs = true, .load = Load::kNone});
  EXPECT_EQ(value.scenario.control.strategy, "joint");
  EXPECT_TRUE(value.scenario.control.random_ids);
  EXPECT_GT(value.scenario.control.dead_after, Duration{});
  EXPECT_EQ(value.scenario.workload.clients, (NumberRange{0, 0}));
}

TEST(ToCase, StartsHostsLateAsItSaysAndOthersAtOnce) {
  const Case value = CaseOf({LateStart{HostId(3), Seconds(4)}}, {}, "bootstrap/priority");
  ASSERT_EQ(value.overrides.size(), value.scenario.hosts.low);
  uint64_t late = 0;
  for (const sim::Override& one : value.overrides) {
    EXPECT_EQ(one.site, "cluster.late_start");
    late += one.value;
  }
  EXPECT_EQ(late, static_cast<uint64_t>(Seconds(4).ns));
  sim::FiberPool fibers;
  const RunResult result = RunCase(value, {}, fibers).result;
  EXPECT_EQ(result.overrides_met, result.overrides_all);
  EXPECT_EQ(result.verdict, Verdict::kPass) << result.message;
}

// A step of a real migration, and the crash that hangs on it.
TEST(ToCase, FaultsFireAtTheirSteps) {
  sim::FiberPool fibers;
  for (const MoveStep step : {MoveStep::kIntent, MoveStep::kAllocated, MoveStep::kAdded,
                              MoveStep::kPromoted, MoveStep::kDataRemoved}) {
    Fault fault = CrashOf(5, Moment::kStep);
    fault.step = step;
    const RunResult result = RunCase(CaseOf({Migration(2, 2, 5), fault}), {}, fibers).result;
    EXPECT_EQ(result.verdict, Verdict::kPass) << result.message;
    EXPECT_EQ(result.faults_fired, 1u) << static_cast<int>(step);
  }
}

// A move that is given up, and whoever is there when it is undone.
TEST(ToCase, FaultsFireAtTheStepsOfARollback) {
  Operation move = Migration(2, 2, 5);
  move.waits = false;
  // Nothing catches up on a host that is away.
  Fault away = CrashOf(5, Moment::kStep);
  away.step = MoveStep::kAllocated;
  away.lasting = Seconds(3);
  Operation give_up = move;
  give_up.action = OperatorAction::kCancel;
  give_up.lasting = Seconds(1);
  give_up.waits = true;
  sim::FiberPool fibers;
  for (const StepEdge edge : kUndoEdges) {
    for (const StepRole role : {StepRole::kSource, StepRole::kTarget, StepRole::kController}) {
      Fault fault = CrashOf(5, Moment::kUndo);
      fault.hosts.clear();
      fault.edge = edge;
      fault.role = role;
      const Case value = CaseOf({move, away, give_up, fault});
      const RunResult result = RunCase(value, {}, fibers).result;
      EXPECT_EQ(result.verdict, Verdict::kPass) << result.message;
      EXPECT_EQ(result.faults_fired, 2u) << NameOf(edge) << NameOf(role);
    }
  }
  EXPECT_EQ(DescribeCommand(give_up),
            "give up what was asked of shard 2 last, 1s after that, and wait until that is done");
}

TEST(ToCase, PromotesWhoJoinedWithoutAVote) {
  Operation join = Migration(1, 0, 5);
  join.action = OperatorAction::kJoin;
  Operation promote = join;
  promote.action = OperatorAction::kPromote;
  const Case value = CaseOf({join, promote}, {}, "membership-churn");
  EXPECT_EQ(Describe(value.operations.at(1)), "promote at=0s shard=1 host=5 lasting=0s");
  EXPECT_THAT(DescribeCommand(promote), HasSubstr("promote the replica of shard 1 on host 5"));
  sim::FiberPool fibers;
  const RunResult result = RunCase(value, {}, fibers).result;
  EXPECT_EQ(result.verdict, Verdict::kPass) << result.message;
}

// Whoever appoints dies of it, and the switch comes about all the same.
TEST(ToCase, HangsFaultsOnWhatCoordinatorsDo) {
  Fault crash = CrashOf(1, Moment::kDeed);
  crash.hosts.clear();
  crash.deed = Deed::kAppoints;
  const Case value = CaseOf({SwitchTo(5), crash}, {}, "failover/switch");
  ASSERT_EQ(value.plan.items.size(), 1u);
  EXPECT_EQ(value.plan.items[0].trigger.occurrence->name, "failover.appoint");
  EXPECT_EQ(Describe(value.operations.at(0)), "switch at=0s shard=2 host=5 lasting=0s");
  EXPECT_EQ(DescribeCommand(crash),
            "crash its host for 1s, when a coordinator appoints an instance (number 1 from then)");
  sim::FiberPool fibers;
  const RunResult result = RunCase(value, {}, fibers).result;
  EXPECT_EQ(result.verdict, Verdict::kPass) << result.message;
  EXPECT_EQ(result.faults_fired, 1u);
}

TEST(ToCase, FiresAtEveryDeed) {
  sim::FiberPool fibers;
  for (size_t deed = 0; deed < kDeeds; ++deed) {
    Fault crash = CrashOf(4, Moment::kDeed);
    crash.deed = static_cast<Deed>(deed);
    std::vector<Command> commands = {Idle{Seconds(10)}, SwitchTo(2), crash};
    // Somebody takes the lock when whoever has it is away.
    Fault away = CrashOf(1, Moment::kDeed);
    away.hosts.clear();
    away.deed = Deed::kGrants;
    away.lasting = Seconds(8);
    if (crash.deed == Deed::kTakesLock) commands.push_back(away);
    const Case value = CaseOf(commands, {}, "failover/switch");
    const RunResult result = RunCase(value, {}, fibers).result;
    EXPECT_EQ(result.verdict, Verdict::kPass) << result.message;
    EXPECT_EQ(result.faults_fired, value.plan.items.size()) << deed;
  }
}

// Who creates the shard is another one after an edit that comes in time.
TEST(ToCase, EditsPriorities) {
  const std::vector<Command> late = {LateStart{HostId(2), Seconds(20)}, Idle{Seconds(2)},
                                     Edit{HostId(4), HostId(3), Seconds(1)}};
  const Case value = CaseOf(late, {}, "bootstrap/edited-priorities");
  EXPECT_THAT(value.scenario.failover.edits, HasSubstr("instance-004: 1000000\n"));
  EXPECT_THAT(value.scenario.failover.edits, HasSubstr("instance-002: 5\n"));
  sim::FiberPool fibers;
  const RunOutput run = RunCase(value, {}, fibers);
  EXPECT_EQ(run.result.verdict, Verdict::kPass) << run.result.message;
  EXPECT_EQ(run.result.overrides_met, run.result.overrides_all);
  const Case unedited = CaseOf({late[0], late[1]}, {}, "bootstrap/edited-priorities");
  // It need not be waited for.
  EXPECT_GT(run.result.operations_acked,
            RunCase(unedited, {}, fibers).result.operations_acked + 50);
  EXPECT_EQ(DescribeCommand(late[2]),
            "edit priorities: that of the instance on host 4 becomes the highest; host 3 hears of "
            "it 1s later");
}

TEST(Describe, SaysCommandByCommandWhatIsDone) {
  Fault crash = CrashOf(5, Moment::kStep);
  crash.step = MoveStep::kAdded;
  Fault cut = CrashOf(1, Moment::kDuring);
  cut.kind = faults::FaultKind::kPartition;
  cut.delay = Milliseconds(300);
  Operation drain = Migration(1, 0, 4);
  drain.action = OperatorAction::kDrain;
  drain.lasting = Seconds(3);
  drain.waits = false;
  EXPECT_THAT(
      Describe(Sequence{{.joint = true}, {Migration(2, 2, 5), crash, drain, cut}}),
      ElementsAre(
          "with joint migrations",
          "1. move the replica of shard 2 from host 2 to host 5, and wait until that is done",
          "2. crash host 5 for 1s, when step 'added' of that is recorded", "3. drain host 4 for 3s",
          "4. cut off host 1 for 1s, 300ms after that began"));
}

}  // namespace
}  // namespace ww::scenarios::fuzz
