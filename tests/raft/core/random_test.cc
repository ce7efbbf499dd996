// Replicas under loss, duplication, reordering, late persistence, cuts and crashes that lose what
// was not durable: the safety properties of Raft (figure 3.2) are asserted at every step, and after
// healing the cluster must agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "raft/core/sites.h"
#include "sim/base/context.h"
#include "sim/base/hash.h"
#include "tests/raft/core/change_storm.h"
#include "tests/raft/core/cluster.h"

namespace ww::raft::test {
namespace {

// Ghost state of one run, fed by effects alone.
class Safety {
 public:
  explicit Safety(Cluster& cluster) : cluster_(cluster) {}

  void Observe(ReplicaId id, const Effects& effects) {
    for (const RoleChange& change : effects.role_changes) {
      if (change.role == Role::kLeader) OnLeader(id, change.term);
    }
    if (effects.install.has_value()) OnInstall(*effects.install);
    if (effects.commit.has_value()) OnCommit(id, *effects.commit);
    for (const ReadReady& ready : effects.reads_ready) OnRead(id, ready);
    if (effects.lease.has_value()) OnLease(id, *effects.lease);
    if (effects.transfer.has_value()) OnTransfer(*effects.transfer);
  }

  // A read that is asked for now has to see all that is committed now.
  ReadContext BeginRead() {
    read_floors_.push_back(Index(committed_.size()));
    return ReadContext(read_floors_.size());
  }

  // A vote counts once it was sent; one that waited for the disk and was lost in a crash does not.
  void CheckVote(const Message& message) {
    const VoteReply* reply = std::get_if<VoteReply>(&message.body);
    if (reply == nullptr || reply->pre_vote || !reply->granted) return;
    const auto [at, fresh] = votes_.emplace(std::pair(message.from, message.term), message.to);
    ASSERT_TRUE(fresh || at->second == message.to) << "two votes of " << message.from.value;
  }

  // What a replica takes for durable is on its disk, and no write under way will change it.
  void CheckDurablePrefix(ReplicaId id) {
    Replica& replica = cluster_.replica(id);
    const RecoveredState& disk = cluster_.disk(id);
    ASSERT_LE(replica.durable_index(), disk.base.index + disk.entries.size());
    Index at = std::max(replica.first_index(), disk.base.index.next());
    for (; at <= replica.durable_index(); ++at) {
      ASSERT_TRUE(Same(replica.EntryAt(at), OnDisk(disk, at))) << id.value << " at " << at.value;
    }
    const Index changing = cluster_.FirstUnpersisted(id);
    ASSERT_TRUE(changing.none() || changing > replica.durable_index());
  }

  // Log matching (Raft 3.5): entries of one index and term have equal logs up to them.
  void CheckLogs() {
    for (const ReplicaId a : cluster_.ids()) {
      for (const ReplicaId b : cluster_.ids()) {
        if (a < b && cluster_.alive(a) && cluster_.alive(b)) CheckMatching(a, b);
      }
    }
  }

  size_t committed() const { return committed_.size(); }
  size_t leaders() const { return leaders_.size(); }
  size_t installed() const { return installed_; }
  size_t reads() const { return reads_; }
  size_t transfers() const { return transfers_; }

 private:
  struct Lease {
    ReplicaId leader;
    Term term;
    LocalTime end;
  };
  struct Committed {
    Entry entry;
    Term by;  // The term in which it was first seen committed.
  };

  void OnLeader(ReplicaId id, Term term) {
    const auto [at, fresh] = leaders_.emplace(term, id);
    ASSERT_TRUE(fresh || at->second == id) << "two leaders in term " << term.value;
    Replica& leader = cluster_.replica(id);
    for (size_t place = leader.first_index().value - 1; place < committed_.size(); ++place) {
      if (committed_[place].by >= term) continue;
      const Index index(place + 1);
      ASSERT_LE(index, leader.last_index()) << "leader " << id.value << " lacks a committed entry";
      ASSERT_TRUE(Same(leader.EntryAt(index), committed_[place].entry));
    }
  }

