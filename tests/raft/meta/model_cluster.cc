#include "tests/raft/meta/model_cluster.h"

#include <algorithm>

#include "raft/meta/repair.h"

namespace ww::raft::meta {
namespace {

bool HasVoter(const Membership& membership, ReplicaId replica) {
  return RoleOf(membership, replica) == MemberRole::kVoter;
}

}  // namespace

ModelCluster::ModelCluster(const Bench& bench) {
  for (const HostRecord& host : bench.state.hosts) hosts[host.id].disk = host.disk;
  for (const ShardRecord& record : bench.state.shards) {
    ModelShard& shard = shards[record.id];
    std::vector<Member> voters;
    for (const Placement& placement : record.placements) {
      voters.push_back(Member{placement.replica, placement.host, TargetOf(placement.host)});
      hosts[placement.host].recorded[record.id][placement.replica] = {true, shard.last};
    }
    shard.membership = InitialMembership(voters);
    shard.leader = voters.front().replica;
    wanted_voters[record.id] = record.voters;
  }
}

// --- The world ---

bool ModelCluster::Runs(const Member& member, ShardId shard) const {
  const ModelHost& host = hosts.at(member.host);
  if (!host.up) return false;
  const auto of_shard = host.recorded.find(shard);
  if (of_shard == host.recorded.end()) return false;
  const auto replica = of_shard->second.find(member.replica);
  return replica != of_shard->second.end() && replica->second.runs;
}

bool ModelCluster::HasQuorum(const ModelShard& shard) const {
  ShardId id;
  for (const auto& [shard_id, known] : shards) {
    if (&known == &shard) id = shard_id;
  }
  size_t live = 0;
  for (const Member& member : shard.membership.voters) live += Runs(member, id) ? 1 : 0;
  return live * 2 > shard.membership.voters.size();
}

void ModelCluster::Crash(HostId host) { ++hosts.at(host).incarnation; }

void ModelCluster::ComeBack(HostId host) {
  hosts.at(host).up = true;
  Crash(host);
}

void ModelCluster::Wipe(HostId host) {
  ModelHost& wiped = hosts.at(host);
  wiped.disk = wiped.disk + 10000;
  wiped.recorded.clear();
  wiped.tombstones.clear();
  Crash(host);
}

void ModelCluster::Write(ShardId id) {
  ModelShard& shard = shards.at(id);
  if (HasQuorum(shard)) shard.last = shard.last + 10;
}

void ModelCluster::Elect(ShardId id) {
  ModelShard& shard = shards.at(id);
  const Member* leader = FindMember(shard.membership, shard.leader);
  const bool leads = leader != nullptr && HasVoter(shard.membership, shard.leader) &&
                     Runs(*leader, id) && HasQuorum(shard);
  if (leads) return;
  shard.leader = ReplicaId();
  if (!HasQuorum(shard)) return;
  for (const Member& member : shard.membership.voters) {
    if (Runs(member, id)) shard.leader = member.replica;
  }
}

void ModelCluster::CatchUp() {
  for (auto& [id, shard] : shards) {
    Elect(id);
    for (const Member& member : MembersOf(shard.membership)) {
      if (!shard.leader.none() && Runs(member, id)) {
        hosts.at(member.host).recorded[id][member.replica].applied = shard.last;
      }
    }
  }
}

// --- Views ---

ShardView ModelCluster::See(ShardId id) const {
  ShardView view;
  const ModelShard& shard = shards.at(id);
  if (!shard.leader.none() && HasQuorum(shard)) {
    view.leader = LeaderView{shard.leader, shard.last, shard.membership};
  }
  for (const auto& [host_id, host] : hosts) {
    HostView seen;
    seen.host = host_id;
    seen.answered = host.up;
    seen.silent = host.up ? Duration{} : Seconds(60);
    if (host.up) {
      seen.disk = host.disk;
      seen.incarnation = host.incarnation;
      if (const auto found = host.recorded.find(id); found != host.recorded.end()) {
        for (const auto& [replica, known] : found->second) {
          seen.recorded.push_back(replica);
          if (known.runs) seen.live = replica;
          if (known.runs) seen.applied = known.applied;
        }
      }
      if (const auto found = host.tombstones.find(id); found != host.tombstones.end()) {
        seen.tombstones.assign(found->second.begin(), found->second.end());
      }
      for (const auto& [other, led] : shards) {
        const Member* leader = FindMember(led.membership, led.leader);
        if (leader != nullptr && leader->host == host_id) ++seen.leaders;
      }
    }
    view.hosts.push_back(seen);
  }
  if (const auto read = reads.find(id); read != reads.end()) view.read = read->second;
  if (const auto found = unwilling.find(id); found != unwilling.end()) {
    view.unwilling = found->second;
  }
  return view;
}

// --- Effects ---

// migration-promote-caught-up and migration-replace-before-remove, on the proposal.
void ModelCluster::JudgeChange(ShardId id, const ChangeRequest& change) const {
  const ModelShard& shard = shards.at(id);
  ASSERT_TRUE(change.expected.has_value());
  std::vector<MemberChange> changes;
  if (const auto* enter = std::get_if<EnterJoint>(&change.what)) changes = enter->changes;
  if (const auto* add = std::get_if<AddMember>(&change.what)) changes.push_back(*add);
  for (const MemberChange& one : changes) {
    const auto* add = std::get_if<AddMember>(&one);
    if (add == nullptr || add->role != MemberRole::kVoter) continue;
    const ModelHost& host = hosts.at(add->member.host);
    const auto read = reads.find(id);
    ASSERT_NE(read, reads.end()) << "promoted without a read";
    EXPECT_EQ(read->second.replica, add->member.replica);
    EXPECT_EQ(read->second.incarnation, host.incarnation) << "a read of an earlier life";
    const ModelReplica& replica = host.recorded.at(id).at(add->member.replica);
    EXPECT_GE(replica.applied, read->second.index);
    EXPECT_LE(shard.last - replica.applied, lag_max);
  }
}

void ModelCluster::Change(ShardId id, const ChangeRequest& change) {
  ModelShard& shard = shards.at(id);
  if (shard.leader.none() || !HasQuorum(shard)) return;
  ChangeOutcome outcome = raft::Apply(shard.membership, change, shard.last.next());
  if (std::holds_alternative<ChangeRefusal>(outcome)) return;
  ModelShard next{std::get<Membership>(outcome), shard.last.next(), shard.leader};
  if (IsJoint(next.membership)) {
    outcome = raft::Apply(next.membership, {LeaveJoint{}, next.last}, next.last.next());
    next.membership = std::get<Membership>(outcome);
    ++next.last;
  }
  size_t live = 0;
  for (const Member& member : next.membership.voters) live += Runs(member, id) ? 1 : 0;
  if (live * 2 <= next.membership.voters.size()) return;  // No live quorum: refused.
  shard = next;
  EXPECT_GE(shard.membership.voters.size(), wanted_voters.at(id));
  EXPECT_LE(shard.membership.voters.size(), wanted_voters.at(id) + 1);
  Elect(id);
}

void ModelCluster::Start(ShardId id, const StartOn& start) {
  ModelHost& host = hosts.at(start.host);
  if (!host.up || host.disk != start.disk) return;
  if (host.tombstones[id].contains(start.replica)) return;
  auto& recorded = host.recorded[id];
  if (!recorded.empty() && !recorded.contains(start.replica)) return;
  recorded[start.replica].runs = true;
}

void ModelCluster::Carry(ShardId id, const Wanted& wanted) {
  if (const auto* change = std::get_if<ChangeMembers>(&wanted)) Change(id, change->change);
  if (const auto* start = std::get_if<StartOn>(&wanted)) Start(id, *start);
  if (const auto* over = std::get_if<HandOver>(&wanted)) {
    ModelShard& shard = shards.at(id);
    const Member* to = FindMember(shard.membership, over->to);
    const bool can = shard.leader == over->from && to != nullptr && Runs(*to, id) &&
                     HasVoter(shard.membership, over->to);
    if (can) shard.leader = over->to;
  }
  if (const auto* read = std::get_if<ReadThrough>(&wanted)) {
    const ModelShard& shard = shards.at(id);
    if (!shard.leader.none() && HasQuorum(shard) && Runs(Member{read->replica, read->host}, id)) {
      reads[id] = ReadProof{read->replica, hosts.at(read->host).incarnation, shard.last};
    }
  }
  if (const auto* stop = std::get_if<StopOn>(&wanted); stop != nullptr && hosts.at(stop->host).up) {
    auto& recorded = hosts.at(stop->host).recorded[id];
    if (recorded.contains(stop->replica)) recorded[stop->replica].runs = false;
  }
  if (const auto* gone = std::get_if<RemoveDataOn>(&wanted);
      gone != nullptr && hosts.at(gone->host).up) {
    auto& recorded = hosts.at(gone->host).recorded[id];
    if (recorded.contains(gone->replica) && recorded[gone->replica].runs) return;
    if (recorded.erase(gone->replica) > 0) {
      hosts.at(gone->host).tombstones[id].insert(gone->replica);
    }
  }
}

void ModelCluster::DoLate(ShardId id, const Wanted& wanted) { Carry(id, wanted); }

void ModelCluster::Do(ShardId id, const Wanted& wanted) {
  const Membership& membership = shards.at(id).membership;
  if (const auto* change = std::get_if<ChangeMembers>(&wanted)) JudgeChange(id, change->change);
  if (const auto* stop = std::get_if<StopOn>(&wanted)) {
    EXPECT_EQ(FindMember(membership, stop->replica), nullptr) << "a member is stopped";
  }
  if (const auto* gone = std::get_if<RemoveDataOn>(&wanted)) {
    EXPECT_EQ(FindMember(membership, gone->replica), nullptr) << "a member loses its data";
    const auto& recorded = hosts.at(gone->host).recorded[id];
    const auto found = recorded.find(gone->replica);
    EXPECT_TRUE(found == recorded.end() || !found->second.runs) << "removed before the stop";
  }
  Carry(id, wanted);
}

// --- The controller ---

bool ModelController::Perform(ShardId shard, const Wanted& wanted) {
  if (std::holds_alternative<Wait>(wanted)) return false;
  if (const auto* submit = std::get_if<Submit>(&wanted)) {
    bench.MustAct(submit->action);
    return true;
  }
  orders.emplace_back(shard, wanted);
  cluster.Do(shard, wanted);
  cluster.CatchUp();
  return true;
}

bool ModelController::JudgeHosts() {
  for (const auto& [id, host] : cluster.hosts) {
    const HostRecord& record = bench.state.hosts.Get(id);
    const auto judged = JudgeHost(record, host.up ? Duration{} : Seconds(60), limits);
    if (judged.has_value()) return Perform({}, Submit{*judged});
    if (host.up && record.disk != host.disk) return Perform({}, Submit{RecordDisk{id, host.disk}});
  }
  return false;
}

bool ModelController::StepOnce() {
  cluster.CatchUp();
  if (JudgeHosts()) return true;
  if (const auto begin = NextToBegin(bench.state, limits)) {
    return Perform({}, Submit{BeginMigration{*begin}});
  }
  const ReplicaId proposed(bench.state.ids == IdMode::kRandom ? ++proposals : 0);
  const std::vector<Migration> migrations = bench.state.migrations.records();
  for (const Migration& migration : migrations) {
    const ShardView view = cluster.See(migration.shard);
    if (Perform(migration.shard, Next(bench.state, migration, view, limits, proposed))) return true;
  }
  const std::vector<OwedCleanup> cleanups = bench.state.owed.records();
  for (const OwedCleanup& owed : cleanups) {
    const ShardView view = cluster.See(owed.id.shard);
    if (Perform(owed.id.shard, NextCleanup(bench.state, owed, view))) return true;
  }
  for (const ShardRecord& shard : bench.state.shards) {
    if (Perform(shard.id, Tidy(bench.state, shard, cluster.See(shard.id)))) return true;
  }
  return false;
}

void ModelController::TakeOver() {
  cluster.ForgetController();
  bench.Must(TakeControl{{bench.state.controller.term.next(), HostId(2)}});
}

bool ModelController::Finish(int steps) {
  for (int i = 0; i < steps; ++i) {
    if (!StepOnce()) return true;
  }
  return false;
}

void ExpectAtRest(const Bench& bench, const ModelCluster& cluster) {
  EXPECT_TRUE(bench.state.migrations.empty());
  EXPECT_TRUE(bench.state.owed.empty());
  for (const ShardRecord& record : bench.state.shards) {
    const Membership& membership = cluster.shards.at(record.id).membership;
    EXPECT_EQ(membership.voters.size(), record.voters) << "shard " << record.id.value;
    EXPECT_EQ(MembersOf(membership).size(), record.placements.size());
    for (const Placement& placement : record.placements) {
      const Member* member = FindMember(membership, placement.replica);
      ASSERT_NE(member, nullptr) << "a placement is no member";
      EXPECT_EQ(member->host, placement.host);
      EXPECT_TRUE(cluster.Runs(*member, record.id)) << "a member that does not run";
    }
    for (const auto& [id, host] : cluster.hosts) {
      const auto found = host.recorded.find(record.id);
      if (found == host.recorded.end()) continue;
      for (const auto& [replica, known] : found->second) {
        EXPECT_NE(FindMember(membership, replica), nullptr) << "an orphan on host " << id.value;
      }
    }
  }
}

}  // namespace ww::raft::meta
