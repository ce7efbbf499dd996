// The published cases of supervised failover, in both profiles; what isn't run here, and why.
#include "tests/raft/failover/published_cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "raft/failover/choice.h"
#include "raft/failover/first_start.h"

namespace ww::raft::failover {

void PrintTo(const PublishedCase& one, std::ostream* out) { *out << one.name; }
void PrintTo(const SchemaCase& one, std::ostream* out) { *out << one.name; }

namespace {

using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string NameOfProfile(Profile profile) {
  return profile == Profile::kTarantool33 ? "In33" : "In34";
}

// --- Choices and refusals ---

class PublishedChoice : public ::testing::TestWithParam<PublishedCase> {};

// The leader of the replicaset of the case's instance.
std::optional<std::string> LeaderIn(const ClusterConfig& cluster, const std::string& instance) {
  for (const FailoverConfig& config : cluster.replicasets) {
    if (config.Find(instance) != nullptr) return ViewBootstrap(config).leader;
  }
  ADD_FAILURE() << "no replicaset has " << instance;
  return std::nullopt;
}

void ExpectAsPublished(const PublishedCase& one, const ReadResult& result) {
  const bool fails_inside = one.error == "E_INTERNAL_ASSERT";
  if (one.error.has_value() && !fails_inside) {
    ASSERT_EQ(CodeOf(result), *one.error);
    const auto& error = std::get<ConfigError>(result);
    EXPECT_THAT(error.key, StartsWith(one.error_path));
    EXPECT_GT(error.line, 0);
    return;
  }
  ASSERT_EQ(CodeOf(result), "");
  const std::optional<std::string> leader =
      LeaderIn(std::get<ClusterConfig>(result), one.evaluated_on);
  // Where the published version fails internally, here nobody is chosen.
  EXPECT_EQ(leader, fails_inside ? std::nullopt : one.leader);
}

TEST_P(PublishedChoice, IsMadeOfTheWholeCluster) {
  const PublishedCase& one = GetParam();
  ExpectAsPublished(one, Read(one.config, one.profile));
}

TEST_P(PublishedChoice, IsMadeInTheViewOfItsInstance) {
  const PublishedCase& one = GetParam();
  ExpectAsPublished(one, Read(one.config, one.profile, one.evaluated_on));
}

std::string CaseName(const ::testing::TestParamInfo<PublishedCase>& info) {
  return info.param.name + NameOfProfile(info.param.profile);
}

// An instance's environment is no part of a configuration here, and from 3.4 on it would change the
// answer: such a case is not run.
bool IsAnswered(const PublishedCase& one) {
  return !(one.environment && one.profile == Profile::kTarantool34);
}

std::vector<PublishedCase> AnsweredCases(const std::string& list) {
  std::vector<PublishedCase> cases = ReadCases(list);
  std::erase_if(cases, [](const PublishedCase& one) { return !IsAnswered(one); });
  return cases;
}

TEST(PublishedCases, AreAllRunButOne) {
  size_t left_out = 0;
  for (const char* list : {"cases", "derived_cases"}) {
    left_out += ReadCases(list).size() - AnsweredCases(list).size();
  }
  EXPECT_EQ(left_out, 1u);
}

INSTANTIATE_TEST_SUITE_P(Upstream, PublishedChoice, ::testing::ValuesIn(AnsweredCases("cases")),
                         CaseName);
INSTANTIATE_TEST_SUITE_P(Derived, PublishedChoice,
                         ::testing::ValuesIn(AnsweredCases("derived_cases")), CaseName);

// --- The section of options ---

class PublishedSchema : public ::testing::TestWithParam<std::tuple<SchemaCase, Profile>> {};

TEST_P(PublishedSchema, IsKept) {
  const auto& [one, profile] = GetParam();
  const std::string config = "replication: {failover: supervised}\nfailover: " + one.failover +
                             "\ngroups: {g-001: {replicasets: {r-001: {instances: {i-001: {}}}}}}";
  EXPECT_EQ(CodeOf(Read(config, profile)), one.expected == "ok" ? "" : one.expected);
}

std::string SchemaName(const ::testing::TestParamInfo<std::tuple<SchemaCase, Profile>>& info) {
  return std::get<0>(info.param).name + NameOfProfile(std::get<1>(info.param));
}
INSTANTIATE_TEST_SUITE_P(All, PublishedSchema,
                         ::testing::Combine(::testing::ValuesIn(ReadSchemaCases()),
                                            ::testing::Values(Profile::kTarantool33,
                                                              Profile::kTarantool34)),
                         SchemaName);

// --- Connections ---

TEST(PublishedQuorum, IsMoreThanHalfOfAll) {
  size_t judged = 0;
  for (const scenarios::YamlNode& node : Key(Data(), "quorum_cases").items) {
    const scenarios::YamlNode& table = Key(node, "table");
    for (size_t i = 0; i < table.keys.size(); ++i, ++judged) {
      const auto total = static_cast<uint32_t>(std::stoul(table.keys[i].scalar));
      EXPECT_EQ(std::to_string(ConnectionsNeeded(total)), table.items[i].scalar);
    }
  }
  EXPECT_GE(judged, 7u);
}

// --- Protocol and runtime: what a pure function can answer ---

// Three instances, the second one chosen.
FailoverConfig Three(Profile profile = Profile::kTarantool34) {
  return ReadOne(
      "replication: {failover: supervised}\n"
      "failover: {replicasets: {r: {priority: {b: 1}}}}\n"
      "groups: {g: {replicasets: {r: {instances: {a: {}, b: {}, c: {}}}}}}",
      profile);
}
FailoverConfig Two() {
  return ReadOne(
      "replication: {failover: supervised}\n"
      "groups: {g: {replicasets: {r: {instances: {a: {}, b: {}}}}}}");
}

// --- One for each answered case ---

void TheChosenOneNeedsAMajorityAndNotAll() {  // r_leader_up_majority_up
  const FirstStart start = DecideFirstStart(Three(), "b", {});
  ASSERT_TRUE(std::holds_alternative<CreateShard>(start));
  EXPECT_EQ(std::get<CreateShard>(start).connections, 2u);
}

void NobodyStandsInForTheChosenOne() {  // r_leader_down_3, r_leader_down_2
  for (const char* survivor : {"a", "c"}) {
    const FirstStart start = DecideFirstStart(Three(), survivor, {});
    ASSERT_TRUE(std::holds_alternative<WaitFor>(start));
    EXPECT_EQ(std::get<WaitFor>(start).name, "b");
  }
  EXPECT_EQ(std::get<WaitFor>(DecideFirstStart(Two(), "b", {})).name, "a");
}

void OneConnectionOfThreeIsNotEnough() {  // r_leader_alone
  EXPECT_GT(std::get<CreateShard>(DecideFirstStart(Three(), "b", {})).connections, 1u);
  EXPECT_GT(std::get<CreateShard>(DecideFirstStart(Two(), "a", {})).connections, 1u);
}

// r_leader_has_snapshot, r_all_restart_no_coordinator, r_leader_crash_before_joins,
// r_config_reload_priority_change
void WhoHasDataNeverCreates() {
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_TRUE(
        std::holds_alternative<JoinAgain>(DecideFirstStart(Three(), name, {.has_data = true})));
  }
}

void AnIsolatedChosenOneIsWaitedFor() {  // r_isolated_choice
  const FailoverConfig config = ReadOne(
      "replication: {failover: supervised}\n"
      "groups: {g: {replicasets: {r: {instances: {a: {isolated: true}, b: {}, c: {}}}}}}");
  EXPECT_TRUE(std::holds_alternative<StayIsolated>(DecideFirstStart(config, "a", {})));
  EXPECT_EQ(std::get<WaitFor>(DecideFirstStart(config, "b", {})).name, "a");
}

void ALearnerCreatesIn33Alone() {  // r_learner_chosen_33
  const std::string yaml =
      "replication: {failover: supervised}\n"
      "failover: {replicasets: {r: {learners: [a], priority: {a: 9}}}}\n"
      "groups: {g: {replicasets: {r: {instances: {a: {}, b: {}}}}}}";
  const FailoverConfig in_33 = ReadOne(yaml, Profile::kTarantool33);
  EXPECT_TRUE(std::holds_alternative<CreateShard>(DecideFirstStart(in_33, "a", {})));
  const std::vector<std::string> live = {"a", "b"};
  EXPECT_EQ(ChooseAppointee(in_33, live).chosen(), "b");
  EXPECT_EQ(std::get<WaitFor>(DecideFirstStart(ReadOne(yaml), "a", {})).name, "b");
}

void EachOfTwoConfigurationsHasItsOwnCandidate() {  // r_divergent_config_two_candidates
  const std::string rest =
      "replication: {failover: supervised}\n"
      "groups: {g: {replicasets: {r: {instances: {a: {}, b: {}, c: {}}}}}}\n";
  const FailoverConfig first = ReadOne(rest + "failover: {replicasets: {r: {priority: {a: 1}}}}");
  const FailoverConfig second = ReadOne(rest + "failover: {replicasets: {r: {priority: {b: 1}}}}");
  EXPECT_TRUE(std::holds_alternative<CreateShard>(DecideFirstStart(first, "a", {})));
  EXPECT_TRUE(std::holds_alternative<CreateShard>(DecideFirstStart(second, "b", {})));
}

void AnAddedInstanceOfTopPriorityIsTheCandidate() {  // p_upscale_top_priority_not_stuck
  const FailoverConfig config = Three();
  EXPECT_TRUE(std::holds_alternative<CreateShard>(DecideFirstStart(config, "b", {})));
  EXPECT_TRUE(std::holds_alternative<JoinAgain>(DecideFirstStart(config, "a", {.has_data = true})));
}

void LearnersAloneChooseNobody() {  // p_all_learners_singleton_dies
  const FailoverConfig config = ReadOne(
      "replication: {failover: supervised}\n"
      "failover: {replicasets: {r: {learners: [a]}}}\n"
      "groups: {g: {replicasets: {r: {instances: {a: {}}}}}}");
  EXPECT_TRUE(std::holds_alternative<NobodyEligible>(DecideFirstStart(config, "a", {})));
}

using Answer = void (*)();
struct Scenario {
  Answer answer = nullptr;
  const char* missing = "";  // Why it is not answered, or what of it is not.
};

constexpr const char* kRunningCluster = "is run in a cluster: published_starts_test";
constexpr const char* kOneList = "needs instances that know different peers; here all know all";
constexpr const char* kNotAuto = "is not of strategy auto";
constexpr const char* kVote =
    "is of the vote below the choice, which the shard's creation replaces";

const std::map<std::string, Scenario>& Scenarios() {
  static const std::map<std::string, Scenario> scenarios = {
      {"r_leader_up_majority_up", {TheChosenOneNeedsAMajorityAndNotAll, "agreement, late joins"}},
      {"r_leader_down_3", {NobodyStandsInForTheChosenOne}},
      {"r_leader_down_2", {NobodyStandsInForTheChosenOne}},
      {"r_leader_alone", {OneConnectionOfThreeIsNotEnough}},
      {"r_dissenting_vote", {nullptr, kRunningCluster}},
      {"r_leader_has_snapshot", {WhoHasDataNeverCreates}},
      {"r_all_restart_no_coordinator",
       {WhoHasDataNeverCreates, "read-only for ever, which a cluster shows: coordinated_test"}},
      {"r_leader_crash_before_joins", {WhoHasDataNeverCreates, "joins that wait"}},
      {"r_config_reload_priority_change", {WhoHasDataNeverCreates, "roles after a reload"}},
      {"r_divergent_config_two_candidates",
       {EachOfTwoConfigurationsHasItsOwnCandidate, "only one of them creates"}},
      {"r_env_divergence_34", {nullptr, kRunningCluster}},
      {"r_isolated_choice", {AnIsolatedChosenOneIsWaitedFor}},
      {"r_learner_chosen_33", {ALearnerCreatesIn33Alone, "the coordinator that waits"}},
      {"p_auto_leader_waits_for_votes", {nullptr, kOneList}},
      {"p_join_checks_fullmesh", {nullptr, kOneList}},
      {"p_min_uuid_wins_equal_scores", {nullptr, kVote}},
      {"p_prefer_booted_even_if_ro", {nullptr, kRunningCluster}},
      {"p_config_single_leader", {nullptr, kNotAuto}},
      {"p_config_no_leader", {nullptr, kNotAuto}},
      {"p_supervised_manual_command", {nullptr, kNotAuto}},
      {"p_supervised_wait", {nullptr, kNotAuto}},
      {"p_supervised_several_leaders", {nullptr, kNotAuto}},
      {"p_graceful_finds_other_leader", {nullptr, kNotAuto}},
      {"p_cfg_supervised_manual", {nullptr, kNotAuto}},
      {"p_wiped_min_name_must_rejoin_ro", {nullptr, kRunningCluster}},
      {"p_upscale_top_priority_not_stuck",
       {AnAddedInstanceOfTopPriorityIsTheCandidate, "it joins and stays read-only"}},
      {"p_supervised_native_no_self_bootstrap", {nullptr, kNotAuto}},
      {"p_native_off_single", {nullptr, kNotAuto}},
      {"p_native_off_multi", {nullptr, kNotAuto}},
      {"p_native_manual", {nullptr, kNotAuto}},
      {"p_native_election", {nullptr, kNotAuto}},
      {"p_learner_alert", {nullptr, "is of alerts, which there are none of"}},
      {"p_all_learners_singleton_dies", {LearnersAloneChooseNobody}},
      {"p_unless_bootstrap_bootstrap_then_recover", {nullptr, "is of versions after 3.4"}},
      {"p_unless_bootstrap_join", {nullptr, "is of versions after 3.4"}},
      {"p_unless_bootstrap_score", {nullptr, "is of versions after 3.4"}},
      {"p_isolated_no_snapshot", {AnIsolatedChosenOneIsWaitedFor}},
      {"p_election_mode_matrix", {nullptr, "is run as configurations: read_config_test"}},
      {"v_only_rw_cfg_wins", {nullptr, kVote}},
      {"v_all_ro_lowest_uuid", {nullptr, kVote}},
      {"v_booted_ro_beats_unbooted_rw", {nullptr, kVote}},
      {"v_booted_rw_beats_booted_ro", {nullptr, kVote}},
      {"v_two_rw_cfg_tie_uuid", {nullptr, kVote}},
      {"v_vclock_beats_uuid", {nullptr, kVote}},
      {"v_can_lead_is_weakest", {nullptr, kVote}},
  };
  return scenarios;
}

TEST(PublishedScenarios, AreAnsweredOrListedWithTheReason) {
  std::vector<std::string> unlisted;
  size_t known = 0;
  for (const char* list : {"protocol_cases", "runtime_scenarios", "vote_cases"}) {
    for (const scenarios::YamlNode& node : Key(Data(), list).items) {
      const std::string& name = Key(node, "name").scalar;
      const auto at = Scenarios().find(name);
      if (at == Scenarios().end()) {
        unlisted.push_back(name);
        continue;
      }
      ++known;
      const Scenario& scenario = at->second;
      std::cout << "  " << name << ": "
                << (scenario.answer == nullptr ? "not here: it "
                    : *scenario.missing == 0   ? "answered"
                                               : "answered but for: ")
                << scenario.missing << "\n";
      if (scenario.answer != nullptr) scenario.answer();
    }
  }
  EXPECT_THAT(unlisted, IsEmpty());
  EXPECT_EQ(known, Scenarios().size()) << "the table names what the data does not have";
}

}  // namespace
}  // namespace ww::raft::failover
