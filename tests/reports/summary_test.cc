#include "reports/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ww::reports {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

RunResult RunOf(Verdict verdict, const std::string& signature, uint64_t events) {
  RunResult result;
  result.token = "storm@" + std::to_string(events);
  result.scenario = "storm";
  result.verdict = verdict;
  result.signature = signature;
  result.property = signature;
  result.events = events;
  result.wall_ns = 1'000'000;
  result.virtual_ns = 1'000'000'000;
  return result;
}

TEST(Summary, GroupsEqualFailuresAndKeepsTheShortest) {
  Summary summary;
  summary.Add(RunOf(Verdict::kSafety, "a", 30));
  summary.Add(RunOf(Verdict::kSafety, "a", 10));
  summary.Add(RunOf(Verdict::kSafety, "a", 20));
  summary.Add(RunOf(Verdict::kLiveness, "b", 5));
  summary.Add(RunOf(Verdict::kPass, "", 1));
  ASSERT_EQ(summary.groups().size(), 2u);
  EXPECT_EQ(summary.groups().at("a").count, 3u);
  EXPECT_EQ(summary.groups().at("a").first.events, 10u);
  EXPECT_THAT(summary.groups().at("a").tokens, ElementsAre("storm@30", "storm@10", "storm@20"));
  EXPECT_EQ(summary.count(Verdict::kPass), 1u);
}

TEST(Summary, AnExpectedViolationIsNoFailure) {
  Summary summary;
  summary.Add(RunOf(Verdict::kExpected, "a", 1));
  EXPECT_TRUE(summary.groups().empty());
}

TEST(Summary, SaysWhatWasDeclaredAndNeverJudged) {
  Summary summary;
  RunResult run = RunOf(Verdict::kPass, "", 1);
  run.judges = {"vote-once", "linearizable"};
  run.judged = {{"vote-once", 3}, {"linearizable", 0}};
  summary.Add(run);
  EXPECT_THAT(summary.DeclaredNeverJudged(), ElementsAre("linearizable"));
}

TEST(Summary, SaysWhichExpectedViolationsWereNeverSeen) {
  Summary summary;
  RunResult run = RunOf(Verdict::kExpected, "", 1);
  run.expects = {"committed-agreement", "apply-deterministic"};
  run.expected_seen = {"committed-agreement", "ack-honesty"};
  summary.Add(run);
  run.scenario = "other";
  run.expected_seen = {};
  summary.Add(run);
  EXPECT_THAT(summary.ExpectedNeverSeen(),
              ElementsAre("other: apply-deterministic", "other: committed-agreement",
                          "storm: apply-deterministic"));
  const std::string text = summary.ToText({});
  EXPECT_THAT(text, HasSubstr("expected, in runs     ack-honesty 1, committed-agreement 1"));
  EXPECT_THAT(text, HasSubstr("expected, never seen  other: apply-deterministic"));
  const nlohmann::json body = summary.ToJson({})["summary"];
  EXPECT_EQ(body["expected_never_seen"].size(), 3u);
  EXPECT_EQ(body["expected_by_property"]["ack-honesty"], 1);
}

TEST(Summary, TellsHowOftenWhatASingleScenarioIsAboutWasJudged) {
  Summary summary;
  RunResult run = RunOf(Verdict::kPass, "", 1);
  run.judges = {"vote-once", "acked-kept"};
  run.judged = {{"vote-once", 3}, {"no-crash", 9}};
  summary.Add(run);
  EXPECT_THAT(summary.ToText({}), HasSubstr("judged                vote-once 3\n"));
  run.scenario = "other";
  summary.Add(run);
  EXPECT_THAT(summary.ToText({}), Not(HasSubstr("vote-once 6")));
}

TEST(Summary, CountsUnreachedSitesWhereTheyAreMany) {
  Summary summary;
  for (uint64_t i = 0; i < Summary::kCampaignRuns; ++i) summary.Add(RunOf(Verdict::kPass, "", 1));
  SummaryContext context;
  for (size_t i = 0; i <= Summary::kSitesNamedMax; ++i) {
    context.all_sites.push_back("site." + std::to_string(i));
  }
  EXPECT_THAT(summary.ToText(context), HasSubstr("sites never reached   41 of 41;"));
  context.all_sites.pop_back();
  EXPECT_THAT(summary.ToText(context), HasSubstr("sites never reached   site.0, site.1"));
}

TEST(Summary, NamesWhatNeverHappenedAndThePrintedFigures) {
  Summary summary;
  RunResult run = RunOf(Verdict::kPass, "", 1);
  run.judged = {{"vote-once", 3}};
  run.reached = {{"log.torn_tail", 1}};
  run.operations_acked = 321;
  run.faults_by_kind = {{"crash", 4}};
  for (uint64_t i = 0; i < Summary::kCampaignRuns; ++i) summary.Add(run);
  const SummaryContext context{{"vote-once", "acked-kept"}, {"log.torn_tail", "log.other"}, 5};
  const std::string text = summary.ToText(context);
  EXPECT_THAT(text, HasSubstr("never judged          acked-kept"));
  EXPECT_THAT(text, HasSubstr("sites never reached   log.other"));
  EXPECT_THAT(text, HasSubstr("321 / 321 / 321"));
  EXPECT_THAT(text, HasSubstr("crash 80"));
  EXPECT_THAT(text, HasSubstr("1000 times real time"));
  const nlohmann::json body = summary.ToJson(context)["summary"];
  EXPECT_EQ(body["runs"], 20);
  EXPECT_EQ(body["verdicts"]["pass"], 20);
  EXPECT_EQ(body["never_judged"], nlohmann::json::array({"acked-kept"}));
  EXPECT_EQ(body["never_reached"], nlohmann::json::array({"log.other"}));
}

}  // namespace
}  // namespace ww::reports
