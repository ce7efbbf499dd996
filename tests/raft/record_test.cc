#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "raft/store/recovered_replica.h"
#include "tests/raft/log_image.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

LogPosition At(uint64_t index, uint64_t term) { return {Index(index), Term(term)}; }
LogRecord CommitOf(uint64_t index) { return {kReplica, CommitRecord{Index(index)}}; }
LogRecord SnapshotOf(LogPosition position, LogPosition base, bool resets = false) {
  return {kReplica, SnapshotRecord{position, base, resets}};
}
LogRecord WithCommit(LogRecord record, uint64_t commit) {
  std::get<EntriesRecord>(record.body).commit = Index(commit);
  return record;
}

// One of each kind.
std::vector<LogRecord> AllKinds() {
  return {HardStateOf(3, 71),
          WithCommit(EntriesOf(4, 3, {"one", "", "three"}), 3),
          CommitOf(9),
          SnapshotOf(At(8, 3), At(5, 2)),
          SnapshotOf(At(8, 3), At(8, 3), true),
          {kReplica, BootstrapRecord{false, 2, Payload::Copy("members")}},
          {kReplica, BootstrapRecord{true, 0, {}}},
          {kReplica, TombstoneRecord{}},
          {kReplica, DataRemovedRecord{}}};
}

std::string BytesOf(const LogRecord& record) {
  ByteWriter out;
  EncodeRecord(record, out);
  EXPECT_EQ(out.size(), EncodedSize(record));
  return out.Take();
}

TEST(LogRecord, EveryKindDecodesToBytesThatAreTheSame) {
  for (const LogRecord& record : AllKinds()) {
    const std::string bytes = BytesOf(record);
    ByteReader in(bytes);
    const std::optional<LogRecord> back = DecodeRecord(in);
    ASSERT_TRUE(back.has_value()) << static_cast<int>(KindOf(record));
    EXPECT_EQ(in.remaining(), 0u);
    EXPECT_EQ(KindOf(*back), KindOf(record));
    EXPECT_EQ(BytesOf(*back), bytes);
  }
}

TEST(LogRecord, NoKindDecodesFromAPrefixOrWithSomethingLeftOver) {
  for (const LogRecord& record : AllKinds()) {
    const std::string bytes = BytesOf(record);
    for (size_t size = 0; size < bytes.size(); ++size) {
      ByteReader part(std::string_view(bytes).substr(0, size));
      EXPECT_FALSE(DecodeRecord(part).has_value());
    }
    std::string longer = bytes + '\0';
    longer[0] = static_cast<char>(longer.size());
    ByteReader in(longer);
    EXPECT_FALSE(DecodeRecord(in).has_value()) << static_cast<int>(KindOf(record));
  }
}

TEST(LogRecord, RefusesWhatNoEngineWrites) {
  const auto refused = [](const LogRecord& record, size_t at, char byte) {
    std::string bytes = BytesOf(record);
    bytes[kRecordHeaderBytes + at] = byte;
    ByteReader in(bytes);
    return !DecodeRecord(in).has_value();
  };
  EXPECT_TRUE(refused(CommitOf(9), 0, 0)) << "a commit of nothing";
  EXPECT_TRUE(refused(SnapshotOf(At(8, 3), At(5, 2)), 16, 9)) << "a base beyond the snapshot";
  EXPECT_TRUE(refused(SnapshotOf(At(8, 3), At(5, 2)), 24, 4)) << "a base of a later term";
  EXPECT_TRUE(refused(SnapshotOf(At(8, 3), At(5, 2)), 32, 1)) << "a reset that keeps a part";
  EXPECT_TRUE(refused(SnapshotOf(At(8, 3), At(8, 3)), 32, 2)) << "a flag that is none";
  EXPECT_TRUE(refused(SnapshotOf(At(8, 3), At(8, 3)), 0, 0)) << "a snapshot of nothing";
  EXPECT_TRUE(refused({kReplica, BootstrapRecord{}}, 5, 1)) << "a role that is none";
}

RC_GTEST_PROP(LogRecord, NeverCrashesOnDamagedBytes, (const std::vector<uint16_t>& places)) {
  for (const LogRecord& record : AllKinds()) {
    std::string bytes = BytesOf(record);
    for (const uint16_t place : places) {
      char& byte = bytes[place % bytes.size()];
      byte = static_cast<char>(byte + 1 + place / 256);
    }
    ByteReader in(bytes);
    const std::optional<LogRecord> back = DecodeRecord(in);
    if (!back.has_value()) continue;
    RC_ASSERT(in.offset() <= bytes.size());
    RC_ASSERT(BytesOf(*back) == bytes.substr(0, in.offset()));
  }
}

// --- What records mean ---

RecoveredReplica Fold(const std::vector<LogRecord>& records) {
  RecoveredReplica replica;
  replica.who = kReplica;
  for (const LogRecord& record : records) EXPECT_THAT(replica.Take(record), IsEmpty());
  EXPECT_THAT(replica.Wrong(), IsEmpty());
  return replica;
}
std::string WrongWith(const std::vector<LogRecord>& records) {
  RecoveredReplica replica;
  replica.who = kReplica;
  for (const LogRecord& record : records) {
    if (const std::string_view wrong = replica.Take(record); !wrong.empty()) {
      return std::string(wrong);
    }
  }
  return std::string(replica.Wrong());
}
std::vector<std::string> Payloads(const RecoveredReplica& replica) { return PayloadsOf({replica}); }

TEST(RecoveredReplica, TheHighestCommitIndexCounts) {
  const auto replica = Fold({EntriesOf(1, 1, {"a", "b", "c"}), CommitOf(2),
                             WithCommit(EntriesOf(4, 1, {"d"}), 3), CommitOf(1)});
  EXPECT_EQ(replica.commit, Index(3));
}

