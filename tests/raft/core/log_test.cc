// The log and its durable prefix.
#include "raft/core/log.h"

#include <gtest/gtest.h>

#include "tests/raft/core/lone.h"

namespace ww::raft::test {
namespace {

Log Holding(const std::vector<uint64_t>& durable, const std::vector<uint64_t>& written) {
  Log log({}, LogOf(durable));
  for (const Entry& entry : LogOf(written)) log.Append(entry);
  return log;
}

TEST(Log, OfARecoveredReplicaIsDurable) {
  const Log log({}, LogOf({1, 1, 3}));
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
  Log log({}, LogOf({1, 1, 2, 2}));
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
  const Log log({}, LogOf({1, 2}));
  EXPECT_TRUE(log.Holds(At(0, 0)));
  EXPECT_TRUE(log.Holds(At(2, 2)));
  EXPECT_FALSE(log.Holds(At(2, 1)));
  EXPECT_FALSE(log.Holds(At(3, 2)));
  EXPECT_FALSE(log.Holds(At(3, 0)));
}

TEST(Log, AgreesAtTheLatestWhereTermsAreNoHigher) {
  const Log log({}, LogOf({1, 1, 3, 3, 5}));
  EXPECT_EQ(log.LastAgreeable(At(9, 9)), At(5, 5));
  EXPECT_EQ(log.LastAgreeable(At(5, 4)), At(4, 3));
  EXPECT_EQ(log.LastAgreeable(At(4, 2)), At(2, 1));
  EXPECT_EQ(log.LastAgreeable(At(1, 5)), At(1, 1));
  EXPECT_EQ(log.LastAgreeable(At(3, 0)), At(0, 0));
}

TEST(Log, RefusesATermBelowItsLast) {
  Log log({}, LogOf({1, 3}));
  EXPECT_DEATH(log.Append(Entry{Term(2), EntryType::kEmpty, {}}), "CHECK failed");
  EXPECT_DEATH(Log({}, LogOf({3, 1})), "CHECK failed");
}

TEST(Log, BehindASnapshotKnowsTheTermOfItsBaseAndNothingBelow) {
  const Log log(At(5, 2), LogOf({2, 3}));
  EXPECT_EQ(log.first(), Index(6));
  EXPECT_EQ(log.last_position(), At(7, 3));
  EXPECT_EQ(log.durable(), Index(7));
  EXPECT_TRUE(log.Holds(At(5, 2)));
  EXPECT_FALSE(log.Holds(At(5, 1)));
  EXPECT_FALSE(log.Holds(At(4, 2))) << "nobody can tell";
  EXPECT_FALSE(log.Holds(At(0, 0)));
  EXPECT_DEATH(log.TermAt(Index(4)), "CHECK failed");
  EXPECT_DEATH(log.At(Index(5)), "CHECK failed");
}

TEST(Log, WithoutEntriesEndsAtItsBase) {
  Log log(At(5, 2), {});
  EXPECT_EQ(log.last_position(), At(5, 2));
  EXPECT_TRUE(log.IsUpToDate(At(5, 2)));
  EXPECT_FALSE(log.IsUpToDate(At(9, 1)));
  EXPECT_DEATH(log.Append(Entry{Term(1), EntryType::kEmpty, {}}), "CHECK failed");
}

TEST(Log, KeepsWhatFollowsACompaction) {
  Log log({}, LogOf({1, 1, 2, 3}));
  log.CompactTo(Index(2));
  EXPECT_EQ(log.base(), At(2, 1));
  EXPECT_EQ(log.At(Index(3)).term, Term(2));
  EXPECT_EQ(log.last_position(), At(4, 3));
  log.CompactTo(Index(2));
  log.CompactTo(Index(4));
  EXPECT_EQ(log.base(), At(4, 3));
  EXPECT_EQ(log.last_position(), At(4, 3));
  EXPECT_DEATH(log.CompactTo(Index(3)), "CHECK failed");
  EXPECT_DEATH(log.CompactTo(Index(5)), "CHECK failed");
}

TEST(Log, CutBackToItsBaseHasTheBasesTerm) {
  Log log(At(5, 2), LogOf({3, 3}));
  log.CutFrom(Index(6));
  EXPECT_EQ(log.last_position(), At(5, 2));
  EXPECT_EQ(log.durable(), Index(5));
}

TEST(Log, IsDurableAsFarAsTheSnapshotThatCompactedIt) {
  Log log = Holding({1}, {1, 1, 1});
  log.CompactTo(Index(3));
  EXPECT_EQ(log.durable(), Index(3)) << "the snapshot covers it, whatever became of the entries";
}

TEST(Log, ReplacedByASnapshotIsNotDurableBeforeItsRecordIs) {
  Log log(At(2, 1), LogOf({1, 2, 2, 2}));
  log.ReplaceBy(At(5, 3));
  EXPECT_EQ(log.last_position(), At(5, 3));
  EXPECT_EQ(log.first(), Index(6));
  EXPECT_EQ(log.durable(), Index(2)) << "a crash may still bring back the old log";
  EXPECT_FALSE(log.ConfirmDurable(At(5, 3))) << "an entry that was cut, not the snapshot";
  EXPECT_TRUE(log.ConfirmBase(At(5, 3)));
  EXPECT_EQ(log.durable(), Index(5));
  EXPECT_FALSE(log.ConfirmBase(At(5, 3)));
}

TEST(Log, TakesNoConfirmationOfASnapshotThatALaterOneReplaced) {
  Log log({}, LogOf({1}));
  log.ReplaceBy(At(5, 3));
  log.ReplaceBy(At(9, 3));
  EXPECT_FALSE(log.ConfirmBase(At(5, 3)));
  EXPECT_EQ(log.durable(), Index());
  EXPECT_TRUE(log.ConfirmBase(At(9, 3)));
}

TEST(Log, DoubtsEntriesWrittenAgainBehindASnapshotThatReplacedThem) {
  Log log({}, LogOf({1}));
  for (const Entry& entry : LogOf({2, 2})) log.Append(entry);  // Being written: 2@2, 3@2.
  log.ReplaceBy(At(2, 1));
  log.Append(Entry{Term(2), EntryType::kCommand, {}});
  EXPECT_FALSE(log.ConfirmDurable(At(3, 2))) << "it may be the first write, which is void";
  log.Append(Entry{Term(3), EntryType::kEmpty, {}});
  EXPECT_TRUE(log.ConfirmDurable(At(4, 3)));
}

TEST(Log, HasNoDoubtBehindASnapshotThatReachesBeyondAllThatWasWritten) {
  Log log({}, LogOf({1}));
  for (const Entry& entry : LogOf({2, 2})) log.Append(entry);
  log.ReplaceBy(At(3, 1));
  log.Append(Entry{Term(2), EntryType::kCommand, {}});
  EXPECT_TRUE(log.ConfirmDurable(At(4, 2)));
}

TEST(Log, IsNeverReplacedByWhatItHolds) {
  Log log(At(2, 1), LogOf({1, 2}));
  EXPECT_DEATH(log.ReplaceBy(At(4, 2)), "CHECK failed");
  EXPECT_DEATH(log.ReplaceBy(At(2, 1)), "CHECK failed");
  EXPECT_DEATH(log.ReplaceBy(At(1, 1)), "CHECK failed");
}

TEST(Log, AgreesBelowItsBaseAtAnUnknownPlaceNotAboveTheBound) {
  const Log log(At(5, 3), LogOf({3, 4}));
  EXPECT_EQ(log.LastAgreeable(At(9, 9)), At(7, 4));
  EXPECT_EQ(log.LastAgreeable(At(9, 3)), At(6, 3));
  EXPECT_EQ(log.LastAgreeable(At(5, 3)), At(5, 3));
  EXPECT_EQ(log.LastAgreeable(At(6, 2)).index, Index(4));
  EXPECT_EQ(log.LastAgreeable(At(3, 9)).index, Index(3));
}

}  // namespace
}  // namespace ww::raft::test