  void OnCommit(ReplicaId id, const CommitEffect& commit) {
    Replica& replica = cluster_.replica(id);
    // What stands below the log's beginning was seen when a snapshot covered it.
    ASSERT_LT(replica.first_index().value, committed_.size() + 2);
    for (size_t place = replica.first_index().value - 1; place < commit.index.value; ++place) {
      const Entry& entry = replica.EntryAt(Index(place + 1));
      if (place == committed_.size()) committed_.push_back({entry, replica.term()});
      ASSERT_TRUE(Same(entry, committed_[place].entry)) << "two entries at index " << place + 1;
    }
    if (!commit.leads) return;
    CheckNoLease(id, replica.term());
    ASSERT_GE(commit.counted.size(), cluster_.ids().size() / 2 + 1);
    for (const ReplicaId voter : commit.counted) CheckDurable(voter, commit.index);
  }

  // A snapshot holds what was committed, and ends with the entry that it is named after.
  void OnInstall(const LogPosition& snapshot) {
    ASSERT_LE(snapshot.index.value, committed_.size());
    ASSERT_EQ(snapshot.term, committed_[snapshot.index.value - 1].entry.term);
    ++installed_;
  }

  void OnRead(ReplicaId id, const ReadReady& ready) {
    if (ready.index.none()) return;
    ASSERT_LE(ready.context.value, read_floors_.size());
    ASSERT_GE(ready.index, read_floors_[ready.context.value - 1]) << "stale read at " << id.value;
    ++reads_;
  }

  // All clocks of these storms are one.
  void OnLease(ReplicaId id, const LeaseEffect& effect) {
    Replica& leader = cluster_.replica(id);
    ASSERT_EQ(leader.role(), Role::kLeader);
    leases_[leader.term()] = Lease{id, leader.term(), effect.end};
  }

  // Nobody commits in a later term while a leader may answer reads by itself.
  void CheckNoLease(ReplicaId id, Term term) {
    for (const auto& [lease_term, lease] : leases_) {
      if (lease_term >= term || lease.end <= cluster_.now()) continue;
      if (!cluster_.alive(lease.leader)) continue;
      Replica& holder = cluster_.replica(lease.leader);
      if (holder.role() != Role::kLeader || holder.term() != lease_term) continue;
      FAIL() << id.value << " commits in term " << term.value << " under the lease of "
             << lease.leader.value << " of term " << lease_term.value;
    }
  }

  void OnTransfer(const TransferEffect& effect) {
    if (effect.event != TransferEvent::kCompleted) return;
    ++transfers_;
    bool led = false;
    for (const auto& [term, leader] : leaders_) {
      led = led || (term > effect.term && leader == effect.target);
    }
    ASSERT_TRUE(led) << "a transfer is said to be completed, but its target never led";
  }

  // Who was counted had the entry on its disk, and nothing may have cut it since.
  void CheckDurable(ReplicaId voter, Index index) {
    const RecoveredState& disk = cluster_.disk(voter);
    if (index <= disk.base.index) return;
    ASSERT_LE(index, disk.base.index + disk.entries.size())
        << voter.value << " was counted without a copy";
    ASSERT_TRUE(Same(OnDisk(disk, index), committed_[index.value - 1].entry));
  }

  void CheckMatching(ReplicaId a, ReplicaId b) {
    Replica& left = cluster_.replica(a);
    Replica& right = cluster_.replica(b);
    bool matched = false;
    const Index first = std::max(left.first_index(), right.first_index());
    for (Index at = std::min(left.last_index(), right.last_index()); at >= first;
         at = at.previous()) {
      const bool same = Same(left.EntryAt(at), right.EntryAt(at));
      if (left.EntryAt(at).term == right.EntryAt(at).term) {
        ASSERT_TRUE(same);
        matched = true;
      }
      ASSERT_TRUE(same || !matched) << "logs differ below an equal entry at " << at.value;
    }
  }

