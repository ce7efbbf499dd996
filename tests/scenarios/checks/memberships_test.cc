// Joint memberships and witnesses: bad traces that must be seen and benign ones that must not.
#include <gtest/gtest.h>

#include "tests/scenarios/checks/expect.h"
#include "tests/scenarios/checks/trace_builder.h"

namespace ww::checks {
namespace {

// What a ConfigView borrows.
struct Members {
  std::vector<uint64_t> voters;
  std::vector<uint64_t> witnesses = {};
  std::vector<uint64_t> outgoing = {};
  std::vector<uint64_t> non_voting = {};
  std::vector<uint64_t> removed = {};
};

class View {
 public:
  explicit View(const Members& members)
      : voters_(Ids(members.voters)),
        witnesses_(Ids(members.witnesses)),
        outgoing_(Ids(members.outgoing)),
        non_voting_(Ids(members.non_voting)),
        removed_(Ids(members.removed)) {}
  ConfigView view() const { return {voters_, witnesses_, outgoing_, {}, non_voting_, removed_}; }

 private:
  static std::vector<ReplicaId> Ids(const std::vector<uint64_t>& values) {
    return {values.begin(), values.end()};
  }
  std::vector<ReplicaId> voters_;
  std::vector<ReplicaId> witnesses_;
  std::vector<ReplicaId> outgoing_;
  std::vector<ReplicaId> non_voting_;
  std::vector<ReplicaId> removed_;
};

// Replicas 1..n are the first voters, replica 1 leads term 1, and everybody holds what it appends.
class Shard {
 public:
  explicit Shard(uint64_t voters) : trace_(voters), count_(voters) {
    std::vector<uint64_t> majority;
    for (uint64_t r = 1; r <= voters / 2 + 1; ++r) majority.push_back(r);
    trace_.Elect(1, 1, majority);
    Append();
    trace_.Commit(1, last_, 1, majority);
  }

  TraceBuilder& trace() { return trace_; }
  uint64_t last() const { return last_; }

  // One entry, durable everywhere.
  void Append() {
    ++last_;
    trace_.CreateDurably(1, last_, {1});
    CopyToOthers();
  }
  void AppendConfig(const Members& members) {
    ++last_;
    trace_.CreateDurably(1, last_, {1});
    trace_.judge().On(
        ConfigAppended{TraceBuilder::Key(1), Index(last_), Term(1), true, View(members).view()});
    CopyToOthers();
  }
  // Appended, committed by `counted` and applied by its leader.
  void Change(const Members& members, const std::vector<uint64_t>& counted) {
    AppendConfig(members);
    trace_.Commit(1, last_, 1, counted);
    Apply(1, members);
  }
  void Apply(uint64_t r, const Members& members) {
    if (r != 1) trace_.Follow(r, last_, 1);
    trace_.judge().On(MembershipChanged{TraceBuilder::Key(r), Index(last_), View(members).view()});
  }
  // Another replica that comes to hold everything so far.
  void Join(uint64_t r) {
    trace_.Boot(r);
    trace_.judge().On(ReplicaCreated{TraceBuilder::Key(r), HostId(r), true});
    trace_.Start(r, 0, 0, {});
    trace_.Turn(r, 1);
    trace_.CopyDurably(r, 1, std::vector<uint64_t>(last_, 1));
    count_ = r;
  }
  void Commit(const std::vector<uint64_t>& counted) { trace_.Commit(1, last_, 1, counted); }

 private:
  void CopyToOthers() {
    for (uint64_t r = 2; r <= count_; ++r) {
      if (last_ == 1) trace_.Turn(r, 1);
      trace_.CopyDurably(r, last_, {1});
    }
  }

