#include "scenarios/bind/group_view.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

// Changes come one after the other; who is further behind than that is far from leading.
constexpr size_t kEarlierMax = 4;

}  // namespace

GroupView::GroupView(const std::vector<ReplicaPlace>& places, size_t hosts)
    : damaged_(hosts + 1, false), unreported_(hosts + 1, false) {
  for (const ReplicaPlace& place : places) {
    CHECK(!place.shard.none());
    CHECK(!place.host.none());
    CHECK_LE(place.host.value, hosts);
    if (shards_.size() < place.shard.value) shards_.resize(place.shard.value);
    ShardState& state = shards_[place.shard.value - 1];
    state.shard = place.shard;
    state.replicas.push_back(ReplicaState(place));
  }
  for (ShardState& state : shards_) {
    CHECK(!state.replicas.empty());
    for (const ReplicaState& replica : state.replicas) state.counting.push_back(replica.place.host);
    state.applying = state.counting;
  }
}

// Of those without a vote one may be promoted next, or the change be in the log already: each of
// them that has a replica counts beside the voters. One that has lost it counts until another
// change shows that its own was not in the log.
void GroupView::AddPromotions(const ShardState& state, std::vector<faults::QuorumGroup>& groups) {
  for (size_t i = state.counting.size(); i < state.growing.size(); ++i) {
    const HostId host = state.growing[i];
    const bool counts = std::any_of(
        state.replicas.begin(), state.replicas.end(), [&state, host](const ReplicaState& one) {
          const bool too_late = one.lost && one.lost_under < state.members_since;
          return one.place.host == host && !too_late;
        });
    if (!counts) continue;
    faults::QuorumGroup group{state.shard, state.counting, 0};
    group.members.push_back(host);
    groups.push_back(std::move(group));
  }
}

// One at a time.
void GroupView::AddDeletions(const ShardState& state, std::vector<faults::QuorumGroup>& groups) {
  for (const HostId host : state.going) {
    faults::QuorumGroup group{state.shard, state.counting, 0};
    if (std::erase(group.members, host) > 0 && !group.members.empty()) {
      groups.push_back(std::move(group));
    }
  }
}

void GroupView::Going(ShardId shard, HostId host) {
  shards_[shard.value - 1].going.push_back(host);
}

void GroupView::NobodyGoes(ShardId shard) { shards_[shard.value - 1].going.clear(); }

std::vector<faults::QuorumGroup> GroupView::Groups() const {
  std::vector<faults::QuorumGroup> groups;
  groups.reserve(shards_.size());
  for (const ShardState& state : shards_) {
    if (!state.exists() || first_starts_.Awaits(state.shard)) continue;
    groups.push_back(faults::QuorumGroup{state.shard, state.counting});
    if (!state.outgoing.empty()) {
      groups.push_back(faults::QuorumGroup{state.shard, state.outgoing});
    }
    AddPromotions(state, groups);
    AddDeletions(state, groups);
    if (state.earlier.empty()) continue;
    const raft::Index applied = AppliedByAll(state);
    for (const ShardState::Earlier& earlier : state.earlier) {
      if (earlier.until <= applied) continue;
      groups.push_back(faults::QuorumGroup{state.shard, earlier.counting, 0});
      if (!earlier.outgoing.empty()) {
        groups.push_back(faults::QuorumGroup{state.shard, earlier.outgoing, 0});
      }
    }
  }
  for (faults::QuorumGroup& group : first_starts_.Groups()) groups.push_back(std::move(group));
  for (faults::QuorumGroup& group : first_starts_.Awaited()) groups.push_back(std::move(group));
  return groups;
}

// One that is lost never goes by anything again.
raft::Index GroupView::AppliedByAll(const ShardState& state) const {
  raft::Index least = state.members_since;
  for (const ReplicaState& replica : state.replicas) {
    const bool counts = std::find(state.counting.begin(), state.counting.end(),
                                  replica.place.host) != state.counting.end();
    if (counts && !replica.lost) least = std::min(least, replica.applied);
  }
  return least;
}

bool GroupView::Intact(ShardId shard, HostId host) const {
  if (damaged_[host.value]) return false;
  for (const ReplicaState& replica : shards_[shard.value - 1].replicas) {
    if (replica.place.host != host) continue;
    // Before its shard is led nobody has promised anything.
    const bool missing = replica.awaited && !shards_[shard.value - 1].leader_host.none();
    return !replica.stopped && !replica.lost && !missing;
  }
  return true;
}

std::optional<HostId> GroupView::LeaderHost(ShardId shard) const {
  if (shard.none() || shard.value > shards_.size()) return std::nullopt;
  const HostId host = shards_[shard.value - 1].leader_host;
  if (host.none()) return std::nullopt;
  return host;
}

// On a host that still has one of those before them it is known when it comes. A place on a disk
// that is gone already stays empty until it is rebuilt.
void GroupView::Placed(ShardId shard, const std::vector<ReplicaPlace>& places) {
  CHECK(!places.empty());
  if (shards_.size() < shard.value) shards_.resize(shard.value);
  ShardState& state = shards_[shard.value - 1];
  state.shard = shard;
  state.counting.clear();
  state.leader_term = {};
  state.leader_host = {};
  state.leader_committed = false;
  state.commit = {};
  for (const ReplicaPlace& place : places) {
    CHECK_EQ(place.shard, shard);
    state.counting.push_back(place.host);
    if (ReplicaOn(shard, place.host) != nullptr) continue;
    state.replicas.push_back(ReplicaState(place));
    state.replicas.back().lost = unreported_[place.host.value];
    state.replicas.back().awaited = true;
  }
  state.applying = state.counting;
}

