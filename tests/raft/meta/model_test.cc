// Random commands against a naive record of what was answered: what must hold of any sequence.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>
#include <utility>

#include "raft/meta/metadata.h"
#include "tests/raft/meta/generators.h"

namespace ww::raft::meta {
namespace {

// The order of steps once more, written down by hand.
constexpr MoveStep kStepwise[] = {MoveStep::kAdded,    MoveStep::kStarted,    MoveStep::kCaughtUp,
                                  MoveStep::kPromoted, MoveStep::kHandedOver, MoveStep::kDeleted,
                                  MoveStep::kStopped,  MoveStep::kDataRemoved};
constexpr MoveStep kJoint[] = {MoveStep::kAdded,      MoveStep::kStarted, MoveStep::kCaughtUp,
                               MoveStep::kHandedOver, MoveStep::kSwapped, MoveStep::kStopped,
                               MoveStep::kDataRemoved};

// What was promised so far, from commands and answers alone.
class Witness {
 public:
  explicit Witness(uint64_t version) : version_(version) {}

  void Saw(const Command& command, const Result& result) {
    const auto* done = std::get_if<Done>(&result);
    if (const auto* stamped = std::get_if<Stamped>(&command)) SawStamp(stamped->stamp, result);
    if (done == nullptr) return;
    if (const auto* failover = std::get_if<Failover>(&command)) {
      RC_ASSERT(done->version.value == version_);
      return std::visit([this](const auto& action) { Coordinated(action); }, failover->action);
    }
    RC_ASSERT(done->version.value == ++version_);
    if (const auto* control = std::get_if<TakeControl>(&command)) {
      RC_ASSERT(control->controller.term > term_);
      term_ = control->controller.term;
    }
    if (const auto* request = std::get_if<RequestMove>(&command)) {
      Began(*done, request->shard, request->strategy);
    } else if (const auto* adopt = std::get_if<AdoptShard>(&command)) {
      for (const Seat& seat : adopt->members) Used(adopt->shard, seat.replica);
    } else if (const auto* id = std::get_if<AllocateId>(&command)) {
      Handed(id->shard, *done, 1);
    } else if (const auto* cancel = std::get_if<CancelMigration>(&command)) {
      Aborted(cancel->migration);
    } else if (const auto* stamped = std::get_if<Stamped>(&command)) {
      std::visit([&](const auto& action) { Acted(action, *done); }, stamped->action);
    }
  }

  void Term1() { term_ = Term(1); }
  void Used(ShardId shard, ReplicaId replica) { RC_ASSERT(used_[shard].insert(replica).second); }
  size_t live() const { return live_.size(); }

 private:
  struct Seen {
    ShardId shard;
    Strategy strategy = Strategy::kStepwise;
    size_t step = 0;  // In the tables above.
    bool begun = false;
    bool allocated = false;
    bool aborting = false;
  };

  void SawStamp(const Stamp& stamp, const Result& result) {
    const bool good = stamp.term == term_ && stamp.expected.value == version_;
    if (!good) RC_ASSERT(std::holds_alternative<Refused>(result));
  }
  void Coordinated(const TakeLock&) {
    ++coordinator_;
    renewals_ = records_ = 0;
  }
  void Coordinated(const RenewLock& renew) {
    RC_ASSERT(renew.term.value == coordinator_);
    RC_ASSERT(renew.renewal > std::exchange(renewals_, renew.renewal));
  }
  void Coordinated(const RequestSwitch&) {}
  template <class Record>
  void Coordinated(const Record& record) {
    RC_ASSERT(record.fence.term.value == coordinator_);
    RC_ASSERT(record.fence.number > std::exchange(records_, record.fence.number));
  }
  void Handed(ShardId shard, const Done& done, size_t count) {
    RC_ASSERT(done.replicas.size() == count);
    for (const ReplicaId replica : done.replicas) Used(shard, replica);
  }
  void Began(const Done& done, ShardId shard, Strategy strategy) {
    RC_ASSERT(done.migration.value == ++migrations_);
    for (const auto& [id, seen] : live_) RC_ASSERT(seen.shard != shard);
    live_[done.migration] = Seen{shard, strategy};
  }
  void Aborted(MigrationId id) {
    Seen& seen = live_.at(id);
    RC_ASSERT(!seen.aborting);
    seen.aborting = true;
    if (!seen.begun) live_.erase(id);
  }