  static const Entry& OnDisk(const RecoveredState& disk, Index index) {
    return disk.entries.at(index - disk.base.index - 1);
  }

  static bool Same(const Entry& a, const Entry& b) {
    return a.term == b.term && a.type == b.type && a.payload.view() == b.payload.view();
  }

  Cluster& cluster_;
  std::map<Term, ReplicaId> leaders_;
  std::map<std::pair<ReplicaId, Term>, ReplicaId> votes_;
  std::vector<Committed> committed_;
  size_t installed_ = 0;
  std::vector<Index> read_floors_;  // By context.
  std::map<Term, Lease> leases_;
  size_t reads_ = 0;
  size_t transfers_ = 0;
};

// One run: a stream of choices from one seed.
class Storm {
 public:
  Storm(uint64_t seed, std::vector<uint64_t> voters, ReplicaConfig config)
      : state_(Mix64(seed + 1)),
        cluster_(WithRest(config, seed), VotersOf(voters)),
        rests_(seed % 2 == 1),
        safety_(cluster_) {
    cluster_.set_persist_at_once(false);
    cluster_.set_report_late(seed % 3 == 0);
    cluster_.set_draw([this](ReplicaId) {
      return kElectionTimeout + Milliseconds(static_cast<int64_t>(Draw(1000)));
    });
    cluster_.set_observer(
        [this](ReplicaId id, const Effects& effects) { safety_.Observe(id, effects); });
  }

  void Run(size_t steps) {
    for (size_t step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) {
      Act();
      if (step % 32 == 0) safety_.CheckLogs();
    }
    Converge();
  }

  size_t committed() const { return safety_.committed(); }
  size_t leaders() const { return safety_.leaders(); }
  size_t installed() const { return safety_.installed(); }
  size_t reads() const { return safety_.reads(); }
  size_t transfers() const { return safety_.transfers(); }

 private:
  // In every other run shards rest almost as soon as they may.
  static ReplicaConfig WithRest(ReplicaConfig config, uint64_t seed) {
    if (seed % 2 == 1) config.quiet_after = config.heartbeat_interval * 2;
    return config;
  }

  uint64_t Draw(uint64_t bound) {
    state_ += 0x9e3779b97f4a7c15ULL;
    return Mix64(state_) % bound;
  }
  ReplicaId Any() {
    const std::vector<ReplicaId> ids = cluster_.ids();
    return ids[Draw(ids.size())];
  }

  void Act() {
    if (rests_ && Draw(100) == 0) return CalmDown();
    const uint64_t choice = Draw(1000);
    if (choice < 600) return OnNetwork();
    if (choice < 760) return OnDisk();
    if (choice < 840) return OnClock();
    if (choice < 945) return OnClient();
    if (choice < 980) return OnSnapshot();
    OnFault();
  }

  void OnNetwork() {
    std::vector<Message>& network = cluster_.network();
    if (network.empty()) return OnClock();
    const size_t position = Draw(3) == 0 ? Draw(network.size()) : 0;
    safety_.CheckVote(network[position]);
    const uint64_t fate = Draw(100);
    if (fate < 4) {
      network.erase(network.begin() + static_cast<ptrdiff_t>(position));
    } else if (fate < 8) {
      Message copy = network[position];
      network.push_back(std::move(copy));
    } else {
      cluster_.Deliver(position);
    }
  }

  void OnDisk() {
    const ReplicaId id = Any();
    if (!cluster_.alive(id)) return;
    if (cluster_.unpersisted(id) > 0) cluster_.Persist(id, 1 + Draw(cluster_.unpersisted(id)));
    if (cluster_.unreported(id) > 0) cluster_.Report(id, Draw(cluster_.unreported(id)));
    safety_.CheckDurablePrefix(id);
  }

