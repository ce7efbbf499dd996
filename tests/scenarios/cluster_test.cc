#include "scenarios/cluster.h"

#include <gtest/gtest.h>

namespace ww::scenarios {
namespace {

// Counts what clients were told.
class Answers final : public EventListener {
 public:
  void On(const checks::ClientReturned& event) override {
    switch (event.outcome) {
      case checks::Outcome::kCompleted:
        ++completed;
        return;
      case checks::Outcome::kRejected:
        ++rejected;
        return;
      case checks::Outcome::kUnknown:
        ++unknown;
        return;
    }
  }
  uint64_t completed = 0;
  uint64_t rejected = 0;
  uint64_t unknown = 0;
};

ClusterSpec SpecWithClients(std::vector<Manner> manners) {
  ClusterSpec spec;
  spec.seed = 5;
  for (const Manner manner : manners) {
    ClientOptions client;
    client.manner = manner;
    spec.clients.push_back(client);
  }
  return spec;
}

TEST(Cluster, ClientsOfEveryMannerAreAnsweredByAHealthyCluster) {
  for (const Manner manner : {Manner::kWellBehaved, Manner::kSticky, Manner::kStubborn}) {
    sim::FiberPool fibers;
    Cluster cluster(SpecWithClients({manner}), fibers);
    Answers answers;
    cluster.observer().AddListener(answers);
    cluster.Start();
    ASSERT_TRUE(cluster.RunUntilLed(Seconds(10)));
    cluster.StartClients();
    cluster.RunFor(Seconds(30));
    EXPECT_GT(answers.completed, 40u) << static_cast<int>(manner);
    EXPECT_EQ(answers.unknown, 0u);
    EXPECT_FALSE(cluster.observer().violated());
  }
}

TEST(Cluster, StickyClientIsToldThatNothingHappenedByHostsThatDoNotLead) {
  sim::FiberPool fibers;
  ClusterSpec spec = SpecWithClients({Manner::kSticky});
  spec.shards = 3;  // Led by different hosts, so that no host is right for all.
  Cluster cluster(spec, fibers);
  Answers answers;
  cluster.observer().AddListener(answers);
  cluster.Start();
  ASSERT_TRUE(cluster.RunUntilLed(Seconds(10)));
  cluster.StartClients();
  cluster.RunFor(Seconds(60));
  EXPECT_GT(answers.rejected, 0u);
  EXPECT_EQ(answers.unknown, 0u);
}

TEST(Cluster, StartsAnEngineAgainThatGaveUpBecauseItsDiskFailed) {
  sim::FiberPool fibers;
  Cluster cluster(SpecWithClients({Manner::kWellBehaved}), fibers);
  cluster.Start();
  ASSERT_TRUE(cluster.RunUntilLed(Seconds(10)));
  cluster.StartClients();
  sim::DiskRules& rules = cluster.world().host(HostId(2)).disk().rules();
  rules.sync_error = Ratio::Always();
  rules.errors_on = true;
  cluster.RunFor(Seconds(10));
  EXPECT_FALSE(cluster.view().Intact(ShardId(1), HostId(2)));
  const Incarnation failing = cluster.world().host(HostId(2)).incarnation();
  EXPECT_GT(failing, Incarnation(2));
  rules.errors_on = false;
  cluster.RunFor(Seconds(20));
  EXPECT_TRUE(cluster.view().Intact(ShardId(1), HostId(2)));
  EXPECT_TRUE(cluster.view().AllLed());
  EXPECT_GT(cluster.view().ReplicaOn(ShardId(1), HostId(2))->applied, raft::Index(20));
  EXPECT_FALSE(cluster.observer().violated());
}

TEST(Cluster, ReaderReadsEveryKeyOfEveryShard) {
  sim::FiberPool fibers;
  ClusterSpec spec = SpecWithClients({Manner::kWellBehaved});
  spec.shards = 3;
  spec.clients[0].keys = 5;
  Cluster cluster(spec, fibers);
  Answers answers;
  cluster.Start();
  ASSERT_TRUE(cluster.RunUntilLed(Seconds(10)));
  cluster.observer().AddListener(answers);
  cluster.StartReader();
  cluster.RunFor(Seconds(5));
  EXPECT_TRUE(cluster.reader_done());
  EXPECT_EQ(cluster.reads_unanswered(), 0u);
  EXPECT_EQ(answers.completed, 15u);
}

}  // namespace
}  // namespace ww::scenarios
