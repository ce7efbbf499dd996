#include "raft/meta/seeing.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/base/check.h"

namespace ww::raft::meta {

const HostView* AnswerOf(const ShardView& view, HostId host) {
  for (const HostView& seen : view.hosts) {
    if (seen.host == host) return seen.answered ? &seen : nullptr;
  }
  return nullptr;
}

Duration SilenceOf(const ShardView& view, HostId host) {
  for (const HostView& seen : view.hosts) {
    if (seen.host == host) return seen.answered ? Duration{} : seen.silent;
  }
  return Duration{};
}

bool Contains(const std::vector<ReplicaId>& ids, ReplicaId replica) {
  return std::find(ids.begin(), ids.end(), replica) != ids.end();
}

const LeaderView* LeaderOf(const ShardRecord& shard, const ShardView& view) {
  if (!view.leader.has_value()) return nullptr;
  return PlacementOf(shard, view.leader->replica) == nullptr ? nullptr : &*view.leader;
}

bool IsVoter(const Membership& membership, ReplicaId replica) {
  return RoleOf(membership, replica) == MemberRole::kVoter;
}

Remains RemainsOf(const ShardView& view, ReplicaId replica, HostId host, DiskId disk) {
  const HostView* seen = AnswerOf(view, host);
  if (seen == nullptr) return Remains::kUnknown;
  if (!disk.none() && seen->disk != disk) return Remains::kNothing;
  if (seen->live == replica) return Remains::kRuns;
  if (Contains(seen->tombstones, replica)) return Remains::kNothing;
  return Contains(seen->recorded, replica) ? Remains::kData : Remains::kNothing;
}

namespace {

// Whether most voters have applied the membership that the leader tells of. From then on no quorum
// counts a replica that is not in it.
bool MostKnow(const LeaderView& leader, const ShardView& view) {
  const std::vector<Member>& voters = leader.membership.voters;
  const auto knows = [&](const Member& member) {
    const HostView* seen = AnswerOf(view, member.host);
    return seen != nullptr && seen->live == member.replica &&
           seen->applied >= leader.membership.change_index;
  };
  const auto known = std::count_if(voters.begin(), voters.end(), knows);
  return static_cast<size_t>(known) * 2 > voters.size();
}

}  // namespace

Wanted StopOrWait(const ShardRecord& shard, const ShardView& view, ReplicaId replica, HostId host) {
  if (shard.phase != ShardPhase::kLive) return StopOn{replica, host};
  const LeaderView* leader = LeaderOf(shard, view);
  if (leader == nullptr) return Wait{WaitReason::kNoLeader};
  if (FindMember(leader->membership, replica) != nullptr) return Wait{WaitReason::kStaleView};
  if (IsJoint(leader->membership)) return Wait{WaitReason::kJoint};
  if (!MostKnow(*leader, view)) return Wait{WaitReason::kRemovalNotKnown};
  return StopOn{replica, host};
}

namespace {

bool HasLiveQuorum(const std::vector<Member>& voters, const LeaderView& leader,
                   const ShardView& view, uint64_t lag_max) {
  const auto lives = [&](const Member& member) {
    const HostView* seen = AnswerOf(view, member.host);
    if (seen == nullptr || seen->live != member.replica) return false;
    return leader.commit <= seen->applied || leader.commit - seen->applied <= lag_max;
  };
  const auto live = std::count_if(voters.begin(), voters.end(), lives);
  return static_cast<size_t>(live) * 2 > voters.size();
}

}  // namespace

Wanted Propose(const LeaderView& leader, const ShardView& view, uint64_t lag_max,
               decltype(ChangeRequest::what) what) {
  const Membership& now = leader.membership;
  const ChangeRequest change{std::move(what), now.change_index};
  const ChangeOutcome then = raft::Apply(now, change, now.change_index.next());
  // What is refused here is refused by the leader, who says why.
  if (std::holds_alternative<Membership>(then) &&
      (!HasLiveQuorum(now.voters, leader, view, lag_max) ||
       !HasLiveQuorum(std::get<Membership>(then).voters, leader, view, lag_max))) {
    return Wait{WaitReason::kNoLiveQuorum};
  }
  return ChangeMembers{change};
}

Wanted HandOverFrom(const State& state, const LeaderView& leader, const ShardView& view) {
  // Lower is better: not on a host that is being drained, few leaders there, a low id.
  std::optional<std::tuple<bool, uint32_t, ReplicaId>> best;
  for (const Member& member : leader.membership.voters) {
    if (member.replica == leader.replica || Contains(view.unwilling, member.replica)) continue;
    const HostView* seen = AnswerOf(view, member.host);
    const HostRecord* host = state.hosts.Find(member.host);
    if (seen == nullptr || host == nullptr || host->dead || seen->live != member.replica) continue;
    const auto candidate = std::make_tuple(host->draining, seen->leaders, member.replica);
    if (!best.has_value() || candidate < *best) best = candidate;
  }
  if (!best.has_value()) return Wait{WaitReason::kNobodyTakesOver};
  CHECK(std::get<2>(*best) != leader.replica);
  return HandOver{leader.replica, std::get<2>(*best)};
}

}  // namespace ww::raft::meta
