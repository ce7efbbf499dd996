// Bytes of states, commands and results: they come back equal, and nothing else is accepted.
#include "raft/meta/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "raft/meta/metadata.h"
#include "sim/base/bytes.h"
#include "tests/raft/meta/generators.h"

namespace ww::raft::meta {
namespace {

// A command of every kind.
std::vector<Command> EveryCommand() {
  const Stamp stamp{Term(3), Version(300)};
  const std::vector<HostMove> moves = {{HostId(1), HostId(2)}, {HostId(3), HostId(4)}};
  const MigrationId id(9);
  std::vector<Command> all = {
      Found{ClusterId(1), IdMode::kRandom, {{HostId(1), "a"}, {HostId(2), "b"}}, Seats({1, 2})},
      AddHost{{HostId(1), "a"}},
      RequestDrain{HostId(1), false},
      AdoptShard{kShard, {"a", "b"}, Seats({1, 2})},
      RequestCreateShard{kShard, {"a", ""}, 3, {HostId(1), HostId(2), HostId(3)}},
      RequestMove{kShard, Strategy::kJoint, moves},
      CancelMigration{id},
      AllocateId{kShard, ReplicaId(UINT64_MAX)},
      TakeControl{{Term(1), HostId(2)}}};
  const std::vector<ControllerAction> actions = {
      RecordDisk{HostId(1), DiskId(2)},
      RecordDeath{HostId(1), false},
      PlaceShard{kShard, {HostId(1)}, {ReplicaId(5)}},
      UnplaceShard{kShard},
      RecordShardCreated{kShard},
      RecordTransfer{kShard, ReplicaId(1)},
      PlanMigration{kShard, Strategy::kJoint, MigrationCause::kDrain, moves},
      BeginMigration{id},
      AllocateReplica{id, ReplicaId(7)},
      RecordStep{id, 1, MoveStep::kSwapped},
      GiveWay{id, 1, ReplicaId(4)},
      AbortMigration{id, AbortReason::kSourceGone},
      RecordRollback{id, RollbackStep::kStopped},
      OweCleanup{id},
      EndMigration{id},
      OweStranger{{kShard, ReplicaId(3)}, HostId(4)},
      CleanupDone{{kShard, ReplicaId(3)}}};
  const std::vector<FailoverAction> failovers = {
      TakeLock{HostId(1), CoordinatorTerm(4), 7},
      RenewLock{CoordinatorTerm(5), 8},
      RecordAppointment{{CoordinatorTerm(5), 1}, kShard, HostId(2), AppointmentCause::kSwitch},
      RecordGrant{{CoordinatorTerm(5), 2}, kShard, HostId(2), Term(9), 4'000'000'000},
      EndSwitch{{CoordinatorTerm(5), 3}, kShard, SwitchId(1), SwitchState::kLearner},
      RequestSwitch{kShard, HostId(3)}};
  EXPECT_EQ(failovers.size(), std::variant_size_v<FailoverAction>);
  EXPECT_EQ(all.size() + 2, std::variant_size_v<Command>);
  EXPECT_EQ(actions.size(), std::variant_size_v<ControllerAction>);
  for (const ControllerAction& action : actions) all.push_back(Stamped{stamp, action});
  for (const FailoverAction& action : failovers) all.push_back(Failover{action});
  return all;
}

// With everything in it: shards of all phases, migrations of all kinds, a history, cleanups.
State Rich() {
  Bench bench = ClusterWithShard(6);
  bench.Must(AdoptShard{ShardId(3), {"m", "n"}, Seats({1, 2, 3})});
  bench.Must(AdoptShard{ShardId(4), {"n", "o"}, Seats({1, 2})});
  bench.Must(RequestCreateShard{ShardId(5), {"o", "p"}, 2, {HostId(1), HostId(2)}});
  bench.Must(RequestCreateShard{ShardId(6), {"p", "q"}, 2, {}});
  bench.MustAct(PlaceShard{ShardId(6), {HostId(1), HostId(2)}, {}});
  bench.MustAct(EndMigration{Take(bench, MoveOf(1, 4), MoveStep::kDataRemoved)});
  const MigrationId owes = Take(bench, MoveOf(4, 5), MoveStep::kDeleted);
  bench.MustAct(OweCleanup{owes});
  bench.MustAct(EndMigration{owes});
  Take(bench, MoveOf(2, 6, Strategy::kJoint), MoveStep::kSwapped);
  bench.Must(RequestMove{ShardId(4), {}, {{HostId(1), HostId(3)}}});
  const MigrationId back =
      bench.Must(RequestMove{ShardId(3), {}, {{HostId(1), HostId(4)}}}).migration;
  bench.MustAct(BeginMigration{back});
  bench.MustAct(AllocateReplica{back, {}});
  bench.MustAct(AbortMigration{back, AbortReason::kTargetFenced});
  bench.MustAct(RecordRollback{back, RollbackStep::kDeleted});
  bench.MustAct(RecordTransfer{ShardId(3), ReplicaId(2)});
  bench.MustAct(RecordDeath{HostId(6)});
  bench.Must(RequestDrain{HostId(5)});
  bench.Must(Failover{TakeLock{HostId(3), {}, 0}});
  bench.Must(Failover{RenewLock{CoordinatorTerm(1), 4}});
  const RecordFence fence{CoordinatorTerm(1), 1};
  bench.Must(Failover{RecordAppointment{fence, ShardId(3), HostId(1), {}}});
  bench.Must(Failover{RecordGrant{{CoordinatorTerm(1), 2}, ShardId(3), HostId(1), Term(4), 50}});
  bench.Must(Failover{RequestSwitch{ShardId(3), HostId(2)}});
  return bench.state;
}

TEST(MetadataCodec, GivesBackEveryCommand) {
  for (const Command& command : EveryCommand()) {
    EXPECT_EQ(DecodeCommand(Encode(command)), command) << NameOf(command);
  }
}

TEST(MetadataCodec, GivesBackEveryResult) {
  const std::vector<Result> results = {
      Done{Version(3), MigrationId(7), {ReplicaId(1), ReplicaId(UINT64_MAX)}},
      Done{Version(1), {}, {}}, Refused{Refusal::kMalformed, Version(0)},
      Refused{Refusal::kNoSuchSwitch, Version(9)}};
  for (const Result& result : results) EXPECT_EQ(DecodeResult(Encode(result)), result);
}

TEST(MetadataCodec, GivesBackAStateWithItsDigest) {
  const State state = Rich();
  const std::optional<State> again = DecodeState(Encode(state));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, state);
  EXPECT_EQ(DigestOf(*again), DigestOf(state));
  EXPECT_EQ(DecodeState(Encode(State{})), State{});
}

TEST(MetadataCodec, RefusesEveryShorterAndLongerText) {
  for (const Command& command : EveryCommand()) {
    const std::string bytes = Encode(command);
    for (size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_FALSE(DecodeCommand(std::string_view(bytes).substr(0, size)).has_value())
          << NameOf(command);
    }
    ASSERT_FALSE(DecodeCommand(bytes + std::string(1, '\0')).has_value());
  }
  const std::string image = Encode(Rich());
  for (size_t size = 0; size < image.size(); ++size) {
    ASSERT_FALSE(DecodeState(std::string_view(image).substr(0, size)).has_value());
  }
  EXPECT_FALSE(DecodeState(image + std::string(1, '\0')).has_value());
}

TEST(MetadataCodec, RefusesOtherVersions) {
  std::string image = Encode(Rich());
  image[0] = 1;
  EXPECT_FALSE(DecodeState(image).has_value());
  std::string command = Encode(Command(AddHost{{HostId(1), "a"}}));
  command[0] = 2;
  EXPECT_FALSE(DecodeCommand(command).has_value());
  std::string result = Encode(Result(Done{}));
  result[0] = 2;
  EXPECT_FALSE(DecodeResult(result).has_value());
}

TEST(MetadataCodec, RefusesNumbersThatAreNotTheShortest) {
  const std::string bytes = Encode(Command(CancelMigration{MigrationId(5)}));
  ASSERT_EQ(bytes, std::string("\x01\x06\x05"));
  EXPECT_FALSE(DecodeCommand(std::string("\x01\x06\x85\x00", 4)).has_value());
}

TEST(MetadataCodec, RefusesHostileCountsWithoutAllocating) {
  ByteWriter out;
  out.Fixed8(1);
  out.Fixed8(5);  // A request to move.
  out.Varint(2);
  out.Fixed8(0);
  out.Varint(UINT64_MAX);
  EXPECT_FALSE(DecodeCommand(out.view()).has_value());
}

// Changes some bytes. What is still accepted has no defect and no other bytes.
std::string Mutated(std::string bytes) {
  const uint64_t changes = 1 + Small(3);
  for (uint64_t i = 0; i < changes; ++i) {
    const uint64_t at = Small(bytes.size());
    bytes[at] = *rc::gen::arbitrary<char>();
  }
  return bytes;
}

TEST(MetadataCodec, GivesBackWhatCoordinatorsRead) {
  const FailoverState failover = Rich().failover;
  const std::string bytes = Encode(failover);
  EXPECT_EQ(DecodeFailover(bytes), failover);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeFailover(std::string_view(bytes).substr(0, size)).has_value());
  }
  EXPECT_FALSE(DecodeFailover(bytes + "x").has_value());
  EXPECT_TRUE(rc::check([&bytes] {
    const std::string other = Mutated(bytes);
    const std::optional<FailoverState> state = DecodeFailover(other);
    if (state.has_value()) RC_ASSERT(Encode(*state) == other);
  }));
}

