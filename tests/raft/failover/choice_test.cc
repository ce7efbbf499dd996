// The choice, rule by rule; the explanation; appointments and switches.
#include "raft/failover/choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raft/failover/explain.h"
#include "raft/failover/first_start.h"
#include "tests/raft/failover/published_cases.h"

namespace ww::raft::failover {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Instances in the flow form "a: {}, b: {}"; `failover` is what stands below the replicaset's name.
FailoverConfig Supervised(const std::string& instances, const std::string& failover = "{}",
                          Profile profile = Profile::kTarantool34) {
  return ReadOne("replication: {failover: supervised}\nfailover: {replicasets: {r: " + failover +
                     "}}\ngroups: {g: {replicasets: {r: {instances: {" + instances + "}}}}}",
                 profile);
}

std::vector<std::string> OrderOf(const FailoverConfig& config) {
  return ChooseBootstrapLeader(config).order;
}

TEST(Choice, OfThePublishedExample) {
  const FailoverConfig config = Supervised(
      "instance-001: {}, instance-002: {}, instance-003: {}, instance-004: {}, instance-005: {}",
      "{priority: {instance-002: 5, instance-003: -3, instance-004: 3, instance-005: 4}}");
  const Choice choice = ChooseBootstrapLeader(config);
  EXPECT_EQ(choice.chosen(), "instance-002");
  EXPECT_THAT(choice.order, ElementsAre("instance-002", "instance-005", "instance-004",
                                        "instance-001", "instance-003"));
  EXPECT_THAT(choice.skipped, IsEmpty());
}

TEST(Choice, TakesTheLowestNameOfEqualPrioritiesWhateverTheOrderOfTheFile) {
  EXPECT_THAT(OrderOf(Supervised("c: {}, b: {}, a: {}", "{priority: {c: 5, b: 5}}")),
              ElementsAre("b", "c", "a"));
}

TEST(Choice, OrdersNamesByUnsignedBytes) {
  EXPECT_THAT(OrderOf(Supervised("i-2: {}, i-10: {}, i_1: {}, i1: {}, iz: {}, i: {}")),
              ElementsAre("i", "i-10", "i-2", "i1", "i_1", "iz"));
  EXPECT_TRUE(NameBefore("\x7f", "\x80")) << "bytes are unsigned";
  EXPECT_TRUE(NameBefore("a", "aa"));
  EXPECT_FALSE(NameBefore("a", "a"));
}

TEST(Choice, TakesAnAbsentPriorityForZero) {
  EXPECT_THAT(OrderOf(Supervised("a: {}, b: {}, c: {}", "{priority: {a: -1, b: 1}}")),
              ElementsAre("b", "c", "a"));
}

TEST(Choice, TakesANegativePriorityForALowNumberAndNotForAVeto) {
  EXPECT_THAT(OrderOf(Supervised("a: {}, b: {}", "{priority: {a: -5, b: -3}}")),
              ElementsAre("b", "a"));
}

TEST(Choice, ComparesPrioritiesWithTheirFractions) {
  EXPECT_THAT(OrderOf(Supervised("a: {}, b: {}", "{priority: {a: 1, b: 1.5}}")),
              ElementsAre("b", "a"));
  EXPECT_THAT(OrderOf(Supervised("a: {}, b: {}", "{priority: {b: -0.0}}")), ElementsAre("a", "b"));
}

TEST(Choice, SkipsNotANumberAndMinusInfinity) {
  const Choice choice = ChooseBootstrapLeader(
      Supervised("a: {}, b: {}, c: {}", "{priority: {a: nan, b: -inf, c: -1e308}}"));
  EXPECT_THAT(choice.order, ElementsAre("c"));
  EXPECT_THAT(choice.skipped, ElementsAre(Skipped{"a", SkipReason::kNotANumber},
                                          Skipped{"b", SkipReason::kMinusInfinity}));
}

TEST(Choice, SkipsAnonymousInstancesOfAnyPriority) {
  const Choice choice = ChooseBootstrapLeader(
      Supervised("a: {replication: {anon: true}}, b: {}", "{priority: {a: 100}}"));
  EXPECT_THAT(choice.order, ElementsAre("b"));
  EXPECT_THAT(choice.skipped, ElementsAre(Skipped{"a", SkipReason::kAnonymous}));
}

TEST(Choice, SkipsLearnersAtBootstrapFrom34On) {
  const std::string learner = "{learners: [a], priority: {a: 9}}";
  EXPECT_THAT(OrderOf(Supervised("a: {}, b: {}", learner, Profile::kTarantool33)),
              ElementsAre("a", "b"));
  const Choice choice = ChooseBootstrapLeader(Supervised("a: {}, b: {}", learner));
  EXPECT_THAT(choice.order, ElementsAre("b"));
  EXPECT_THAT(choice.skipped, ElementsAre(Skipped{"a", SkipReason::kLearner}));
}

TEST(Choice, ExcludesNobodyForBeingIsolated) {
  EXPECT_THAT(OrderOf(Supervised("a: {isolated: true}, b: {}")), ElementsAre("a", "b"));
}

TEST(Choice, IsNobodyWhereNobodyIsEligible) {
  for (const Profile profile : {Profile::kTarantool33, Profile::kTarantool34}) {
    const FailoverConfig config =
        Supervised("a: {}, b: {replication: {anon: true}}", "{priority: {a: nan}}", profile);
    EXPECT_EQ(ChooseBootstrapLeader(config).chosen(), std::nullopt);
    EXPECT_THAT(ViewBootstrap(config).why, HasSubstr("nobody is eligible: a has no number"));
    EXPECT_TRUE(std::holds_alternative<NobodyEligible>(DecideFirstStart(config, "a", {})));
  }
}

TEST(Appointment, IsTheChoiceOverLiveInstances) {
  const FailoverConfig config = Supervised("a: {}, b: {}, c: {}", "{priority: {b: 2, c: 1}}");
  const std::vector<std::string> all = {"c", "a", "b"};
  EXPECT_EQ(ChooseAppointee(config, all).chosen(), ChooseBootstrapLeader(config).chosen());
  const std::vector<std::string> without_b = {"a", "c"};
  const Choice choice = ChooseAppointee(config, without_b);
  EXPECT_THAT(choice.order, ElementsAre("c", "a"));
  EXPECT_THAT(choice.skipped, ElementsAre(Skipped{"b", SkipReason::kNotLive}));
  EXPECT_EQ(ChooseAppointee(config, {}).chosen(), std::nullopt);
}

TEST(Appointment, SkipsLearnersInBothProfiles) {
  for (const Profile profile : {Profile::kTarantool33, Profile::kTarantool34}) {
    const FailoverConfig config = Supervised("a: {}, b: {}", "{learners: [a]}", profile);
    const std::vector<std::string> live = {"a", "b"};
    EXPECT_EQ(ChooseAppointee(config, live).chosen(), "b");
  }
}

TEST(Switch, IsRefusedToLearnersAnonymousAndUnknownInstances) {
  const FailoverConfig config =
      Supervised("a: {}, b: {replication: {anon: true}}, c: {}", "{learners: [c]}");
  EXPECT_EQ(RefuseSwitch(config, "a"), std::nullopt);
  EXPECT_EQ(RefuseSwitch(config, "b"), SwitchRefusal::kAnonymous);
  EXPECT_EQ(RefuseSwitch(config, "c"), SwitchRefusal::kLearner);
  EXPECT_EQ(RefuseSwitch(config, "d"), SwitchRefusal::kUnknown);
}

TEST(Explanation, SaysWhyWhoWaitsAndForHowMany) {
  const FailoverConfig config =
      Supervised("a: {replication: {anon: true}}, b: {}, c: {}, d: {}", "{priority: {b: 1, c: 1}}");
  const BootstrapView view = ViewBootstrap(config);
  EXPECT_EQ(view.leader, "b");
  EXPECT_EQ(view.why,
            "b has the highest priority, 1, and the lowest name of the 2 that have it; skipped: a "
            "is anonymous");
  EXPECT_THAT(DescribeWaiting(config, view),
              ElementsAre("On the very first start only b creates the replicaset, with 2 of 3 "
                          "connections (its own included) within 30 s.",
                          "The others wait for b; nobody stands in for it."));
}

TEST(Explanation, WarnsOfAChosenOneThatIsIsolatedOrALearner) {
  EXPECT_THAT(ViewBootstrap(Supervised("a: {isolated: true}, b: {}")).warnings,
              ElementsAre(HasSubstr("a is chosen and isolated")));
  EXPECT_THAT(
      ViewBootstrap(Supervised("a: {}, b: {}", "{learners: [a]}", Profile::kTarantool33)).warnings,
      ElementsAre(HasSubstr("no coordinator appoints it")));
  EXPECT_THAT(ViewBootstrap(Supervised("a: {}, b: {isolated: true}")).warnings, IsEmpty());
}

TEST(Explanation, SaysThatOtherModesDoNotAsk) {
  for (const std::string mode : {"off", "manual", "election"}) {
    const BootstrapView view =
        ViewBootstrap(ReadOne("replication: {failover: " + mode +
                              "}\ngroups: {g: {replicasets: {r: {instances: {a: {}, b: {}}}}}}"));
    EXPECT_EQ(view.leader, std::nullopt);
    EXPECT_THAT(view.choice.order, IsEmpty());
    EXPECT_THAT(view.why, HasSubstr("replication.failover is " + mode));
  }
}

TEST(FirstStart, CountsNeitherAnonymousNorIsolatedInstancesAsConnections) {
  const FailoverConfig config =
      Supervised("a: {}, b: {}, c: {isolated: true}, d: {replication: {anon: true}}, e: {}");
  EXPECT_EQ(PeersOf(config), 3u);
  EXPECT_EQ(std::get<CreateShard>(DecideFirstStart(config, "a", {})).connections, 2u);
}

TEST(FirstStart, WaitsToBeToldWithOtherStrategies) {
  const FailoverConfig config = ReadOne(
      "replication: {failover: supervised, bootstrap_strategy: native}\n"
      "groups: {g: {replicasets: {r: {instances: {a: {}, b: {}}}}}}");
  EXPECT_TRUE(std::holds_alternative<WaitForOrder>(DecideFirstStart(config, "a", {})));
  EXPECT_THAT(ViewBootstrap(config).why, HasSubstr("the name is not used"));
}

}  // namespace
}  // namespace ww::raft::failover
