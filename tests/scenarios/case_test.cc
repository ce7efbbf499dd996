// Case files: what was written is read back; what was not written by us is refused, never run.
#include "scenarios/case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "scenarios/catalogue/catalogue.h"
#include "scenarios/config/read_scenario.h"

namespace ww::scenarios {
namespace {

using ::testing::HasSubstr;

Case StormCase(uint64_t seed) {
  for (const EmbeddedScenario& built_in : BuiltInScenarios()) {
    if (built_in.name != "storm") continue;
    Token token;
    token.scenario = "storm";
    token.seed = seed;
    const absl::StatusOr<Scenario> scenario = ReadScenario(built_in.yaml, "storm.yaml");
    absl::StatusOr<Case> resolved = ResolveCase(token, *scenario, std::string(built_in.yaml));
    return *std::move(resolved);
  }
  return {};
}

Case WithEverything(uint64_t seed) {
  Case value = StormCase(seed);
  value.token.settings = {{"hosts", "5"}, {"summary", "a & b = c?"}};
  value.bases = {{"net.delay", sim::SiteBase::kBenign}, {"*", sim::SiteBase::kSeeded}};
  sim::Override exact;
  exact.site = "net.loss";
  exact.key = sim::StreamKey(3, 1);
  exact.first = exact.last = 17;
  exact.tag = {.kind = 2, .bound = 2};
  exact.value = 1;
  sim::Override wide = exact;
  wide.key.reset();
  wide.last = UINT64_MAX;
  value.overrides = {exact, wide};
  value.recorded = RecordedOutcome{"election-safety", "0123456789abcdef", "1a2b3c4"};
  return value;
}

TEST(CaseFile, ReadsBackWhatWasWritten) {
  const Case value = WithEverything(5);
  const std::string text = FormatCase(value);
  const absl::StatusOr<Case> read = ParseCase(text, "x.case");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(FormatCase(*read), text);
  EXPECT_EQ(FormatToken(read->token), FormatToken(value.token));
  EXPECT_EQ(read->scenario_text, value.scenario_text);
  ASSERT_EQ(read->plan.items.size(), value.plan.items.size());
  for (size_t i = 0; i < value.plan.items.size(); ++i) {
    EXPECT_EQ(faults::Describe(read->plan.items[i]), faults::Describe(value.plan.items[i]));
  }
  EXPECT_EQ(read->plan.enabled, value.plan.enabled);
  ASSERT_EQ(read->overrides.size(), 2u);
  EXPECT_EQ(read->overrides[0].key, sim::StreamKey(3, 1));
  EXPECT_EQ(read->overrides[1].key, std::nullopt);
  EXPECT_EQ(read->overrides[1].last, UINT64_MAX);
  EXPECT_EQ(read->overrides[0].tag, (sim::DrawTag{2, 2}));
  EXPECT_EQ(read->bases[0].base, sim::SiteBase::kBenign);
  EXPECT_EQ(read->recorded->fingerprint, "0123456789abcdef");
  EXPECT_EQ(read->scenario.faults.size(), value.scenario.faults.size());
}

TEST(CaseFile, WithoutOutcomeReadsBackWithoutOne) {
  const absl::StatusOr<Case> read = ParseCase(FormatCase(StormCase(1)), "x.case");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->recorded.has_value());
}

TEST(CaseFile, AnySeedRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    const Case value = WithEverything(*rc::gen::arbitrary<uint64_t>());
    const std::string text = FormatCase(value);
    const absl::StatusOr<Case> read = ParseCase(text, "x.case");
    RC_ASSERT(read.ok());
    RC_ASSERT(FormatCase(*read) == text);
  }));
}

