// Decisions beside migrations: cleanups, founders of new shards, strangers.
#include <algorithm>
#include <utility>

#include "raft/meta/decide.h"
#include "raft/meta/placement.h"
#include "raft/meta/repair.h"
#include "raft/meta/seeing.h"
#include "sim/base/check.h"

namespace ww::raft::meta {

// --- Cleanups ---

Wanted NextCleanup(const State& state, const OwedCleanup& owed, const ShardView& view) {
  CHECK(state.owed.Find(owed.id) != nullptr);
  const ReplicaId replica = owed.id.replica;
  switch (RemainsOf(view, replica, owed.host, owed.disk)) {
    case Remains::kUnknown:
      return Wait{WaitReason::kHostSilent};
    case Remains::kRuns:
      return StopOrWait(state.shards.Get(owed.id.shard), view, replica, owed.host);
    case Remains::kData:
      return RemoveDataOn{replica, owed.host};
    case Remains::kNothing:
      return Submit{CleanupDone{owed.id}};
  }
  UNREACHABLE();
}

// --- Founders ---

namespace {

std::vector<Member> FoundersOf(const State& state, const ShardRecord& shard) {
  std::vector<Member> members;
  for (const Placement& placement : shard.placements) {
    members.push_back(
        Member{placement.replica, placement.host, state.hosts.Get(placement.host).target});
  }
  return members;
}

bool HasTombstone(const ShardView& view, const Placement& placement) {
  const HostView* seen = AnswerOf(view, placement.host);
  return seen != nullptr && Contains(seen->tombstones, placement.replica);
}

// It can't come to life, whatever arrives late: its disk is gone, or its id is fenced there.
bool CanNeverVote(const State& state, const ShardView& view, const Placement& placement) {
  return state.hosts.Get(placement.host).disk != placement.disk || HasTombstone(view, placement);
}

// How far a shard has come whose founders are placed.
struct Founders {
  size_t able = 0;        // May vote, now or later.
  bool lost = false;      // One of them is not to be waited for.
  bool led = false;       // They have begun; then they go on, and who is lost is rebuilt like any.
  bool given_up = false;  // One was fenced for the sake of others: there is no way back.
};

Founders Consider(const State& state, const ShardRecord& shard, const ShardView& view) {
  Founders founders;
  for (const Placement& placement : shard.placements) {
    const bool never = CanNeverVote(state, view, placement);
    founders.able += never ? 0 : 1;
    founders.lost = founders.lost || never || state.hosts.Get(placement.host).dead;
    founders.given_up = founders.given_up || HasTombstone(view, placement);
  }
  founders.led = LeaderOf(shard, view) != nullptr;
  return founders;
}

Wanted StartFounder(const State& state, const ShardRecord& shard, const Placement& placement) {
  return StartOn{placement.replica, placement.host, placement.disk, FoundersOf(state, shard)};
}

// Founders that were given up may have begun, or begin when somebody is heard of again: then the
// shard would be there twice. So they are fenced one by one, until too few are left to elect
// anybody, before others take their place. Fencing needs a record: who has none is started first.
Wanted NextOfPlaced(const State& state, const ShardRecord& shard, const ShardView& view) {
  const Founders founders = Consider(state, shard, view);
  if (founders.able < shard.placements.size() / 2 + 1) return Submit{UnplaceShard{shard.id}};
  const bool fences = founders.given_up || (founders.lost && !founders.led);
  bool silent = false;
  const Placement* waits = nullptr;  // To be let in by others, who need a record for that.
  for (const Placement& placement : shard.placements) {
    if (CanNeverVote(state, view, placement)) continue;
    const HostView* seen = AnswerOf(view, placement.host);
    if (seen == nullptr) {
      silent = silent || !state.hosts.Get(placement.host).dead;
    } else if (seen->live == placement.replica) {
      if (founders.given_up) return StopOn{placement.replica, placement.host};
    } else if (!Contains(seen->recorded, placement.replica)) {
      return StartFounder(state, shard, placement);
    } else if (fences) {
      return RemoveDataOn{placement.replica, placement.host};
    } else {
      waits = &placement;
    }
  }
  if (waits != nullptr) return StartFounder(state, shard, *waits);
  if (silent || founders.given_up) return Wait{WaitReason::kHostSilent};
  if (!founders.led) return Wait{WaitReason::kNoLeader};
  return Submit{RecordShardCreated{shard.id}};
}

}  // namespace

Wanted NextFounding(const State& state, const ShardRecord& shard, const ShardView& view,
                    const std::vector<ReplicaId>& proposed) {
  if (shard.phase == ShardPhase::kLive) return Wait{WaitReason::kNothingToDo};
  if (shard.phase == ShardPhase::kPlaced) return NextOfPlaced(state, shard, view);
  const std::optional<std::vector<HostId>> hosts = ChooseFounders(state, shard);
  if (!hosts.has_value()) return Wait{WaitReason::kTooFewHosts};
  return Submit{PlaceShard{shard.id, *hosts, proposed}};
}

// --- Strangers ---

namespace {

// A member that no placement names: an order of an earlier controller arrived after all was over.
std::optional<Wanted> DeleteStranger(const State& state, const ShardRecord& shard,
                                     const LeaderView& leader, const ShardView& view) {
  const Membership& membership = leader.membership;
  for (const Member& member : MembersOf(membership)) {
    if (PlacementOf(shard, member.replica) != nullptr) continue;
    if (IsJoint(membership)) return Wait{WaitReason::kJoint};
    if (leader.replica == member.replica) return HandOverFrom(state, leader, view);
    if (IsVoter(membership, member.replica) && membership.voters.size() <= shard.voters) {
      return Wait{WaitReason::kTooFewVoters};
    }
    return ChangeMembers{{DeleteMember{member.replica}, membership.change_index}};
  }
  return std::nullopt;
}

std::optional<Wanted> OweStrangerOn(const State& state, const ShardRecord& shard,
                                    const HostView& seen) {
  std::vector<ReplicaId> found = seen.recorded;
  if (!seen.live.none()) found.push_back(seen.live);
  for (const ReplicaId replica : found) {
    const ReplicaOfShard who{shard.id, replica};
    if (Contains(seen.tombstones, replica) || PlacementOf(shard, replica) != nullptr) continue;
    if (state.owed.Find(who) != nullptr || !WasUsed(state.ids, shard, replica)) continue;
    return Submit{OweStranger{who, seen.host}};
  }
  return std::nullopt;
}

// Its host knows nothing of it: a founder that was given up for dead before it was ever started.
bool IsMissing(const ShardView& view, const Placement& placement) {
  const HostView* seen = AnswerOf(view, placement.host);
  return seen != nullptr && seen->live != placement.replica &&
         !Contains(seen->recorded, placement.replica);
}

// A member whose host has fenced it never takes part again, though its disk is the one that the
// metadata name: the disk before was lost before anybody reported it, or the data was removed by
// hand. Another replica takes its place.
std::optional<Wanted> RebuildFenced(const State& state, const ShardRecord& shard,
                                    const ShardView& view) {
  for (const Placement& placement : shard.placements) {
    if (placement.role != MemberRole::kVoter) continue;
    if (!HasTombstone(view, placement) && !IsMissing(view, placement)) continue;
    if (IsLost(state, placement)) continue;  // That is planned with all other repairs.
    const std::optional<HostId> target = ChooseTarget(state, shard);
    if (!target.has_value()) continue;
    return Submit{PlanMigration{
        shard.id, Strategy::kStepwise, MigrationCause::kRepair, {{placement.host, *target}}}};
  }
  return std::nullopt;
}

}  // namespace

Wanted Tidy(const State& state, const ShardRecord& shard, const ShardView& view) {
  if (shard.phase != ShardPhase::kLive || !shard.migration.none()) {
    return Wait{WaitReason::kNothingToDo};
  }
  const LeaderView* leader = LeaderOf(shard, view);
  if (leader == nullptr) return Wait{WaitReason::kNoLeader};
  if (const auto wanted = DeleteStranger(state, shard, *leader, view)) return *wanted;
  for (const HostView& seen : view.hosts) {
    if (!seen.answered) continue;
    if (const auto wanted = OweStrangerOn(state, shard, seen)) return *wanted;
  }
  if (const auto wanted = RebuildFenced(state, shard, view)) return *wanted;
  return Wait{WaitReason::kNothingToDo};
}

// --- Names ---

namespace {

const char* Name(const Submit& submit) { return NameOf(submit.action); }
const char* Name(const ChangeMembers&) { return "change members"; }
const char* Name(const HandOver&) { return "hand over"; }
const char* Name(const StartOn&) { return "start"; }
const char* Name(const ReadThrough&) { return "read through"; }
const char* Name(const StopOn&) { return "stop"; }
const char* Name(const RemoveDataOn&) { return "remove data"; }
const char* Name(const Wait& wait) { return NameOf(wait.why); }

}  // namespace

const char* NameOf(const Wanted& wanted) {
  return std::visit([](const auto& one) { return Name(one); }, wanted);
}

const char* NameOf(WaitReason reason) {
  switch (reason) {
    case WaitReason::kNothingToDo:
      return "nothing to do";
    case WaitReason::kNotBegun:
      return "not begun";
    case WaitReason::kNoLeader:
      return "no leader";
    case WaitReason::kJoint:
      return "joint";
    case WaitReason::kHostSilent:
      return "host silent";
    case WaitReason::kDiskUnknown:
      return "disk unknown";
    case WaitReason::kNotApplied:
      return "not applied";
    case WaitReason::kLagging:
      return "lagging";
    case WaitReason::kStaleView:
      return "stale view";
    case WaitReason::kTooFewVoters:
      return "too few voters";
    case WaitReason::kNoLiveQuorum:
      return "no live quorum";
    case WaitReason::kNobodyTakesOver:
      return "nobody takes over";
    case WaitReason::kRemovalNotKnown:
      return "removal not known";
    case WaitReason::kTooFewHosts:
      return "too few hosts";
  }
  UNREACHABLE();
}

}  // namespace ww::raft::meta
