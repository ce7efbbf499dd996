#include "tests/raft/core/change_storm.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "raft/core/electorate.h"
#include "raft/core/membership_codec.h"
#include "raft/core/metadata.h"
#include "sim/base/hash.h"

namespace ww::raft::test {

ReplicaConfig ChangeStormConfig() {
  ReplicaConfig config = TestConfig();
  config.in_flight_entries_max = 4;
  config.append_entries_max = 2;
  config.promote_lag_max = 6;
  return config;
}

ChangeStorm::ChangeStorm(uint64_t seed, const std::vector<uint64_t>& voters)
    : state_(Mix64(seed + 77)), cluster_(ChangeStormConfig(), VotersOf(voters)) {
  cluster_.set_persist_at_once(false);
  cluster_.set_apply_at_once(false);
  cluster_.set_transfer_at_once(true);
  cluster_.set_draw([this](ReplicaId) {
    return kElectionTimeout + Milliseconds(static_cast<int64_t>(Draw(1000)));
  });
  cluster_.set_observer([this](ReplicaId id, const Effects& effects) { Observe(id, effects); });
}

// --- What must hold ---

ChangeStorm::Fact ChangeStorm::FactOf(const Entry& entry, Term by) {
  if (entry.type != EntryType::kMetadata) {
    return {entry.term, entry.type, entry.payload.digest(), by};
  }
  const std::optional<Metadata> metadata = DecodeMetadata(entry.payload.view());
  return {entry.term, metadata.value().type, metadata.value().digest, by};
}

bool ChangeStorm::Same(const Fact& a, const Fact& b) {
  return a.term == b.term && a.type == b.type && a.digest == b.digest;
}

void ChangeStorm::Observe(ReplicaId id, const Effects& effects) {
  for (const RoleChange& change : effects.role_changes) {
    if (change.role == Role::kLeader) OnLeader(id, change.term);
  }
  if (effects.change_refused.has_value()) refusals_.insert(NameOf(*effects.change_refused));
  if (effects.commit.has_value()) OnCommit(id, *effects.commit);
}

void ChangeStorm::OnLeader(ReplicaId id, Term term) {
  const auto [at, fresh] = leaders_.emplace(term, id);
  ASSERT_TRUE(fresh || at->second == id) << "two leaders in term " << term.value;
  Replica& leader = cluster_.replica(id);
  ASSERT_EQ(RoleOf(leader.membership(), id), MemberRole::kVoter);
  for (size_t place = leader.first_index().value - 1; place < committed_.size(); ++place) {
    if (committed_[place].by >= term) continue;
    const Index index(place + 1);
    ASSERT_LE(index, leader.last_index()) << "leader " << id.value << " lacks a committed entry";
    ASSERT_TRUE(Same(FactOf(leader.EntryAt(index), term), committed_[place]));
  }
}

void ChangeStorm::OnCommit(ReplicaId id, const CommitEffect& commit) {
  Replica& replica = cluster_.replica(id);
  for (size_t place = replica.first_index().value - 1; place < commit.index.value; ++place) {
    const Fact fact = FactOf(replica.EntryAt(Index(place + 1)), replica.term());
    if (place == committed_.size()) {
      committed_.push_back(fact);
      changes_ += fact.type == EntryType::kMembership ? 1 : 0;
    }
    ASSERT_TRUE(Same(fact, committed_[place])) << "two entries at index " << place + 1;
  }
  if (!commit.leads) return;
  for (const ReplicaId voter : commit.counted) {
    const RecoveredState& disk = cluster_.disk(voter);
    if (commit.index <= disk.base.index) continue;
    ASSERT_LE(commit.index, disk.base.index + disk.entries.size()) << "counted without a copy";
    const Entry& copy = disk.entries[commit.index - disk.base.index - 1];
    ASSERT_TRUE(Same(FactOf(copy, Term()), committed_[commit.index.value - 1]));
  }
}

// --- What happens ---

uint64_t ChangeStorm::Draw(uint64_t bound) {
  state_ += 0x9e3779b97f4a7c15ULL;
  return Mix64(state_) % bound;
}

ReplicaId ChangeStorm::Any() {
  std::vector<ReplicaId> ids = cluster_.ids();
  std::erase_if(ids, [this](ReplicaId id) { return retired_.count(id) > 0; });
  return ids[Draw(ids.size())];
}

void ChangeStorm::Run(size_t steps) {
  for (size_t step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) Act();
  if (!testing::Test::HasFatalFailure()) Converge();
}

void ChangeStorm::Act() {
  const uint64_t choice = Draw(1000);
  if (choice < 600) return OnNetwork();
  const ReplicaId id = Any();
  if (choice >= 994) return OnFault(id);
  if (!cluster_.alive(id)) return;
  if (choice < 740) return OnDisk(id);
  if (choice < 820) return cluster_.Apply(id);
  if (choice < 890) return OnClock(id);
  if (choice < 950) return OnChange();
  const ReplicaId leader = cluster_.leader();
  if (choice < 965 && !leader.none()) cluster_.Propose(leader, {fmt::format("v{}", ++proposals_)});
}

void ChangeStorm::OnNetwork() {
  std::vector<Message>& network = cluster_.network();
  if (network.empty()) return OnClock(Any());
  const size_t position = Draw(3) == 0 ? Draw(network.size()) : 0;
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

void ChangeStorm::OnDisk(ReplicaId id) {
  if (cluster_.unpersisted(id) > 0) cluster_.Persist(id, 1 + Draw(cluster_.unpersisted(id)));
  if (Draw(40) > 0 || cluster_.applied(id) < cluster_.replica(id).first_index()) return;
  const Index index = cluster_.applied(id);
  cluster_.TakeSnapshot(id, index, index.value > 2 ? Index(index.value - 2) : Index());
}

void ChangeStorm::OnClock(ReplicaId id) {
  if (!cluster_.alive(id) || cluster_.replica(id).NextDeadline().never()) return;
  if (Draw(10) == 0) return cluster_.ReachDeadline(id);
  cluster_.AdvanceTo(cluster_.now() + Milliseconds(static_cast<int64_t>(Draw(40))));
  cluster_.Step(id, DeadlineReached{});
}

MemberChange ChangeStorm::DrawMemberChange(const Membership& membership) {
  const std::vector<Member> members = MembersOf(membership);
  const uint64_t kind = Draw(8);
  if (kind < 3 && !members.empty()) return DeleteMember{members[Draw(members.size())].replica};
  if (kind == 3 && !membership.non_voting.empty()) {
    return AddMember{MemberRole::kVoter, membership.non_voting[Draw(membership.non_voting.size())]};
  }
  const uint64_t id = members.size() > 7 ? members.front().replica.value : next_id_++;
  return AddMember{static_cast<MemberRole>(Draw(3)), MemberOf(id)};
}

ChangeRequest ChangeStorm::DrawChange(const Membership& membership) {
  ChangeRequest change;
  if (Draw(3) == 0) {
    EnterJoint enter;
    for (uint64_t count = 1 + Draw(3); count > 0; --count) {
      enter.changes.push_back(DrawMemberChange(membership));
    }
    change.what = std::move(enter);
  } else {
    std::visit([&change](auto&& one) { change.what = std::forward<decltype(one)>(one); },
               DrawMemberChange(membership));
  }
  if (Draw(4) == 0) change.expected = membership.change_index;
  return change;
}

void ChangeStorm::OnChange() {
  const ReplicaId id = Draw(4) == 0 ? Any() : cluster_.leader();
  if (id.none() || !cluster_.alive(id)) return;
  Replica& replica = cluster_.replica(id);
  const Index before = replica.last_index();
  cluster_.Change(id, DrawChange(replica.membership()));
  if (replica.last_index() > before) StartMembers(id);
  if (Draw(8) == 0) cluster_.Step(id, Transfer{DrawMember(replica.membership())});
  if (replica.role() == Role::kLeader) RetireRemoved(id);
}

// Also while a change is under way that takes it away.
ReplicaId ChangeStorm::DrawMember(const Membership& membership) {
  const std::vector<Member> members = MembersOf(membership);
  return members.empty() ? ReplicaId(1) : members[Draw(members.size())].replica;
}

// Whom a change adds is started before the change is committed, or long after.
void ChangeStorm::StartMembers(ReplicaId leader) {
  Replica& replica = cluster_.replica(leader);
  const Entry& entry = replica.EntryAt(replica.last_index());
  const std::optional<MembershipEntry> change = DecodeMembershipEntry(entry.payload.view());
  for (const Member& member : MembersOf(change.value().result)) {
    const std::vector<ReplicaId> ids = cluster_.ids();
    if (std::binary_search(ids.begin(), ids.end(), member.replica)) continue;
    cluster_.Join(member.replica);
    if (Draw(3) == 0) cluster_.Crash(member.replica);
  }
}

// Some of those who were removed are destroyed; others go on as they do.
void ChangeStorm::RetireRemoved(ReplicaId leader) {
  for (const ReplicaId id : cluster_.replica(leader).membership().removed) {
    if (retired_.count(id) > 0 || Draw(2) == 0) continue;
    retired_.insert(id);
    if (cluster_.alive(id)) cluster_.Crash(id);
  }
}

void ChangeStorm::OnFault(ReplicaId id) {
  switch (Draw(8)) {
    case 0:
      if (cluster_.alive(id)) cluster_.Crash(id);
      return;
    case 1:
    case 2:
    case 3:
    case 4:
      for (const ReplicaId dead : cluster_.ids()) {
        if (!cluster_.alive(dead) && retired_.count(dead) == 0) return cluster_.Restart(dead);
      }
      return;
    case 5:
      return cluster_.Isolate(id);
    default:
      return cluster_.Heal();
  }
}

// Those who were removed may never learn it; they must not stand in the way of the others.
void ChangeStorm::Converge() {
  cluster_.Heal();
  cluster_.set_persist_at_once(true);
  cluster_.set_apply_at_once(true);
  for (const ReplicaId id : cluster_.ids()) {
    if (retired_.count(id) > 0) continue;
    if (!cluster_.alive(id)) cluster_.Restart(id);
    cluster_.Persist(id, cluster_.unpersisted(id));
  }
  cluster_.Pass(kElectionTimeout * 30, true);
  const ReplicaId leader = cluster_.leader();
  ASSERT_FALSE(leader.none());
  const Membership membership = cluster_.replica(leader).membership();
  ASSERT_FALSE(IsJoint(membership)) << "nobody left the joint membership";
  cluster_.Propose(leader, {"last"});
  cluster_.Pass(kElectionTimeout, true);
  for (const Member& member : MembersOf(membership)) {
    const Replica& replica = cluster_.replica(member.replica);
    ASSERT_EQ(replica.commit(), cluster_.replica(leader).last_index()) << replica.Describe();
    ASSERT_EQ(replica.membership(), membership) << replica.Describe();
  }
}

}  // namespace ww::raft::test