  // Long enough without anything new for a shard to rest, if its leader hears everybody.
  void CalmDown() {
    for (const ReplicaId id : cluster_.ids()) {
      if (cluster_.alive(id)) cluster_.Persist(id, cluster_.unpersisted(id));
      while (cluster_.unreported(id) > 0) cluster_.Report(id, 0);
    }
    cluster_.set_persist_at_once(true);
    cluster_.Pass(Milliseconds(static_cast<int64_t>(Draw(400))), true);
    cluster_.set_persist_at_once(false);
    const ReplicaId leader = cluster_.leader();
    if (leader.none()) return;
    if (!cluster_.replica(leader).NextDeadline().never()) cluster_.ReachDeadline(leader);
    if (Draw(2) == 0) return;
    // The end of the rest overtakes its beginning.
    OnClient();
    std::vector<Message>& network = cluster_.network();
    std::reverse(network.begin(), network.end());
  }

  // Either one replica's deadline comes, however far it is, or a little time passes.
  void OnClock() {
    const ReplicaId id = Any();
    if (!cluster_.alive(id) || cluster_.replica(id).NextDeadline().never()) return;
    if (Draw(8) == 0) {
      cluster_.ReachDeadline(id);
    } else {
      cluster_.AdvanceTo(cluster_.now() + Milliseconds(static_cast<int64_t>(Draw(40))));
      cluster_.Step(id, DeadlineReached{});
    }
  }

  void OnClient() {
    const uint64_t wish = Draw(8);
    const ReplicaId any = Any();
    if (wish < 3 && cluster_.alive(any)) {
      return cluster_.Step(any, Read{safety_.BeginRead()});
    }
    if (wish == 3 && cluster_.alive(any)) {
      const ReplicaId asked = cluster_.leader().none() || Draw(8) == 0 ? any : cluster_.leader();
      return cluster_.Step(asked, Transfer{Any()});
    }
    const ReplicaId id = cluster_.leader().none() ? Any() : cluster_.leader();
    if (!cluster_.alive(id)) return;
    std::vector<std::string> payloads;
    for (uint64_t count = 1 + Draw(3); count > 0; --count) {
      payloads.push_back(fmt::format("v{}", ++proposals_));
    }
    cluster_.Propose(id, payloads);
  }

  // A snapshot is taken, or one that is under way ends, however late; its sender may be told twice.
  void OnSnapshot() {
    std::vector<Cluster::Transfer>& transfers = cluster_.transfers();
    if (!transfers.empty() && Draw(3) == 0) {
      const size_t position = Draw(transfers.size());
      if (Draw(3) == 0) transfers.push_back(transfers[position]);
      return cluster_.EndTransfer(position, {Draw(4) != 0, true});
    }
    const ReplicaId leader = cluster_.leader();
    const ReplicaId id = leader.none() || Draw(2) == 0 ? Any() : leader;
    if (!cluster_.alive(id)) return;
    Replica& replica = cluster_.replica(id);
    if (Draw(16) == 0) return cluster_.Step(id, Unreachable{Any()});
    if (cluster_.applied(id) < replica.first_index()) return;
    const uint64_t available = cluster_.applied(id) - replica.first_index() + 1;
    const Index index = replica.first_index() + Draw(available);
    const uint64_t overhead = Draw(3);
    cluster_.TakeSnapshot(id, index,
                          index.value > overhead ? Index(index.value - overhead) : Index());
  }

  void OnFault() {
    const ReplicaId id = Any();
    switch (Draw(9)) {
      case 0:
        if (cluster_.alive(id)) cluster_.Crash(id);
        return;
      case 1:
      case 2:
      case 3:
        if (!cluster_.alive(id)) cluster_.Restart(id);
        return;
      case 4:
        return cluster_.Isolate(id);
      case 5:
        if (cluster_.alive(id)) cluster_.Step(id, WakeUp{});
        return;
      default:
        return cluster_.Heal();
    }
  }

