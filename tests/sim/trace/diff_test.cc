#include "sim/trace/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/trace/journal.h"
#include "sim/trace/text.h"

namespace ww {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One field of each type.
KindSpec Everything() {
  return {"test.all",
          DisplayRole::kPoint,
          {{"number", FieldType::kNumber, "", {}},
           {"size", FieldType::kNumber, "bytes", {}},
           {"change", FieldType::kSigned, "", {}},
           {"delay", FieldType::kDuration, "", {}},
           {"to", FieldType::kHost, "", {}},
           {"shard", FieldType::kShard, "", {}},
           {"replica", FieldType::kReplica, "", {}},
           {"client", FieldType::kClient, "", {}},
           {"digest", FieldType::kDigest, "", {}},
           {"durable", FieldType::kFlag, "", {}},
           {"reason", FieldType::kName, "", {"loss", "cut"}},
           {"what", FieldType::kText, "", {}}}};
}

TEST(TraceText, FormatsFieldsByTheirTypes) {
  Schema schema;
  const KindId all = schema.Add(Everything());
  const KindId none = schema.Add({"test.none", DisplayRole::kHidden, {}});
  Journal journal(schema);
  journal.StartTrace();
  journal.Record(all, TrueTime{1'500'000'000}, HostId(2), 7, 17, int64_t{-3}, Microseconds(-1),
                 HostId(3), ShardId(4), ReplicaId(5), ClientId(6), uint64_t{0xabc}, true,
                 uint8_t{1}, std::string("say \"hi\"\n"));
  journal.Record(all, TrueTime{Seconds(12345).ns}, HostId(), 0, 0, 0, Duration{}, HostId(),
                 ShardId(), ReplicaId(), ClientId(), 0, 2, uint8_t{9}, "");
  journal.Record(none, TrueTime{INT64_MAX}, HostId(12));
  std::vector<std::string> lines;
  const std::string trace = journal.TraceBytes();
  ASSERT_TRUE(
      RenderTrace(trace, [&lines](std::string_view line) { lines.emplace_back(line); }).ok());
  EXPECT_THAT(
      lines,
      ElementsAre("   1.500000000s h2   test.all number=7 size=17bytes change=-3 "
                  "delay=-0.000001000s to=h3 shard=4 replica=5 client=6 digest=0000000000000abc "
                  "durable=yes reason=cut what=\"say \\\"hi\\\"\\n\"",
                  "12345.000000000s -    test.all number=0 size=0bytes change=0 "
                  "delay=0.000000000s to=- shard=0 replica=0 client=0 digest=0000000000000000 "
                  "durable=#2 reason=#9 what=\"\"",
                  "9223372036.854775807s h12  test.none"));
}

TEST(TraceText, SaysWhyATraceCannotBeRead) {
  EXPECT_FALSE(RenderTrace("nothing", [](std::string_view) {}).ok());
}

Schema StepSchema() {
  Schema schema;
  schema.Add({"step", DisplayRole::kPoint, {{"n", FieldType::kNumber, "", {}}}});
  schema.Add({"jump", DisplayRole::kPoint, {{"n", FieldType::kNumber, "", {}}}});
  return schema;
}

struct Step {
  uint16_t kind = 0;
  int64_t time = 0;
  uint64_t host = 1;
  uint64_t n = 0;
  uint64_t decided_before = 0;
};

std::vector<Step> Steps(size_t count) {
  std::vector<Step> steps;
  for (size_t i = 0; i < count; ++i) {
    steps.push_back({.kind = 0, .time = static_cast<int64_t>(i), .host = 1, .n = i});
  }
  return steps;
}

std::string TraceOf(const std::vector<Step>& steps, size_t bytes_max = 0, uint64_t last = 0) {
  const Schema schema = StepSchema();
  Journal journal(schema);
  journal.StartTrace(bytes_max);
  for (const Step& step : steps) {
    journal.MixOnly(step.decided_before);
    journal.Record(KindId{step.kind}, TrueTime{step.time}, HostId(step.host), step.n);
  }
  journal.MixOnly(last);
  return journal.TraceBytes();
}

TraceDifference FirstDifference(std::string_view a, std::string_view b, size_t before_max = 10) {
  const auto difference = DiffTraces(a, b, before_max);
  EXPECT_TRUE(difference.ok()) << difference.status();
  if (!difference.ok() || !difference->has_value()) {
    ADD_FAILURE() << "no difference found";
    return {};
  }
  return **difference;
}

TEST(TraceDiff, FindsNothingBetweenEqualTraces) {
  const auto difference = DiffTraces(TraceOf(Steps(5)), TraceOf(Steps(5)));
  ASSERT_TRUE(difference.ok()) << difference.status();
  EXPECT_FALSE(difference->has_value());
}

TEST(TraceDiff, NamesTheFieldThatDiffersWithTheRecordsBefore) {
  std::vector<Step> other = Steps(6);
  other[4].n = 99;
  const TraceDifference difference = FirstDifference(TraceOf(Steps(6)), TraceOf(other), 2);
  EXPECT_EQ(difference.kind, DifferenceKind::kRecord);
  EXPECT_EQ(difference.ToText(),
            "first difference at record 4: field n of step: 4 versus 99\n"
            "  both       0.000000002s h1   step n=2\n"
            "  both       0.000000003s h1   step n=3\n"
            "  first      0.000000004s h1   step n=4\n"
            "  second     0.000000004s h1   step n=99\n");
}

TEST(TraceDiff, NamesKindTimeAndHost) {
  std::vector<Step> kind = Steps(3);
  kind[1].kind = 1;
  EXPECT_EQ(FirstDifference(TraceOf(Steps(3)), TraceOf(kind)).what, "kind: step versus jump");
  std::vector<Step> time = Steps(3);
  time[2].time = 9;
  EXPECT_EQ(FirstDifference(TraceOf(Steps(3)), TraceOf(time)).what,
            "time: 0.000000002s versus 0.000000009s");
  std::vector<Step> host = Steps(3);
  host[0].host = 2;
  EXPECT_EQ(FirstDifference(TraceOf(Steps(3)), TraceOf(host)).what, "host: 1 versus 2");
}

TEST(TraceDiff, NamesAMissingAndAnExtraRecordAtTheEnd) {
  const TraceDifference missing = FirstDifference(TraceOf(Steps(3)), TraceOf(Steps(2)));
  EXPECT_EQ(missing.kind, DifferenceKind::kSecondEnds);
  EXPECT_EQ(missing.number, 2u);
  EXPECT_THAT(missing.first, HasSubstr("step n=2"));
  EXPECT_EQ(missing.second, "");
  const TraceDifference extra = FirstDifference(TraceOf(Steps(2)), TraceOf(Steps(3)));
  EXPECT_EQ(extra.kind, DifferenceKind::kFirstEnds);
  EXPECT_THAT(extra.second, HasSubstr("step n=2"));
}

TEST(TraceDiff, NamesAMissingRecordInTheMiddleByWhatStandsInItsPlace) {
  std::vector<Step> other = Steps(5);
  other.erase(other.begin() + 2);
  const TraceDifference difference = FirstDifference(TraceOf(Steps(5)), TraceOf(other));
  EXPECT_EQ(difference.number, 2u);
  EXPECT_THAT(difference.first, HasSubstr("step n=2"));
  EXPECT_THAT(difference.second, HasSubstr("step n=3"));
}

TEST(TraceDiff, FindsADecisionThatNoRecordShows) {
  std::vector<Step> other = Steps(5);
  other[3].decided_before = 1;
  const TraceDifference difference = FirstDifference(TraceOf(Steps(5)), TraceOf(other));
  EXPECT_EQ(difference.kind, DifferenceKind::kDecision);
  EXPECT_EQ(difference.number, 3u);
  EXPECT_EQ(difference.first, difference.second);
}

TEST(TraceDiff, FindsADecisionAfterTheLastRecord) {
  const TraceDifference difference =
      FirstDifference(TraceOf(Steps(2), 0, 1), TraceOf(Steps(2), 0, 2));
  EXPECT_EQ(difference.kind, DifferenceKind::kFingerprint);
}

TEST(TraceDiff, NamesADifferentSchema) {
  Schema schema;
  schema.Add({"step", DisplayRole::kPoint, {{"m", FieldType::kNumber, "", {}}}});
  Journal journal(schema);
  journal.StartTrace();
  const TraceDifference difference = FirstDifference(TraceOf(Steps(1)), journal.TraceBytes());
  EXPECT_EQ(difference.kind, DifferenceKind::kSchema);
  EXPECT_THAT(difference.what, HasSubstr("step"));
}

TEST(TraceDiff, ComparesBoundedTracesWhereTheyOverlap) {
  std::vector<Step> other = Steps(500);
  other[495].n = 7;
  const TraceDifference same_bound = FirstDifference(TraceOf(Steps(500), 400), TraceOf(other, 600));
  EXPECT_EQ(same_bound.number, 495u);
  EXPECT_EQ(same_bound.before.size(), 10u);
  const TraceDifference apart = FirstDifference(TraceOf(Steps(500), 400), TraceOf(Steps(10)));
  EXPECT_EQ(apart.kind, DifferenceKind::kNoOverlap);
}

TEST(TraceDiff, NamesTheTraceThatIsDamaged) {
  const std::string whole = TraceOf(Steps(3));
  const auto difference = DiffTraces(whole, whole.substr(0, whole.size() - 2));
  ASSERT_FALSE(difference.ok());
  EXPECT_THAT(std::string(difference.status().message()), HasSubstr("the second trace is damaged"));
}

}  // namespace
}  // namespace ww
