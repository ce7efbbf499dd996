// Seeing: what decisions ask of a view. Included by this room's sources only.
#pragma once

#include "raft/meta/decide.h"

namespace ww::raft::meta {

// Null when the host is not in the view, or did not answer.
const HostView* AnswerOf(const ShardView& view, HostId host);
Duration SilenceOf(const ShardView& view, HostId host);
bool Contains(const std::vector<ReplicaId>& ids, ReplicaId replica);
// The leader, when it is a replica that the state knows; another one leads a group of strangers.
const LeaderView* LeaderOf(const ShardRecord& shard, const ShardView& view);
bool IsVoter(const Membership& membership, ReplicaId replica);

// What is left of a replica that is no member any more.
enum class Remains : uint8_t { kUnknown, kRuns, kData, kNothing };
Remains RemainsOf(const ShardView& view, ReplicaId replica, HostId host, DiskId disk);

// The replica, no member any more, runs: stop it, unless its vote may still be needed because too
// few of the others know that.
Wanted StopOrWait(const ShardRecord& shard, const ShardView& view, ReplicaId replica, HostId host);
// The change, ordered behind the leader's membership, unless the voters of now or of then that are
// live and have caught up would be no quorum.
Wanted Propose(const LeaderView& leader, const ShardView& view, uint64_t lag_max,
               decltype(ChangeRequest::what) what);
// Leadership goes from its holder to the least loaded healthy voter that is willing.
Wanted HandOverFrom(const State& state, const LeaderView& leader, const ShardView& view);

}  // namespace ww::raft::meta