  void Acted(const PlanMigration& plan, const Done& done) {
    Began(done, plan.shard, plan.strategy);
  }
  void Acted(const BeginMigration& begin, const Done&) {
    RC_ASSERT(!live_.at(begin.migration).begun);
    live_.at(begin.migration).begun = true;
  }
  void Acted(const AllocateReplica& allocate, const Done& done) {
    Seen& seen = live_.at(allocate.migration);
    RC_ASSERT(seen.begun && !seen.allocated && !seen.aborting);
    seen.allocated = true;
    Handed(seen.shard, done, 1);
  }
  void Acted(const RecordStep& record, const Done&) {
    Seen& seen = live_.at(record.migration);
    RC_ASSERT(seen.allocated);
    const bool joint = seen.strategy == Strategy::kJoint;
    if (seen.aborting) {  // A swap that won.
      RC_ASSERT(joint && record.step == MoveStep::kSwapped && seen.step < 5);
      seen.aborting = false;
      seen.step = 5;
      return;
    }
    RC_ASSERT(record.step == (joint ? kJoint[seen.step] : kStepwise[seen.step]));
    ++seen.step;
    if (record.step == MoveStep::kDataRemoved) NextMove(seen);
  }
  void Acted(const OweCleanup& owe, const Done&) {
    Seen& seen = live_.at(owe.migration);
    if (!seen.aborting) NextMove(seen);
  }
  void Acted(const AbortMigration& abort, const Done&) { Aborted(abort.migration); }
  void Acted(const EndMigration& end, const Done&) { RC_ASSERT(live_.erase(end.migration) == 1); }
  void Acted(const PlaceShard& place, const Done& done) {
    Handed(place.shard, done, place.hosts.size());
  }
  template <class Other>
  void Acted(const Other&, const Done&) {}

  static void NextMove(Seen& seen) {
    seen.step = 0;
    seen.allocated = false;
  }

  uint64_t version_;
  uint64_t coordinator_ = 0;  // The term of the last that took the lock.
  uint64_t renewals_ = 0;
  uint64_t records_ = 0;
  Term term_;
  uint64_t migrations_ = 0;
  std::map<ShardId, std::set<ReplicaId>> used_;
  std::map<MigrationId, Seen> live_;  // Waiting and begun.
};

TEST(AnyCommands, KeepWhatWasPromised) {
  EXPECT_TRUE(rc::check([] {
    Bench bench = Cluster(5, Small(2) == 0 ? IdMode::kIncreasing : IdMode::kRandom);
    Metadata other;
    RC_ASSERT(other.Load(Encode(bench.state)));
    Witness witness(bench.state.version.value);
    witness.Term1();
    for (const Seat& seat : Seats({1, 2, 3})) witness.Used(kMetadataShard, seat.replica);
    for (uint64_t i = 0, count = Small(200); i < count; ++i) {
      const Command command = AnyCommand(bench.state);
      const State before = bench.state;
      const Result result = Apply(bench.state, command);
      RC_ASSERT(Defect(bench.state) == "");
      if (std::holds_alternative<Refused>(result)) RC_ASSERT(bench.state == before);
      witness.Saw(command, result);
      RC_ASSERT(witness.live() == bench.state.migrations.size());
      RC_ASSERT(other.Apply(Encode(command)) == Encode(result));
      RC_ASSERT(other.digest() == DigestOf(bench.state));
    }
    RC_ASSERT(other.Save() == Encode(bench.state));
  }));
}

// Otherwise the property above says little.
TEST(AnyCommands, ReachEveryKindOfEnd) {
  uint64_t done = 0;
  uint64_t aborted = 0;
  uint64_t owed = 0;
  EXPECT_TRUE(rc::check([&] {
    const State state = AnyState(1000);
    done += state.migrations_done;
    aborted += state.migrations_aborted;
    owed += state.owed.size();
  }));
  EXPECT_GT(done, 0u);
  EXPECT_GT(aborted, 0u);
  EXPECT_GT(owed, 0u);
}

}  // namespace
}  // namespace ww::raft::meta