// Those that the shard was made with are known from the beginning.
void GroupView::Created(const ReplicaPlace& place) {
  ReplicaState* known = ReplicaOn(place.shard, place.host);
  if (known != nullptr && known->place.replica == place.replica) {
    known->awaited = false;
    return;
  }
  // A crash may have taken back the one that it had last, and the fence of the one before.
  if (known != nullptr && !known->takes_part) {
    *known = ReplicaState(place);
    return;
  }
  CHECK(known == nullptr, "shard {} has two replicas on host {}", place.shard, place.host);
  shards_[place.shard.value - 1].replicas.push_back(ReplicaState(place));
}

// Nobody knows before the first start on which host that will be.
void GroupView::Founded(ShardId shard, HostId host) {
  first_starts_.Created(shard, host);
  ShardState& state = shards_[shard.value - 1];
  state.earlier.clear();
  state.counting = {host};
  state.applying = {host};
  std::erase_if(state.replicas,
                [host](const ReplicaState& replica) { return replica.place.host != host; });
}

// One whose disk was wiped is still missed by its shard, until another comes in its place.
void GroupView::Destroyed(const ReplicaPlace& place) {
  std::erase_if(shards_[place.shard.value - 1].replicas, [&place](const ReplicaState& replica) {
    return replica.place.replica == place.replica && replica.place.host == place.host &&
           !replica.lost;
  });
}

// A joint membership has two halves, and the budget keeps a majority of each; and of those who
// count once a promotion that may be under way is done. A change counts for a replica when it has
// applied it: who holds it and does not know that it is committed needs a majority of those before,
// and may be all that is left when the leader that committed it is lost.
void GroupView::MembersChanged(ShardId shard, const raft::Membership& membership) {
  ShardState& state = shards_[shard.value - 1];
  if (membership.change_index <= state.members_since) return;
  state.earlier.push_back({membership.change_index, state.counting, state.outgoing});
  if (state.earlier.size() > kEarlierMax) state.earlier.erase(state.earlier.begin());
  state.members_since = membership.change_index;
  state.counting.clear();
  state.outgoing.clear();
  state.applying.clear();
  state.removed = membership.removed;
  const auto add = [](std::vector<HostId>& hosts, const std::vector<raft::Member>& members) {
    for (const raft::Member& member : members) hosts.push_back(member.host);
  };
  add(state.counting, membership.voters);
  add(state.counting, membership.witnesses);
  add(state.outgoing, membership.outgoing_voters);
  add(state.outgoing, membership.outgoing_witnesses);
  state.growing.clear();
  if (!membership.non_voting.empty()) {
    state.growing = state.counting;
    add(state.growing, membership.non_voting);
  }
  add(state.applying, membership.voters);
  add(state.applying, membership.non_voting);
}

void GroupView::Led(ShardId shard, HostId host, raft::Term term) {
  ShardState& state = shards_[shard.value - 1];
  if (term <= state.leader_term) return;
  if (!state.leader_host.none()) ++leader_changes_;
  state.leader_term = term;
  state.leader_host = host;
  state.leader_committed = false;
}

void GroupView::HostWentDown(HostId host) {
  for (ShardState& state : shards_) {
    for (ReplicaState& replica : state.replicas) {
      if (replica.place.host != host) continue;
      replica.takes_part = false;
      replica.stopped = false;
    }
  }
  first_starts_.WentDown(host);
}

void GroupView::HostWiped(HostId host) {
  for (ShardState& state : shards_) {
    for (ReplicaState& replica : state.replicas) {
      if (replica.place.host != host || replica.lost) continue;
      replica.lost = true;
      replica.lost_under = state.members_since;
    }
  }
  unreported_[host.value] = true;
  first_starts_.Wiped(host);
}

void GroupView::HostDamaged(HostId host) { damaged_[host.value] = true; }

void GroupView::HostRepaired(HostId host) { damaged_[host.value] = false; }

bool GroupView::AllLed() const {
  for (const ShardState& state : shards_) {
    if (!state.exists()) continue;
    if (!state.leader_committed) return false;
    for (const ReplicaState& replica : state.replicas) {
      if (replica.place.host != state.leader_host) continue;
      if (!replica.takes_part || replica.role != raft::Role::kLeader) return false;
    }
  }
  return true;
}

bool GroupView::CaughtUp() const {
  for (const ShardState& state : shards_) {
    for (const ReplicaState& replica : state.replicas) {
      const auto& applying = state.applying;
      const bool applies =
          std::find(applying.begin(), applying.end(), replica.place.host) != applying.end();
      if (applies && replica.takes_part && replica.applied < state.commit) return false;
    }
  }
  return true;
}

bool GroupView::ControlAtRest() const {
  if (control_.migrations > 0 || control_.owed > 0 || control_.foundings > 0) return false;
  return std::all_of(shards_.begin(), shards_.end(),
                     [this](const ShardState& state) { return HasGrown(state); });
}

// Anonymous instances of a replicaset stay without a vote.
bool GroupView::HasGrown(const ShardState& state) const {
  const std::vector<HostId>* meant = first_starts_.CountingOf(state.shard);
  if (meant == nullptr) return state.growing.empty();
  return std::all_of(meant->begin(), meant->end(), [&state](HostId host) {
    return std::find(state.counting.begin(), state.counting.end(), host) != state.counting.end();
  });
}

bool GroupView::NoZombies() const {
  for (const ShardState& state : shards_) {
    for (const ReplicaState& replica : state.replicas) {
      const std::vector<ReplicaId>& removed = state.removed;
      const bool gone =
          std::find(removed.begin(), removed.end(), replica.place.replica) != removed.end();
      if (gone && replica.takes_part) return false;
    }
  }
  return true;
}

}  // namespace ww::scenarios
