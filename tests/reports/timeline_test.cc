#include "reports/timeline.h"

#include <gtest/gtest.h>

#include "sim/trace/journal.h"
#include "sim/trace/schema.h"

namespace ww::reports {
namespace {

struct Kinds {
  KindId hidden;
  KindId shown;
};

Kinds AddKinds(Schema& schema) {
  Kinds kinds;
  kinds.hidden =
      schema.Add({"toy.hidden", DisplayRole::kHidden, {{"n", FieldType::kNumber, "", {}}}});
  kinds.shown = schema.Add({"toy.shown", DisplayRole::kPoint, {{"n", FieldType::kNumber, "", {}}}});
  return kinds;
}

TEST(Timeline, ShowsTheNewestEventsEachInTheColumnOfItsHost) {
  Schema schema;
  const Kinds kinds = AddKinds(schema);
  Journal journal(schema);
  journal.StartTrace();
  for (uint64_t i = 1; i <= 5; ++i) {
    journal.Record(kinds.shown, TrueTime{static_cast<int64_t>(i)}, HostId(1 + i % 2), i);
    journal.Record(kinds.hidden, TrueTime{static_cast<int64_t>(i)}, HostId(3), i);
  }
  const absl::StatusOr<std::string> text = RenderTimeline(journal.TraceBytes(), {2, 16});
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text,
            "            time | h1            | h2           \n"
            "    0.000000004s | toy.shown n=4\n"
            "    0.000000005s |               | toy.shown n=5\n");
}

TEST(Timeline, CutsWhatIsWiderThanAColumnMayBe) {
  Schema schema;
  const Kinds kinds = AddKinds(schema);
  Journal journal(schema);
  journal.StartTrace();
  journal.Record(kinds.shown, TrueTime{1}, HostId(1), uint64_t{123456789});
  const absl::StatusOr<std::string> text = RenderTimeline(journal.TraceBytes(), {2, 12});
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_NE(text->find("| toy.shown n~\n"), std::string::npos) << *text;
}

TEST(Timeline, RefusesADamagedTrace) { EXPECT_FALSE(RenderTimeline("no trace", {}).ok()); }

}  // namespace
}  // namespace ww::reports