TEST(RecoveredReplica, ASnapshotKeepsTheEntriesAfterItsBase) {
  const auto replica =
      Fold({EntriesOf(1, 1, {"a", "b", "c", "d"}), SnapshotOf(At(3, 1), At(1, 1))});
  EXPECT_EQ(replica.base, At(1, 1));
  EXPECT_EQ(replica.snapshot, At(3, 1));
  EXPECT_EQ(replica.commit, Index(3));
  EXPECT_THAT(Payloads(replica), ElementsAre("b", "c", "d"));
}

TEST(RecoveredReplica, ASnapshotThatResetsLeavesNothingOfTheLog) {
  const auto replica = Fold(
      {EntriesOf(1, 1, {"a", "b"}), SnapshotOf(At(7, 3), At(7, 3), true), EntriesOf(8, 3, {"h"})});
  EXPECT_EQ(replica.base, At(7, 3));
  EXPECT_EQ(replica.last(), Index(8));
  EXPECT_THAT(Payloads(replica), ElementsAre("h"));
}

TEST(RecoveredReplica, AnOlderSnapshotChangesNothing) {
  const auto replica = Fold({EntriesOf(1, 1, {"a", "b", "c"}), SnapshotOf(At(3, 1), At(3, 1)),
                             SnapshotOf(At(1, 1), At(1, 1), true), SnapshotOf(At(2, 1), At(1, 1))});
  EXPECT_EQ(replica.snapshot, At(3, 1));
  EXPECT_EQ(replica.base, At(3, 1));
}

TEST(RecoveredReplica, RemovedDataLeavesTheTombstoneAlone) {
  const auto replica = Fold({HardStateOf(3, 71),
                             {kReplica, BootstrapRecord{true, 1, {}}},
                             EntriesOf(1, 1, {"a"}),
                             {kReplica, TombstoneRecord{}},
                             {kReplica, DataRemovedRecord{}},
                             {kReplica, TombstoneRecord{}}});
  EXPECT_TRUE(replica.destroyed);
  EXPECT_TRUE(replica.data_removed);
  EXPECT_FALSE(replica.bootstrap.has_value());
  EXPECT_EQ(replica.hard_state, HardState());
  EXPECT_THAT(replica.entries, IsEmpty());
}

TEST(RecoveredReplica, RefusesWhatNoEngineWrites) {
  const LogRecord abc = EntriesOf(1, 1, {"a", "b", "c"});
  EXPECT_THAT(WrongWith({abc, EntriesOf(5, 1, {"e"})}), Not(IsEmpty()));
  EXPECT_THAT(WrongWith({abc, CommitOf(4)}), Not(IsEmpty()));
  EXPECT_THAT(WrongWith({abc, CommitOf(3), EntriesOf(2, 2, {"B"})}), Not(IsEmpty()));
  EXPECT_THAT(WrongWith({abc, SnapshotOf(At(3, 2), At(3, 2))}), Not(IsEmpty()));
  EXPECT_THAT(WrongWith({abc, SnapshotOf(At(4, 1), At(4, 1))}), Not(IsEmpty()));
  EXPECT_THAT(WrongWith({{kReplica, DataRemovedRecord{}}, HardStateOf(1, 0)}), Not(IsEmpty()));
}

// Whatever a batch held, taking its repetition after it changes nothing, and so does taking the
// repetition alone.
RC_GTEST_PROP(RecoveredReplica, ARepeatedBatchSaysWhatTheBatchSaid,
              (const std::vector<std::pair<uint8_t, uint8_t>>& steps)) {
  RecoveredReplica replica;
  replica.who = kReplica;
  const std::vector<LogRecord> before = {HardStateOf(1, 71),
                                         EntriesOf(1, 1, {"1", "2", "3", "4", "5", "6"})};
  for (const LogRecord& record : before) RC_ASSERT(replica.Take(record).empty());
  const RecoveredReplica start = replica;
  std::vector<LogRecord> repeat;
  uint64_t term = 1;
  for (const auto& [kind, number] : steps) {
    LogRecord record = HardStateOf(++term, 0);
    const uint64_t last = replica.last().value;
    const uint64_t commit = replica.commit.value;
    if (kind % 5 == 1) {
      const uint64_t first = commit + 1 + number % (last - commit + 1);
      record = WithCommit(EntriesOf(first, term, {std::to_string(term), "x"}), commit);
    } else if (kind % 5 == 2 && last > commit) {
      record = CommitOf(commit + 1 + number % (last - commit));
    } else if (kind % 5 == 3 && commit > replica.snapshot.index.value) {
      const Index base = replica.base.index + number % (commit - replica.base.index.value + 1);
      record = SnapshotOf({replica.commit, replica.TermAt(replica.commit)},
                          {base, replica.TermAt(base)});
    } else if (kind % 5 == 4) {
      const LogPosition position = At(commit + 1 + number % 9, term);
      record = SnapshotOf(position, position, true);
    }
    RC_ASSERT(replica.Take(record).empty());
    AddToRepeat(record, repeat);
  }
  RC_ASSERT(replica.Wrong().empty());
  RecoveredReplica twice = replica;
  RecoveredReplica alone = start;
  for (RecoveredReplica* each : {&twice, &alone}) {
    for (const LogRecord& record : repeat) RC_ASSERT(each->Take(record).empty());
    RC_ASSERT(each->Wrong().empty());
    RC_ASSERT(each->hard_state == replica.hard_state);
    RC_ASSERT(each->base == replica.base);
    RC_ASSERT(each->snapshot == replica.snapshot);
    RC_ASSERT(each->commit == replica.commit);
    RC_ASSERT(Payloads(*each) == Payloads(replica));
  }
}

}  // namespace
}  // namespace ww::raft