TEST(MetadataCodec, SurvivesAnyBytes) {
  const std::string image = Encode(Rich());
  EXPECT_TRUE(rc::check([&image] {
    const std::string bytes = Mutated(image);
    const std::optional<State> state = DecodeState(bytes);
    if (!state.has_value()) return;
    RC_ASSERT(Defect(*state).empty());
    RC_ASSERT(Encode(*state) == bytes);
  }));
  const std::vector<Command> commands = EveryCommand();
  EXPECT_TRUE(rc::check([&commands] {
    const std::string bytes = Mutated(Encode(commands[Small(commands.size())]));
    const std::optional<Command> command = DecodeCommand(bytes);
    if (command.has_value()) RC_ASSERT(Encode(*command) == bytes);
  }));
}

TEST(MetadataCodec, GivesBackAnyState) {
  EXPECT_TRUE(rc::check([] {
    const State state = AnyState(80);
    const std::optional<State> again = DecodeState(Encode(state));
    RC_ASSERT(again == state);
    RC_ASSERT(DigestOf(*again) == DigestOf(state));
  }));
}

TEST(Metadata, RefusesBytesThatAreNoCommand) {
  Metadata metadata;
  const auto refused = DecodeResult(metadata.Apply("nonsense"));
  EXPECT_EQ(refused, Result(Refused{Refusal::kMalformed, Version(0)}));
  EXPECT_EQ(metadata.state(), State{});
}