  TraceBuilder trace_;
  uint64_t count_;
  uint64_t last_ = 0;
};

const Members kJoint = {.voters = {1, 2, 3}, .outgoing = {1, 2, 3, 4, 5}};
const Members kWitness = {.voters = {1, 2}, .witnesses = {3}};

// --- Leaders that left ---

TEST(RoleEligible, ReportsALeaderThatGoesOnAfterItsRemoval) {
  Shard shard(3);
  shard.Change({.voters = {2, 3}, .removed = {1}}, {1, 2, 3});
  shard.Append();
  shard.Commit({2, 3});
  ExpectReports(shard.trace(), "role-eligible",
                {"replica 1 commits index 3", "no voter of its membership"});
}

// --- Joint memberships ---

TEST(JointMembership, ReportsACommitByTheIncomingHalfAlone) {
  Shard shard(5);
  shard.Change(kJoint, {1, 2, 3});
  shard.Append();
  shard.Commit({1, 2});
  ExpectReports(shard.trace(), "quorum-membership", {"replica 1"});
}

TEST(JointMembership, ReportsACommitByTheOutgoingHalfAlone) {
  Shard shard(5);
  shard.Change(kJoint, {1, 2, 3});
  shard.Append();
  shard.Commit({1, 4, 5});
  ExpectReports(shard.trace(), "quorum-membership", {"replica 1"});
}

TEST(JointMembership, AllowsACommitByBothHalvesAndToLeave) {
  Shard shard(5);
  shard.Change(kJoint, {1, 2, 3});
  shard.Append();
  shard.Commit({1, 2, 5});
  shard.Change({.voters = {1, 2, 3}, .removed = {4, 5}}, {1, 3, 4});
  shard.Append();
  shard.Commit({1, 2});
  ExpectClean(shard.trace());
}

TEST(JointMembership, ReportsALeaderThatOneHalfElected) {
  Shard shard(5);
  shard.Change(kJoint, {1, 2, 3});
  shard.Apply(2, kJoint);
  shard.trace().Elect(2, 2, {2, 3});
  ExpectReports(shard.trace(), "quorum-membership", {"replica 2"});
}

TEST(JointMembership, AllowsALeaderOfTheOutgoingHalf) {
  Shard shard(5);
  shard.Change(kJoint, {1, 2, 3});
  shard.Apply(4, kJoint);
  shard.trace().Elect(4, 2, {2, 3, 4});
  ExpectClean(shard.trace());
}

TEST(JointMembership, ReportsOneThatIsLeftForAnotherHalf) {
  Shard shard(5);
  shard.Change(kJoint, {1, 2, 3});
  shard.AppendConfig({.voters = {1, 2, 3, 4}});
  ExpectReports(shard.trace(), "config-adjacent", {"it is not the incoming half"});
}

TEST(JointMembership, ReportsAJointOneAfterAnother) {
  Shard shard(5);
  shard.Change(kJoint, {1, 2, 3});
  shard.AppendConfig({.voters = {1, 2}, .outgoing = {1, 2, 3}});
  ExpectReports(shard.trace(), "config-adjacent", {"a joint one follows a joint one"});
}

TEST(JointMembership, ReportsAnOutgoingHalfThatNeverWas) {
  Shard shard(5);
  shard.AppendConfig({.voters = {1, 2, 3}, .outgoing = {1, 2, 3, 4}});
  ExpectReports(shard.trace(), "config-adjacent", {"its outgoing half is another one"});
}

TEST(JointMembership, ReportsThatItIsLeftBeforeItWasApplied) {
  Shard shard(5);
  shard.AppendConfig(kJoint);
  shard.AppendConfig({.voters = {1, 2, 3}});
  ExpectReports(shard.trace(), "config-serialised", {"is not applied"});
}

// --- Witnesses ---

// Voters 1 and 2, and replica 3, which joined in its role and holds everything.
void AddThird(Shard& shard, const Members& members) {
  shard.Change(members, {1, 2});
  shard.Join(3);
}

TEST(WitnessMembership, AllowsAWitnessToVoteAndToCount) {
  Shard shard(2);
  AddThird(shard, kWitness);
  shard.Apply(2, kWitness);
  shard.Append();
  shard.Commit({1, 3});
  shard.trace().Elect(2, 2, {2, 3});
  ExpectClean(shard.trace());
}

TEST(WitnessMembership, ReportsAWitnessThatCampaigns) {
  Shard shard(2);
  AddThird(shard, kWitness);
  shard.Apply(3, kWitness);
  shard.trace().Become(3, Role::kPreCandidate, 1);
  ExpectReports(shard.trace(), "role-eligible", {"replica 3", "it is no voter"});
}

TEST(WitnessMembership, ReportsAWitnessThatIsHandedTheLeadership) {
  Shard shard(2);
  AddThird(shard, kWitness);
  shard.trace().judge().On(
      TransferChanged{TraceBuilder::Key(1), ReplicaId(3), Term(1), TransferEvent::kStarted, false});
  ExpectReports(shard.trace(), "role-eligible", {"replica 3", "no voter"});
}

TEST(WitnessMembership, ReportsANonVotingReplicaThatCounts) {
  Shard shard(2);
  AddThird(shard, {.voters = {1, 2}, .non_voting = {3}});
  shard.Append();
  shard.Commit({1, 3});
  ExpectReports(shard.trace(), "quorum-membership", {"counts replica 3, which is no voter"});
}

TEST(WitnessMembership, ReportsARoleThatTurnsIntoALesserOne) {
  struct Row {
    Members before;
    Members after;
  };
  for (const Row& row :
       {Row{{.voters = {1, 2, 3}}, {.voters = {1, 2}, .witnesses = {3}}},
        Row{{.voters = {1, 2, 3}}, {.voters = {1, 2}, .non_voting = {3}}},
        Row{kWitness, {.voters = {1, 2, 3}}}, Row{kWitness, {.voters = {1, 2}, .non_voting = {3}}},
        Row{{.voters = {1, 2}, .non_voting = {3}}, kWitness}}) {
    Shard shard(2);
    AddThird(shard, row.before);
    shard.AppendConfig(row.after);
    ExpectReports(shard.trace(), "config-adjacent", {"replica 3", "another role"});
  }
}

TEST(WitnessMembership, AllowsANonVotingReplicaToBePromoted) {
  Shard shard(2);
  AddThird(shard, {.voters = {1, 2}, .non_voting = {3}});
  shard.Change({.voters = {1, 2, 3}}, {1, 2});
  shard.Append();
  shard.Commit({1, 3});
  ExpectClean(shard.trace());
}

// --- Transfers while the membership changes ---

void Transfer(Shard& shard, uint64_t target, TransferEvent event) {
  shard.trace().judge().On(
      TransferChanged{TraceBuilder::Key(1), ReplicaId(target), Term(1), event, false});
}

TEST(TransferTerminates, SeesOneThatGoesOnWithoutItsTarget) {
  for (const bool at_once : {true, false}) {
    Shard shard(3);
    shard.trace().At(Seconds(5));
    Transfer(shard, 3, TransferEvent::kStarted);
    shard.Change({.voters = {1, 2}, .removed = {3}}, {1, 2});
    if (!at_once) shard.trace().At(Seconds(6));
    Transfer(shard, 3, TransferEvent::kAborted);
    if (at_once) {
      ExpectClean(shard.trace());
    } else {
      ExpectReports(shard.trace(), "transfer-terminates", {"replica 3", "no voter since"});
    }
  }
}

}  // namespace
}  // namespace ww::checks
