#include "scenarios/checks/search.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

namespace ww::checks {
namespace {

constexpr uint64_t kSteps = 100'000;

HistoryOperation PutAt(uint64_t invoked, uint64_t returned, std::string_view value,
                       std::string_view previous) {
  HistoryOperation operation;
  operation.id = invoked;
  operation.kind = HistoryKind::kPut;
  operation.argument = ValueHash::Of(value);
  operation.invoked = invoked;
  operation.returned = returned;
  operation.answer = ValueHash::Of(previous);
  return operation;
}
HistoryOperation LostPut(uint64_t invoked, std::string_view value) {
  return PutAt(invoked, HistoryOperation::kNever, value, "");
}
HistoryOperation AppendAt(uint64_t invoked, uint64_t returned, std::string_view value,
                          uint64_t length) {
  HistoryOperation operation = PutAt(invoked, returned, value, "");
  operation.kind = HistoryKind::kAppend;
  operation.length = length;
  return operation;
}
HistoryOperation GetAt(uint64_t invoked, uint64_t returned, std::string_view value) {
  HistoryOperation operation = PutAt(invoked, returned, "", value);
  operation.kind = HistoryKind::kGet;
  return operation;
}

SearchVerdict Verdict(const std::vector<HistoryOperation>& history) {
  return SearchOrder(history, kSteps).verdict;
}

TEST(ValueHash, KnowsConcatenation) {
  EXPECT_EQ(ValueHash::Of("abc").Then(ValueHash::Of("defg")), ValueHash::Of("abcdefg"));
  EXPECT_EQ(ValueHash().Then(ValueHash::Of("x")), ValueHash::Of("x"));
  EXPECT_EQ(ValueHash::Of("x").Then(ValueHash()), ValueHash::Of("x"));
  EXPECT_FALSE(ValueHash::Of(std::string(1, '\0')) == ValueHash::Of(""));
  EXPECT_FALSE(ValueHash::Of("ab") == ValueHash::Of("ba"));
}

TEST(Search, AcceptsAnEmptyHistory) { EXPECT_EQ(Verdict({}), SearchVerdict::kLinearizable); }

TEST(Search, AcceptsOneAfterTheOther) {
  EXPECT_EQ(Verdict({PutAt(1, 2, "a", ""), AppendAt(3, 4, "b", 2), GetAt(5, 6, "ab")}),
            SearchVerdict::kLinearizable);
}

TEST(Search, RefusesAStaleRead) {
  const SearchResult result =
      SearchOrder({PutAt(1, 2, "a", ""), PutAt(3, 4, "b", "a"), GetAt(5, 6, "a")}, kSteps);
  EXPECT_EQ(result.verdict, SearchVerdict::kNotLinearizable);
  EXPECT_EQ(result.stuck_id, 5U);
  EXPECT_EQ(result.explained, 2U);
}

TEST(Search, RefusesALostWrite) {
  EXPECT_EQ(Verdict({PutAt(1, 2, "a", ""), GetAt(3, 4, "")}), SearchVerdict::kNotLinearizable);
}

TEST(Search, RefusesAWriteThatHappenedTwice) {
  EXPECT_EQ(Verdict({AppendAt(1, 2, "a", 1), GetAt(3, 4, "aa")}), SearchVerdict::kNotLinearizable);
}

TEST(Search, OrdersOverlappingOperationsAsTheAnswersSay) {
  // The later call took effect first.
  EXPECT_EQ(Verdict({PutAt(1, 10, "a", "b"), PutAt(2, 9, "b", ""), GetAt(11, 12, "a")}),
            SearchVerdict::kLinearizable);
  EXPECT_EQ(Verdict({PutAt(1, 10, "a", "b"), PutAt(2, 9, "b", ""), GetAt(11, 12, "b")}),
            SearchVerdict::kNotLinearizable);
}

TEST(Search, RefusesReadsThatGoBackInTime) {
  EXPECT_EQ(Verdict({PutAt(1, 100, "a", ""), GetAt(2, 3, "a"), GetAt(4, 5, "")}),
            SearchVerdict::kNotLinearizable);
  EXPECT_EQ(Verdict({PutAt(1, 100, "a", ""), GetAt(2, 3, ""), GetAt(4, 5, "a")}),
            SearchVerdict::kLinearizable);
}

TEST(Search, LetsALostOperationHappenLaterOrNever) {
  EXPECT_EQ(Verdict({LostPut(1, "x"), PutAt(2, 3, "a", ""), GetAt(4, 5, "a"), GetAt(6, 7, "x")}),
            SearchVerdict::kLinearizable);
  EXPECT_EQ(Verdict({LostPut(1, "x"), PutAt(2, 3, "a", ""), GetAt(4, 5, "a")}),
            SearchVerdict::kLinearizable);
}

TEST(Search, LetsALostOperationHappenOnceOnly) {
  EXPECT_EQ(Verdict({LostPut(1, "x"), PutAt(2, 3, "a", "x"), PutAt(4, 5, "b", "x")}),
            SearchVerdict::kNotLinearizable);
}

TEST(Search, DoesNotLetALostOperationHappenBeforeItsCall) {
  EXPECT_EQ(Verdict({GetAt(1, 2, "x"), LostPut(3, "x")}), SearchVerdict::kNotLinearizable);
}

TEST(Search, GivesUpWithinItsBound) {
  std::vector<HistoryOperation> history;
  for (uint64_t i = 1; i <= 40; ++i) history.push_back(LostPut(i, std::to_string(i)));
  for (uint64_t i = 0; i < 20; ++i) history.push_back(GetAt(100 + 2 * i, 101 + 2 * i, "7"));
  history.push_back(GetAt(1000, 1001, "never written"));
  const SearchResult result = SearchOrder(history, 500);
  EXPECT_EQ(result.verdict, SearchVerdict::kGaveUp);
  EXPECT_LE(result.steps, 501U);
}

HistoryOperation Placed(HistoryOperation operation, uint64_t place) {
  operation.place = place;
  return operation;
}

// Twenty appends without an answer, all of which happened, in the reverse of the order of calls.
TEST(Search, IsDoneAtOnceWithTheOrderThatTheLogHas) {
  std::vector<HistoryOperation> history;
  std::string value;
  for (uint64_t i = 20; i >= 1; --i) value += fmt::format("<{}>", i);
  for (uint64_t i = 1; i <= 20; ++i) {
    HistoryOperation lost = AppendAt(i, HistoryOperation::kNever, fmt::format("<{}>", i), 0);
    history.push_back(Placed(lost, 100 - i));
  }
  history.push_back(Placed(GetAt(50, 51, value), 200));
  EXPECT_EQ(Verdict(history), SearchVerdict::kLinearizable);
  for (HistoryOperation& operation : history) operation.place = 0;
  EXPECT_EQ(SearchOrder(history, 5'000).verdict, SearchVerdict::kGaveUp);
}

TEST(Search, BelievesNoPlace) {
  // Right answers, places the wrong way round; then places that hide a stale read.
  EXPECT_EQ(Verdict({Placed(PutAt(1, 2, "a", ""), 9), Placed(GetAt(3, 4, "a"), 5)}),
            SearchVerdict::kLinearizable);
  EXPECT_EQ(Verdict({Placed(PutAt(1, 2, "a", ""), 1), Placed(PutAt(3, 4, "b", "a"), 3),
                     Placed(GetAt(5, 6, "a"), 2)}),
            SearchVerdict::kNotLinearizable);
  EXPECT_EQ(Verdict({Placed(PutAt(1, 2, "a", ""), 1), Placed(PutAt(5, 6, "b", "a"), 2),
                     Placed(GetAt(3, 4, "b"), 3)}),
            SearchVerdict::kNotLinearizable);
}

// A history made by executing operations at chosen moments is linearizable; one changed answer of
// the final read makes it not so.
TEST(Search, AgreesWithExecutedHistories) {
  rc::check([] {
    struct Step {
      uint64_t at;
      HistoryOperation operation;
      std::string value;
    };
    std::vector<Step> steps;
    const size_t count = *rc::gen::inRange<size_t>(1, 30);
    for (size_t i = 0; i < count; ++i) {
      const uint64_t invoked = *rc::gen::inRange<uint64_t>(1, 1000);
      const uint64_t effect = invoked + *rc::gen::inRange<uint64_t>(1, 200);
      const uint64_t returned = effect + *rc::gen::inRange<uint64_t>(1, 200);
      const auto kind = static_cast<HistoryKind>(*rc::gen::inRange(0, 3));
      Step step{effect, PutAt(invoked, returned, "", ""), fmt::format("<{}>", i)};
      step.operation.kind = kind;
      steps.push_back(step);
    }
    std::stable_sort(steps.begin(), steps.end(),
                     [](const Step& a, const Step& b) { return a.at < b.at; });
    std::string state;
    std::vector<HistoryOperation> history;
    for (Step& step : steps) {
      HistoryOperation& operation = step.operation;
      operation.argument = ValueHash::Of(step.value);
      operation.answer = ValueHash::Of(state);
      if (operation.kind == HistoryKind::kPut) state = step.value;
      if (operation.kind == HistoryKind::kAppend) state += step.value;
      operation.length = state.size();
      if (*rc::gen::inRange(0, 5) == 0) operation.returned = HistoryOperation::kNever;
      history.push_back(operation);
    }
    HistoryOperation last = GetAt(10'000, 10'001, state);
    history.push_back(last);
    RC_ASSERT(SearchOrder(history, kSteps).verdict != SearchVerdict::kNotLinearizable);
    const bool right_places = *rc::gen::arbitrary<bool>();
    for (size_t i = 0; i < history.size(); ++i) {
      history[i].place = right_places ? i + 1 : *rc::gen::inRange<uint64_t>(0, 40);
    }
    RC_ASSERT(SearchOrder(history, kSteps).verdict != SearchVerdict::kNotLinearizable);
    RC_ASSERT(!right_places ||
              SearchOrder(history, kSteps).verdict == SearchVerdict::kLinearizable);
    history.back().answer = ValueHash::Of(state + "!");
    RC_ASSERT(SearchOrder(history, kSteps).verdict != SearchVerdict::kLinearizable);
  });
}

}  // namespace
}  // namespace ww::checks
