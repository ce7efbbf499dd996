#include "raft/store/moving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/raft/log_image.h"

namespace ww::raft {
namespace {

// A log of segments as one replica's host writes it, beside what it should say.
class SegmentedLog {
 public:
  SegmentedLog() { model.who = kReplica; }

  void Write(const LogRecord& record) {
    RC_ASSERT(model.Take(record).empty());
    standing_.Note(record);
    segments_.back().push_back(record);
  }
  void Roll() { segments_.emplace_back(); }
  // Moves what counts of the oldest segment to the end and drops the segment.
  bool DropOldest() {
    if (segments_.size() < 2) return false;
    const PresentState present{model.hard_state, model.commit, model.base.index.next(),
                               model.last(), [this](Index index) -> const Entry& {
                                 return model.entries[index - model.base.index - 1];
                               }};
    MovedRecords moved;
    moved.bytes_max = UINT64_MAX;
    for (const InSegment& in : ByReplica(segments_.front())) {
      RC_ASSERT(MovePresent(in, present, standing_.Find(kReplica), moved));
    }
    // Each may become durable in a batch of its own, and a crash may come between any two.
    for (const LogRecord& record : moved.records) {
      Write(record);
      Verify();
    }
    segments_.erase(segments_.begin());
    dropped_ = true;
    return true;
  }
  // Reads what is left, from the beginning.
  void Verify() const {
    RecoveredReplica read;
    read.who = kReplica;
    for (const std::vector<LogRecord>& segment : segments_) {
      for (const LogRecord& record : segment) {
        read.partial = dropped_;
        RC_ASSERT(read.Take(record).empty());
      }
    }
    RC_ASSERT(read.Wrong().empty());
    RC_ASSERT(read.hard_state == model.hard_state);
    RC_ASSERT(read.base == model.base);
    RC_ASSERT(read.snapshot == model.snapshot);
    RC_ASSERT(read.commit == model.commit);
    RC_ASSERT(PayloadsOf({read}) == PayloadsOf({model}));
    RC_ASSERT(read.bootstrap.has_value() == model.bootstrap.has_value());
    RC_ASSERT(read.destroyed == model.destroyed);
  }

  RecoveredReplica model;

 private:
  std::vector<std::vector<LogRecord>> segments_{{}};
  StandingRecords standing_;
  bool dropped_ = false;
};

// A legal next record, by what the log says so far.
LogRecord NextRecord(const RecoveredReplica& model, uint64_t term, uint8_t kind, uint8_t number) {
  const uint64_t last = model.last().value;
  const uint64_t commit = model.commit.value;
  if (kind % 8 < 4) {
    LogRecord record =
        EntriesOf(commit + 1 + number % (last - commit + 1), term, {std::to_string(term), "x"});
    std::get<EntriesRecord>(record.body).commit = Index(commit);
    return record;
  }
  if (kind % 8 == 4 && last > commit) {
    return {kReplica, CommitRecord{Index(commit + 1 + number % (last - commit))}};
  }
  if (kind % 8 == 5 && commit > model.snapshot.index.value) {
    const Index base = model.base.index + number % (commit - model.base.index.value + 1);
    return {kReplica,
            SnapshotRecord{
                {model.commit, model.TermAt(model.commit)}, {base, model.TermAt(base)}, false}};
  }
  if (kind % 8 == 6) {
    const LogPosition position{Index(commit + 1 + number % 9), Term(term)};
    return {kReplica, SnapshotRecord{position, position, true}};
  }
  if (number % 7 == 0) return {kReplica, BootstrapRecord{true, 1, {}}};
  return HardStateOf(term, 0);
}

RC_GTEST_PROP(Moving, WhatIsLeftOfALogSaysWhatAllOfItSaid,
              (const std::vector<std::pair<uint8_t, uint8_t>>& steps)) {
  SegmentedLog log;
  uint64_t term = 1;
  for (const auto& [kind, number] : steps) {
    if (kind % 16 == 15) {
      log.Roll();
    } else if (kind % 16 == 14) {
      log.DropOldest();
    } else {
      log.Write(NextRecord(log.model, ++term, kind, number));
    }
    log.Verify();
  }
}

// Entries behind the base were in the dropped segment, and were cut: what is left first goes on
// behind them and then begins at the base.
TEST(Moving, TheBaseIsStillKnownWhenWhatFollowedItIsGone) {
  SegmentedLog log;
  log.Write(EntriesOf(1, 1, {"a", "b"}));
  log.Roll();
  log.Write({kReplica, SnapshotRecord{{Index(1), Term(1)}, {Index(1), Term(1)}, false}});
  log.Write(EntriesOf(3, 2, {"c"}));
  log.Write(EntriesOf(2, 3, {"B"}));
  ASSERT_TRUE(log.DropOldest());
  log.Verify();
  EXPECT_EQ(log.model.base, (LogPosition{Index(1), Term(1)}));
}

TEST(Moving, ASnapshotIsNotForgottenForEntriesThatWereCut) {
  SegmentedLog log;
  log.Write(EntriesOf(1, 1, {"a", "b"}));
  log.Roll();
  log.Write(EntriesOf(3, 2, {"c"}));
  log.Write({kReplica, SnapshotRecord{{Index(1), Term(1)}, {Index(1), Term(1)}, false}});
  log.Write(EntriesOf(2, 3, {"B"}));
  ASSERT_TRUE(log.DropOldest());
  log.Verify();
  EXPECT_EQ(log.model.snapshot, (LogPosition{Index(1), Term(1)}));
}

TEST(Moving, MovesNothingOfWhatWasCutOrCompacted) {
  RecoveredReplica model;
  model.who = kReplica;
  const std::vector<LogRecord> old = {EntriesOf(1, 1, {"a", "b", "c"})};
  StandingRecords standing;
  for (const LogRecord& record :
       {old[0], EntriesOf(3, 2, {"C", "D"}), LogRecord{kReplica, CommitRecord{Index(4)}},
        LogRecord{kReplica, SnapshotRecord{{Index(4), Term(2)}, {Index(2), Term(1)}, false}}}) {
    ASSERT_EQ(model.Take(record), "");
    standing.Note(record);
  }
  const PresentState present{
      model.hard_state, Index(), model.base.index.next(), model.last(),
      [&model](Index index) -> const Entry& { return model.entries[index.value - 3]; }};
  MovedRecords moved;
  moved.bytes_max = 1000;
  ASSERT_TRUE(MovePresent(ByReplica(old)[0], present, standing.Find(kReplica), moved));
  EXPECT_TRUE(moved.records.empty());
}

TEST(Moving, RefusesWhatIsTooMuch) {
  const std::vector<LogRecord> old = {EntriesOf(1, 1, {std::string(600, 'a'), "b"})};
  const auto& run = std::get<EntriesRecord>(old[0].body);
  const PresentState present{{}, Index(), Index(1), Index(2), [&run](Index index) -> const Entry& {
                               return run.entries[index.value - 1];
                             }};
  MovedRecords moved;
  moved.bytes_max = 600;
  EXPECT_FALSE(MovePresent(ByReplica(old)[0], present, nullptr, moved));
  moved.bytes_max = 800;
  EXPECT_TRUE(MovePresent(ByReplica(old)[0], present, nullptr, moved));
}

}  // namespace
}  // namespace ww::raft