TEST(Metadata, GoesOnFromItsImage) {
  Metadata first;
  ASSERT_TRUE(first.Load(Encode(Rich())));
  Metadata second;
  ASSERT_TRUE(second.Load(first.Save()));
  EXPECT_EQ(first.digest(), second.digest());
  const std::string add = Encode(Command(AddHost{{HostId(9), "nine"}}));
  EXPECT_EQ(first.Apply(add), second.Apply(add));
  EXPECT_EQ(first.digest(), second.digest());
  EXPECT_EQ(first.Save(), second.Save());
  EXPECT_EQ(first.Query(kImageQuery), first.Save());
  EXPECT_FALSE(second.Load("nonsense"));
  EXPECT_EQ(second.state(), first.state()) << "what can't be loaded changes nothing";
}

TEST(Metadata, SaysNothingToWhoKnowsItsVersion) {
  Metadata metadata;
  ASSERT_TRUE(metadata.Load(Encode(Rich())));
  const Version version = metadata.state().version;
  EXPECT_EQ(metadata.Query(ImageUnlessAt(version)), "");
  EXPECT_EQ(metadata.Query(ImageUnlessAt(Version(version.value + 1))), metadata.Save());
  const std::string add = Encode(Command(AddHost{{HostId(9), "nine"}}));
  metadata.Apply(add);
  EXPECT_EQ(metadata.Query(ImageUnlessAt(version)), metadata.Save());
  EXPECT_EQ(metadata.Query(ImageUnlessAt(metadata.state().version)), "");
  metadata.Apply(add);
  EXPECT_EQ(metadata.Query(ImageUnlessAt(metadata.state().version)), "")
      << "what is refused makes no version";
}

TEST(Metadata, TellsPeopleWhatIsGoingOn) {
  Metadata metadata;
  ASSERT_TRUE(metadata.Load(Encode(Rich())));
  const std::string text = metadata.Query(kTextQuery);
  for (const char* line :
       {"host 6 at host-6, dead\n", "host 5 at host-5, draining\n",
        "shard 5 requested, 2 voters:", "of shard 4, request, stepwise, waiting;",
        "of shard 2, request, joint, move 1 of 1: swapped",
        "rolling back move 1 (target fenced): deleted", "owed: replica 4 of shard 2 on host 4",
        "migrations done 2, aborted 0"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

}  // namespace
}  // namespace ww::raft::meta