// Field by field: what the plan draws never sets together still has to survive.
TEST(CaseFile, AnyPlanItemRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    Case value = StormCase(1);
    faults::PlanItem item;
    item.id = *rc::gen::inRange<uint32_t>(1, 1000);
    item.kind = static_cast<faults::FaultKind>(
        *rc::gen::inRange<int>(0, static_cast<int>(faults::kFaultKinds)));
    item.trigger.at = TrueTime{*rc::gen::inRange<int64_t>(0, 1'000'000'000'000)};
    item.trigger.delay = Duration{*rc::gen::inRange<int64_t>(0, 1'000'000)};
    faults::Occurrence occurrence;
    occurrence.kind = static_cast<faults::OccurrenceKind>(*rc::gen::inRange<int>(0, 3));
    occurrence.name = *rc::gen::element<std::string>("", "sync", "raft.leader", "log.torn_tail");
    occurrence.n = *rc::gen::inRange<uint64_t>(1, UINT64_MAX);
    if (*rc::gen::arbitrary<bool>()) occurrence.host = HostId(2);
    if (*rc::gen::arbitrary<bool>()) occurrence.shard = ShardId(9);
    occurrence.before = *rc::gen::arbitrary<bool>();
    item.trigger.occurrence = occurrence;
    item.duration = Duration{*rc::gen::inRange<int64_t>(0, 1'000'000'000'000)};
    const size_t hosts = *rc::gen::inRange<size_t>(0, 3);
    for (size_t h = 1; h <= hosts; ++h) item.hosts.push_back(HostId(h));
    item.shard = ShardId(*rc::gen::inRange<uint64_t>(0, 100));
    item.ratio = Ratio(*rc::gen::inRange<uint32_t>(0, 10), 10);
    item.amount = Duration{*rc::gen::inRange<int64_t>(0, 1'000'000'000)};
    item.factor = *rc::gen::inRange<uint32_t>(1, 500'000);
    item.negative = *rc::gen::arbitrary<bool>();
    item.message_kind = *rc::gen::arbitrary<uint32_t>();
    value.plan.items = {item};
    const std::string text = FormatCase(value);
    const absl::StatusOr<Case> read = ParseCase(text, "x.case");
    RC_ASSERT(read.ok() == faults::SubjectError(item).empty());
    if (read.ok()) RC_ASSERT(FormatCase(*read) == text);
  }));
}

TEST(CaseFile, TruncatedAnywhereIsRefusedWithoutCrash) {
  Case value = WithEverything(3);
  value.plan.items.resize(2);
  value.scenario_text = "name: storm\n";
  const std::string text = FormatCase(value);
  for (size_t length = 0; length + 2 < text.size(); length += 3) {
    const absl::StatusOr<Case> read = ParseCase(text.substr(0, length), "x.case");
    ASSERT_FALSE(read.ok()) << length;
    ASSERT_THAT(std::string(read.status().message()), HasSubstr("x.case:"));
  }
}

TEST(CaseFile, AnyByteChangedNeverCrashes) {
  Case value = WithEverything(3);
  value.plan.items.resize(2);
  value.scenario_text = "name: storm\n";
  const std::string text = FormatCase(value);
  uint64_t read_anyway = 0;
  for (size_t at = 0; at < text.size(); at += 5) {
    for (const char byte : {'\0', '"', '{', '9', '-', '\xff'}) {
      std::string changed = text;
      changed[at] = byte;
      if (ParseCase(changed, "x.case").ok()) ++read_anyway;
    }
  }
  EXPECT_LT(read_anyway, text.size() * 3 / 5);
}

TEST(CaseFile, HostileShapesAreRefusedAtOnce) {
  const std::string deep(8 << 20, '[');
  EXPECT_THAT(std::string(ParseCase(deep, "x").status().message()), HasSubstr("nested deeper"));
  std::string wide = "[0";
  for (int i = 0; i < 3'000'000; ++i) wide += ",0";
  EXPECT_THAT(std::string(ParseCase(wide, "x").status().message()), HasSubstr("more than"));
  const std::string huge(kCaseBytesMax + 1, ' ');
  EXPECT_THAT(std::string(ParseCase(huge, "x").status().message()), HasSubstr("bytes"));
}

TEST(CaseFile, BytesThatAreNoTextNeverStopAFailureFromBeingWritten) {
  Case value = StormCase(1);
  value.scenario_text = "name: storm # \xff\xfe\n";
  EXPECT_TRUE(ParseCase(FormatCase(value), "x.case").ok());
}

}  // namespace
}  // namespace ww::scenarios
