// What operators do: read, drawn, written to case files, and carried out.
#include "scenarios/workload/operator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/case.h"
#include "scenarios/cluster.h"
#include "scenarios/config/keys.h"
#include "scenarios/config/read_scenario.h"
#include "scenarios/runner.h"
#include "tests/support/cases.h"

namespace ww::scenarios {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

OperatorItem Restart(Duration at, uint64_t host) {
  OperatorItem item;
  item.id = 1;
  item.at = TrueTime{} + at;
  item.shard = ShardId(1);
  item.host = HostId(host);
  item.lasting = Seconds(2);
  return item;
}

TEST(OperatorPlan, WhatIsDescribedIsParsed) {
  OperatorItem item = Restart(Milliseconds(1500), 2);
  EXPECT_EQ(Describe(item), "restart at=1500ms shard=1 host=2 lasting=2s");
  const absl::StatusOr<OperatorItem> parsed = ParseOperatorItem(Describe(item));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  item.id = 0;
  EXPECT_EQ(*parsed, item);
}

TEST(OperatorPlan, WhatIsNotUnderstoodIsRefusedWithARemedy) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "expected an action"},
      {"restrat shard=1 host=1", "did you mean 'restart'"},
      {"restart shard=1 hots=1", "did you mean 'host'"},
      {"restart shard=1", "expected a shard and a host"},
      {"restart host=1", "expected a shard and a host"},
      {"restart shard=1 host", "expected key=value"},
      {"restart shard=one host=1", "one"},
      {"restart shard=1 host=1 at=never", "never"},
      {std::string(200, 'x') + " a a a a a a a a a a a a a a a a a", "expected an action"},
  };
  for (const auto& [text, remedy] : cases) {
    const absl::StatusOr<OperatorItem> parsed = ParseOperatorItem(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(remedy)) << text;
  }
}

TEST(OperatorPlan, ItemsThatNoRunCouldCarryOutAreRefused) {
  const std::string head = "name: x\nhosts: 3\nshards: 1\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"operator: {items: [restart shard=2 host=1]}", "x.yaml:4: key 'operator.items'"},
      {"operator: {items: [restart shard=1 host=4]}", "a host up to 3"},
      {"operator: {items: [restart shard=1 host=1], every: 1s}", "one of the two"},
      {"operator: {every: 0s..1s}", "expected more than 0"},
      {"operator: {every: 1s, restart_weight: 0}", "one weight above 0"},
      {"operator: {every: 1ms}", "expected at most"},
      {"operator: {items: restart}", "expected a list of words"},
      {"operator: {items: [create shard=2 host=1]}", "without control.on"},
      {"control: {on: true}\noperator: {items: [create shard=2 host=1]}", "from 3 to 18"},
      {"control: {on: true}\noperator: {items: [restart shard=19 host=1]}", "from 1 to 18"},
  };
  for (const auto& [text, remedy] : cases) {
    const absl::StatusOr<Scenario> read = ReadScenario(head + text + "\n", "x.yaml");
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_THAT(std::string(read.status().message()), HasSubstr(remedy)) << text;
  }
}

TEST(OperatorPlan, ListedItemsBecomeTheOperationsOfTheCase) {
  const std::string yaml =
      "name: x\noperator: {items: [restart shard=1 host=2 at=9s, restart shard=1 host=1 at=4s]}\n";
  const absl::StatusOr<Scenario> scenario = ReadScenario(yaml, "x.yaml");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  const absl::StatusOr<Case> value = ResolveCase(Token{"x.yaml", 1, {}}, *scenario, yaml);
  ASSERT_TRUE(value.ok()) << value.status();
  ASSERT_THAT(value->operations, SizeIs(2));
  EXPECT_EQ(Describe(value->operations[0]), "restart at=4s shard=1 host=1 lasting=0s");
  EXPECT_EQ(value->operations[1].id, 2u);
}

TEST(OperatorPlan, SurvivesTheCaseFileAndIsEditedThere) {
  const Case value = BuiltInCase("restarts", 3);
  ASSERT_GT(value.operations.size(), 5u);
  std::string text = FormatCase(value);
  const absl::StatusOr<Case> read = ParseCase(text, "x.case");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->operations, value.operations);
  const size_t at = text.find("shard=1 host=");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 7, "shard=9");
  const absl::StatusOr<Case> refused = ParseCase(text, "x.case");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("expected a shard from 1 to 3 "));
}

TEST(Operator, StopsAReplicaForAWhileAndStartsItAgain) {
  sim::FiberPool fibers;
  ClusterSpec spec;
  spec.operations = {Restart(Seconds(1), 2)};
  Cluster cluster(std::move(spec), fibers);
  cluster.Start();
  ASSERT_TRUE(cluster.RunUntilLed(Seconds(20)));
  cluster.StartClients();
  cluster.RunFor(Seconds(2));
  EXPECT_FALSE(cluster.view().ReplicaOn(ShardId(1), HostId(2))->takes_part);
  cluster.RunFor(Seconds(3));
  EXPECT_TRUE(cluster.view().ReplicaOn(ShardId(1), HostId(2))->takes_part);
  EXPECT_EQ(cluster.clients().active, 0u);
  EXPECT_FALSE(cluster.judge().violation().has_value());
}

TEST(Operator, EndsWhatItBeganAlthoughTheHostIsAway) {
  sim::FiberPool fibers;
  ClusterSpec spec;
  spec.operations = {Restart(Seconds(1), 2)};
  Cluster cluster(std::move(spec), fibers);
  cluster.Start();
  ASSERT_TRUE(cluster.RunUntilLed(Seconds(20)));
  cluster.StartClients();
  cluster.RunFor(Milliseconds(1500));
  ASSERT_FALSE(cluster.view().ReplicaOn(ShardId(1), HostId(2))->takes_part);
  const HostId program(cluster.spec().hosts + 2);
  cluster.world().network().Cut(program, HostId(2));
  cluster.RunFor(Seconds(20));
  EXPECT_FALSE(cluster.view().ReplicaOn(ShardId(1), HostId(2))->takes_part);
  cluster.clients().healing = true;
  cluster.world().network().HealAll();
  cluster.RunFor(Seconds(5));
  EXPECT_TRUE(cluster.view().ReplicaOn(ShardId(1), HostId(2))->takes_part);
  EXPECT_EQ(cluster.clients().active, 0u);
}

}  // namespace
}  // namespace ww::scenarios
