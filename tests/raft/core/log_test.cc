// The log and its durable prefix.
#include "raft/core/log.h"

#include <gtest/gtest.h>

#include "tests/raft/core/lone.h"

namespace ww::raft::test {
namespace {

Log Holding(const std::vector<uint64_t>& durable, const std::vector<uint64_t>& written) {
  Log log(LogOf(durable));
  for (const Entry& entry : LogOf(written)) log.Append(entry);
  return log;
}

TEST(Log, OfARecoveredReplicaIsDurable) {
  const Log log(LogOf({1, 1, 3}));
  EXPECT_EQ(log.durable(), Index(3));
  EXPECT_EQ(log.last_position(), At(3, 3));
}

TEST(Log, IsDurableUpToTheNewestConfirmedEntry) {
  Log log = Holding({1}, {1, 2});
  EXPECT_EQ(log.durable(), Index(1));
  EXPECT_TRUE(log.ConfirmDurable(At(3, 2)));
  EXPECT_EQ(log.durable(), Index(3));
}

TEST(Log, NeverBecomesLessDurableByALateConfirmation) {
  Log log = Holding({1}, {1, 2});
  EXPECT_TRUE(log.ConfirmDurable(At(3, 2)));
  EXPECT_FALSE(log.ConfirmDurable(At(2, 1)));
  EXPECT_EQ(log.durable(), Index(3));
}

TEST(Log, TakesNoConfirmationOfAnEntryItHasCut) {
  Log log = Holding({1}, {2, 2});
  log.CutFrom(Index(2));
  log.Append(Entry{Term(3), EntryType::kEmpty, {}});
  EXPECT_FALSE(log.ConfirmDurable(At(2, 2))) << "another term";
  EXPECT_FALSE(log.ConfirmDurable(At(3, 2))) << "beyond the end";
  EXPECT_EQ(log.durable(), Index(1));
  EXPECT_TRUE(log.ConfirmDurable(At(2, 3)));
}

TEST(Log, IsDurableBelowACutAsBefore) {
  Log log(LogOf({1, 1, 2, 2}));
  log.CutFrom(Index(3));
  EXPECT_EQ(log.durable(), Index(2));
  EXPECT_EQ(log.last_position(), At(2, 1));
}

TEST(Log, DoubtsAnEntryWrittenAgainUntilALaterTermIsDurable) {
  Log log = Holding({1}, {2});
  log.CutFrom(Index(2));
  log.Append(Entry{Term(3), EntryType::kEmpty, {}});
  log.CutFrom(Index(2));
  log.Append(Entry{Term(2), EntryType::kEmpty, {}});
  EXPECT_FALSE(log.ConfirmDurable(At(2, 2)));
  log.Append(Entry{Term(4), EntryType::kEmpty, {}});
  EXPECT_TRUE(log.ConfirmDurable(At(3, 4)));
  log.Append(Entry{Term(4), EntryType::kEmpty, {}});
  EXPECT_TRUE(log.ConfirmDurable(At(4, 4)));
}

TEST(Log, TakesNoConfirmationOfACutEntryAfterTheDoubtEnded) {
  Log log = Holding({1}, {2, 2});
  log.CutFrom(Index(2));
  log.Append(Entry{Term(3), EntryType::kEmpty, {}});
  EXPECT_TRUE(log.ConfirmDurable(At(2, 3)));
  log.Append(Entry{Term(3), EntryType::kEmpty, {}});
  EXPECT_FALSE(log.ConfirmDurable(At(3, 2)));
  EXPECT_EQ(log.durable(), Index(2));
}

TEST(Log, HoldsThePlaceBeforeItAndNothingBeyondItsEnd) {
  const Log log(LogOf({1, 2}));
  EXPECT_TRUE(log.Holds(At(0, 0)));
  EXPECT_TRUE(log.Holds(At(2, 2)));
  EXPECT_FALSE(log.Holds(At(2, 1)));
  EXPECT_FALSE(log.Holds(At(3, 2)));
  EXPECT_FALSE(log.Holds(At(3, 0)));
}

TEST(Log, AgreesAtTheLatestWhereTermsAreNoHigher) {
  const Log log(LogOf({1, 1, 3, 3, 5}));
  EXPECT_EQ(log.LastAgreeable(At(9, 9)), At(5, 5));
  EXPECT_EQ(log.LastAgreeable(At(5, 4)), At(4, 3));
  EXPECT_EQ(log.LastAgreeable(At(4, 2)), At(2, 1));
  EXPECT_EQ(log.LastAgreeable(At(1, 5)), At(1, 1));
  EXPECT_EQ(log.LastAgreeable(At(3, 0)), At(0, 0));
}

TEST(Log, RefusesATermBelowItsLast) {
  Log log(LogOf({1, 3}));
  EXPECT_DEATH(log.Append(Entry{Term(2), EntryType::kEmpty, {}}), "CHECK failed");
  EXPECT_DEATH(Log(LogOf({3, 1})), "CHECK failed");
}

}  // namespace
}  // namespace ww::raft::test
