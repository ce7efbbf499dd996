// The table of keys: every key can be read, listed and set back.
#include "scenarios/config/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <string>
#include <vector>

#include "scenarios/config/read_scenario.h"
#include "scenarios/config/value_text.h"

namespace ww::scenarios {
namespace {

TEST(Keys, EveryKeyHasATypeAPurposeAndAName) {
  std::set<std::string> names;
  for (const KeyInfo& info : AllKeys()) {
    EXPECT_FALSE(info.type.empty()) << info.name;
    EXPECT_FALSE(info.purpose.empty()) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
  }
  EXPECT_GT(names.size(), 150u);
  EXPECT_TRUE(names.contains("hosts"));
  EXPECT_TRUE(names.contains("faults.one-way-cut.lasting"));
}

TEST(Keys, DefaultOfEveryKeyIsWithinItsBoundsAndReadBack) {
  for (const KeyInfo& info : AllKeys()) {
    if (info.name == "name") continue;
    Scenario scenario;
    ASSERT_TRUE(SetKey(scenario, info.name, info.default_value).ok())
        << info.name << " " << SetKey(scenario, info.name, info.default_value);
    EXPECT_EQ(*GetKey(scenario, info.name), info.default_value) << info.name;
  }
}

TEST(Keys, ResolvedKeysRebuildTheScenario) {
  Scenario scenario;
  scenario.name = "x";
  scenario.judges = {"vote-once", "acked-kept"};
  scenario.disk.crash_loses_unsynced = false;
  scenario.voters = {2, 6, 2};
  scenario.faults = {DefaultFaultSpec(faults::FaultKind::kClog),
                     DefaultFaultSpec(faults::FaultKind::kCrash)};
  scenario.faults[0].ratio = Ratio(3, 7);
  Scenario rebuilt;
  for (const auto& key : ResolvedKeys(scenario)) {
    ASSERT_TRUE(SetKey(rebuilt, key.first, key.second).ok()) << key.first;
  }
  EXPECT_EQ(ResolvedKeys(rebuilt), ResolvedKeys(scenario));
  EXPECT_EQ(rebuilt.voters, scenario.voters);
  EXPECT_EQ(rebuilt.judges, scenario.judges);
}

TEST(Keys, SettingAKeyOfAnUnlistedFaultAddsItWithItsDefaults) {
  Scenario scenario;
  ASSERT_TRUE(SetKey(scenario, "faults.pause.lasting", "7s").ok());
  ASSERT_EQ(scenario.faults.size(), 1u);
  EXPECT_EQ(scenario.faults[0].kind, faults::FaultKind::kPause);
  EXPECT_EQ(scenario.faults[0].lasting.low, Seconds(7));
  EXPECT_EQ(scenario.faults[0].every, DefaultFaultSpec(faults::FaultKind::kPause).every);
}

TEST(ReadScenario, ReadsEveryKindOfValue) {
  const absl::StatusOr<Scenario> scenario = ReadScenario(
      "name: mine\nsummary: \"a, b\"\nhosts: 3..7\nvoters: 2..6:2\nstep_cost: 20ns\n"
      "engine:\n  buggify: true\n  election_timeout: 2s\n"
      "network: {delay: 100us..1ms}\nphases: {chaos: 60s..120s}\n"
      "faults:\n  crash: {every: 5s..20s, at_io: 1/4}\n  pause:\n"
      "judges: [vote-once]\nexpect: []\n",
      "mine.yaml");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(scenario->summary, "a, b");
  EXPECT_EQ(scenario->hosts, (NumberRange{3, 7}));
  EXPECT_EQ(scenario->voters, (NumberRange{2, 6, 2}));
  EXPECT_EQ(scenario->step_cost, Nanoseconds(20));
  EXPECT_TRUE(scenario->engine.buggify);
  EXPECT_EQ(scenario->network.delay, (DurationRange{Microseconds(100), Milliseconds(1)}));
  ASSERT_EQ(scenario->faults.size(), 2u);
  EXPECT_EQ(scenario->faults[0].every, (DurationRange{Seconds(5), Seconds(20)}));
  EXPECT_EQ(scenario->faults[0].at_io, Ratio(1, 4));
  EXPECT_EQ(scenario->faults[1].kind, faults::FaultKind::kPause);
  EXPECT_EQ(scenario->judges, std::vector<std::string>{"vote-once"});
}

TEST(CheckProperties, NamesTheNearestKnownProperty) {
  Scenario scenario;
  scenario.expect = {"vote-twice"};
  const std::string_view known[] = {"vote-once", "election-safety"};
  const absl::Status status = CheckProperties(scenario, known);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("did you mean 'vote-once'?"));
  scenario.expect = {"vote-once"};
  EXPECT_TRUE(CheckProperties(scenario, known).ok());
}

TEST(ValueText, DurationsAndRangesRoundTrip) {
  EXPECT_TRUE(rc::check([] {
    const int64_t low = *rc::gen::inRange<int64_t>(0, kDurationMax.ns);
    const int64_t high = *rc::gen::inRange<int64_t>(low, kDurationMax.ns + 1);
    const DurationRange range{{low}, {high}};
    RC_ASSERT(*ParseDurationRange(FormatRange(range)) == range);
    RC_ASSERT(*ParseDuration(FormatDuration(range.low)) == range.low);
    const NumberRange numbers{static_cast<uint64_t>(low), static_cast<uint64_t>(high),
                              *rc::gen::inRange<uint64_t>(1, 100)};
    RC_ASSERT(*ParseNumberRange(FormatRange(numbers)) == numbers);
  }));
}

TEST(ValueText, DurationIsWrittenInItsLargestExactUnit) {
  EXPECT_EQ(FormatDuration({}), "0s");
  EXPECT_EQ(FormatDuration(Milliseconds(1500)), "1500ms");
  EXPECT_EQ(FormatDuration(Seconds(60)), "60s");
  EXPECT_EQ(FormatDuration(Nanoseconds(1001)), "1001ns");
}

TEST(NearestWord, FindsTypingErrorsAndGivesUpOnOtherWords) {
  const std::vector<std::string_view> words = {"hosts", "shards", "voters"};
  EXPECT_EQ(NearestWord("hots", words), "hosts");
  EXPECT_EQ(NearestWord("shard", words), "shards");
  EXPECT_EQ(NearestWord("zzzzzzzz", words), "");
  EXPECT_EQ(NearestWord(std::string(1000, 'h'), words), "");
}

}  // namespace
}  // namespace ww::scenarios
