// Who may write where nobody is appointed, and who hands over to whom.
#include "raft/failover/writers.h"

#include <gtest/gtest.h>

#include "tests/raft/failover/published_cases.h"

namespace ww::raft::failover {
namespace {

constexpr const char* kPriorities = "failover: {replicasets: {r: {priority: {c: 9, a: -inf}}}}\n";

FailoverConfig Read(const std::string& text) {
  return ReadOne(kPriorities + text, Profile::kTarantool34);
}
FailoverConfig ReadMode(const std::string& mode, const std::string& more = "") {
  return Read("replication: {failover: \"" + mode + "\"}\ngroups: {g: {replicasets: {r: {" + more +
              "instances: {a: {}, b: {}, c: {}}}}}}");
}
std::vector<bool> Writers(const FailoverConfig& config) {
  std::vector<bool> writers;
  for (size_t i = 0; i < config.instances.size(); ++i) writers.push_back(MayWrite(config, i));
  return writers;
}
using All = std::vector<bool>;
using Numbers = std::vector<size_t>;

TEST(Writers, InModeOffThoseThatAreReadWrite) {
  const FailoverConfig config = Read(
      "groups: {g: {replicasets: {r: {instances: {a: {database: {mode: rw}}, "
      "b: {database: {mode: ro}}, c: {}}}}}}");
  ASSERT_EQ(config.mode, Mode::kOff);
  EXPECT_EQ(Writers(config), (All{true, false, false})) << "several are read-only by default";
  EXPECT_EQ(MeantToLead(config, 0), Numbers{}) << "whoever may write keeps the leadership";
  EXPECT_EQ(MeantToLead(config, 2), Numbers{0});
}

TEST(Writers, OneThatIsAloneIsReadWriteUnlessItSaysOtherwise) {
  EXPECT_EQ(Writers(ReadOne("groups: {g: {replicasets: {r: {instances: {a: {}}}}}}",
                            Profile::kTarantool34)),
            All{true});
  const FailoverConfig shut =
      ReadOne("database: {mode: ro}\ngroups: {g: {replicasets: {r: {instances: {a: {}}}}}}",
              Profile::kTarantool34);
  EXPECT_EQ(Writers(shut), All{false});
  EXPECT_EQ(WriterMissing(shut), "no instance is read-write");
}

TEST(Writers, TheModeOfAWiderScopeCountsWhereTheInstanceSaysNothing) {
  const FailoverConfig config = Read(
      "database: {mode: rw}\ngroups: {g: {replicasets: {r: {instances: {a: {}, "
      "b: {database: {mode: ro}}, c: {}}}}}}");
  EXPECT_EQ(Writers(config), (All{true, false, true}));
  EXPECT_EQ(MeantToLead(config, 1), (Numbers{0, 2})) << "by name, not by priority";
}

TEST(Writers, InModeManualTheConfiguredLeaderAlone) {
  const FailoverConfig config = ReadMode("manual", "leader: b, ");
  EXPECT_EQ(Writers(config), (All{false, true, false}));
  EXPECT_EQ(MeantToLead(config, 2), Numbers{1});
  EXPECT_EQ(MeantToLead(config, 1), Numbers{});
  EXPECT_EQ(WriterMissing(config), "");
  EXPECT_EQ(WriterMissing(ReadMode("manual")), "no instance is the leader");
}

TEST(Writers, InModeElectionWhoeverLeadsAndNobodyHandsOver) {
  const FailoverConfig config = ReadMode("election");
  EXPECT_EQ(Writers(config), (All{true, true, true}));
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(MeantToLead(config, i), Numbers{});
}

TEST(Writers, AnonymousInstancesNeverWrite) {
  const FailoverConfig config = Read(
      "replication: {failover: election}\ngroups: {g: {replicasets: {r: {instances: {"
      "a: {replication: {anon: true}}, b: {replication: {election_mode: voter}}, c: {}}}}}}");
  EXPECT_EQ(Writers(config), (All{false, true, true}));
  EXPECT_FALSE(config.instances[0].candidate);
  EXPECT_FALSE(config.instances[1].candidate);
  EXPECT_TRUE(config.instances[2].candidate);
}

}  // namespace
}  // namespace ww::raft::failover