  // After healing one leader emerges and every log ends equal, all of it committed.
  void Converge() {
    cluster_.Heal();
    for (const ReplicaId id : cluster_.ids()) {
      if (!cluster_.alive(id)) cluster_.Restart(id);
      cluster_.Persist(id, cluster_.unpersisted(id));
      while (cluster_.unreported(id) > 0) cluster_.Report(id, 0);
      cluster_.Step(id, WakeUp{});
    }
    cluster_.set_report_late(false);
    cluster_.set_persist_at_once(true);
    cluster_.set_transfer_at_once(true);
    cluster_.Pass(kElectionTimeout * 20, true);
    const ReplicaId leader = cluster_.leader();
    ASSERT_FALSE(leader.none());
    cluster_.Propose(leader, {"last"});
    cluster_.Pass(kElectionTimeout, true);
    for (const ReplicaId id : cluster_.ids()) {
      ASSERT_EQ(cluster_.replica(id).last_index(), cluster_.replica(leader).last_index());
      ASSERT_EQ(cluster_.replica(id).commit(), cluster_.replica(leader).last_index());
      ASSERT_EQ(cluster_.replica(id).durable_index(), cluster_.replica(leader).last_index());
    }
    safety_.CheckLogs();
  }

  uint64_t state_;
  uint64_t proposals_ = 0;
  Cluster cluster_;
  bool rests_;
  Safety safety_;
};

ReplicaConfig NarrowConfig() {
  ReplicaConfig config = TestConfig();
  config.in_flight_entries_max = 4;
  config.in_flight_messages_max = 2;
  config.append_entries_max = 2;
  config.append_bytes_max = 6;
  config.in_flight_bytes_max = 8;
  config.reads_pending_max = 2;
  config.lease_length = Milliseconds(950);
  return config;
}

TEST(Storms, ReachEveryRareBranch) {
  RunContext run("storms");
  const RunContext::Scope scope(run);
  for (uint64_t seed = 0; seed < 1200; ++seed) {
    Storm(seed, {1, 2, 3, 4, 5}, NarrowConfig()).Run(4000);
    if (HasFatalFailure()) return;
  }
  for (uint64_t seed = 0; seed < 100; ++seed) {
    ChangeStorm(seed, {1, 2, 3}).Run(6000);
    if (HasFatalFailure()) return;
  }
  std::set<std::string_view> reached;
  for (const auto& [site, visits] : run.Reached()) reached.insert(site);
  for (const std::string_view site : kReachSites) {
    // Correct replicas never contradict each other.
    const size_t visits = site == "core.contradiction" ? 0 : 1;
    EXPECT_EQ(reached.count(site), visits) << site;
  }
}

class StormOf : public testing::TestWithParam<size_t> {};

TEST_P(StormOf, VotersStaySafeAndConverge) {
  size_t committed = 0;
  size_t leaders = 0;
  size_t installed = 0;
  size_t reads = 0;
  size_t transfers = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    std::vector<uint64_t> voters;
    for (size_t voter = 0; voter < GetParam(); ++voter) voters.push_back(3 + 7 * voter);
    Storm storm(seed * 8 + GetParam(), voters, seed % 2 == 0 ? TestConfig() : NarrowConfig());
    storm.Run(4000);
    if (HasFatalFailure()) return;
    committed += storm.committed();
    leaders += storm.leaders();
    installed += storm.installed();
    reads += storm.reads();
    transfers += storm.transfers();
  }
  // The storm is no calm: on average it changes leaders and commits.
  EXPECT_GT(committed, 150 * 10u);
  EXPECT_GT(leaders, 150 * 2u);
  // With two voters nothing commits that a follower lacks.
  if (GetParam() > 2) {
    EXPECT_GT(installed, 20u);
  }
  EXPECT_GT(reads, 150u);
  EXPECT_EQ(transfers > 0, GetParam() > 1) << transfers;
}

INSTANTIATE_TEST_SUITE_P(Sizes, StormOf, testing::Values(1, 2, 3, 4, 5, 7));

}  // namespace
}  // namespace ww::raft::test
