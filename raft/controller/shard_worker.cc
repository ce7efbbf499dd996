#include "raft/controller/shard_worker.h"

#include <algorithm>
#include <utility>

#include "raft/meta/placement.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

const meta::HostView* ViewOf(const meta::ShardView& view, HostId host) {
  for (const meta::HostView& seen : view.hosts) {
    if (seen.host == host) return &seen;
  }
  return nullptr;
}

bool IsIdle(const meta::Wanted& wanted) {
  const auto* wait = std::get_if<meta::Wait>(&wanted);
  return wait != nullptr && wait->why == meta::WaitReason::kNothingToDo;
}

}  // namespace

void ShardWorker::Run() {
  while (parts_.ledger.in_control()) {
    const meta::ShardView view = Look();
    const std::optional<meta::Wanted> wanted =
        parts_.ledger.Decide([&](const meta::State& state) { return Want(state, view); });
    if (!wanted.has_value() || IsIdle(*wanted)) return;
    if (const auto* wait = std::get_if<meta::Wait>(&*wanted);
        wait != nullptr && wait->why == meta::WaitReason::kNobodyTakesOver) {
      unwilling_.clear();
    }
    const bool went_through = std::visit([&](const auto& one) { return Do(one, view); }, *wanted);
    if (!went_through && parts_.ledger.in_control()) {
      parts_.pauses.WaitUntil(parts_.env.clock().Now() + parts_.pause);
    }
  }
}

// --- Looking ---

// Whoever has, had or will have a replica of the shard, as far as the metadata know.
std::vector<HostId> ShardWorker::HostsToAsk() const {
  const meta::State& state = parts_.ledger.state();
  std::vector<HostId> hosts;
  const meta::ShardRecord* shard = state.shards.Find(shard_);
  if (shard != nullptr) {
    for (const meta::Placement& placement : shard->placements) hosts.push_back(placement.host);
    if (const meta::Migration* migration = state.migrations.Find(shard->migration)) {
      if (const meta::Move* move = meta::CurrentMove(*migration)) hosts.push_back(move->target);
    }
  }
  for (const meta::OwedCleanup& owed : state.owed) {
    if (owed.id.shard == shard_) hosts.push_back(owed.host);
  }
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  return hosts;
}

meta::ShardView ShardWorker::Look() {
  const std::vector<HostId> hosts = HostsToAsk();
  const ControllerStamp stamp = parts_.ledger.stamp();
  const auto answers = parts_.asker.AskAll(hosts, shard_, Describe{}, stamp);
  const LocalTime now = parts_.env.clock().Now();
  meta::ShardView view;
  Term led_in;
  leader_host_ = HostId();
  for (size_t at = 0; at < hosts.size(); ++at) {
    const std::optional<AdminReply>& answer = answers[at];
    meta::HostView& seen = view.hosts.emplace_back();
    seen.host = hosts[at];
    seen.answered = answer.has_value() && answer->description.has_value();
    if (seen.answered) parts_.watch.Heard(hosts[at], now);
    seen.silent = parts_.watch.Silence(hosts[at], now);
    if (const HostDescription* of_host = parts_.watch.DescriptionOf(hosts[at])) {
      for (const HostedReplica& hosted : of_host->replicas) seen.leaders += hosted.leads ? 1 : 0;
    }
    if (!seen.answered) continue;
    const ShardDescription& description = *answer->description;
    seen.disk = description.disk;
    seen.incarnation = description.incarnation;
    seen.live = description.replica;
    seen.applied = description.applied;
    seen.recorded = description.recorded;
    seen.tombstones = description.tombstones;
    if (description.replica.none() || description.role != Role::kLeader) continue;
    if (description.term <= led_in) continue;
    led_in = description.term;
    leader_host_ = hosts[at];
    view.leader = {description.replica, description.commit, description.membership};
  }
  view.read = read_;
  view.unwilling = unwilling_;
  return view;
}

// --- Deciding ---

ReplicaId ShardWorker::ProposeId(const meta::State& state, uint64_t nth) {
  if (state.ids == meta::IdMode::kIncreasing) return ReplicaId();
  const uint64_t drawn = parts_.env.draws().Uniform(parts_.ids, UINT64_MAX);
  return meta::RandomId(state.shards.Get(shard_), drawn + nth);
}

// A migration first, then what others have left behind, which may be in the way of founders; then
// what the shard needs to exist.
meta::Wanted ShardWorker::Want(const meta::State& state, const meta::ShardView& view) {
  const meta::ShardRecord* shard = state.shards.Find(shard_);
  if (shard == nullptr) return meta::Wait{};
  if (const meta::Migration* migration = state.migrations.Find(shard->migration)) {
    if (!meta::IsWaiting(*migration)) {
      return meta::Next(state, *migration, view, parts_.limits, ProposeId(state));
    }
  }
  for (const meta::OwedCleanup& owed : state.owed) {
    if (owed.id.shard != shard_) continue;
    meta::Wanted wanted = meta::NextCleanup(state, owed, view);
    if (!std::holds_alternative<meta::Wait>(wanted)) return wanted;
  }
  if (shard->phase != meta::ShardPhase::kLive) {
    std::vector<ReplicaId> proposed;
    for (uint32_t i = 0; state.ids == meta::IdMode::kRandom && i < shard->voters; ++i) {
      proposed.push_back(ProposeId(state, i));
    }
    return meta::NextFounding(state, *shard, view, proposed);
  }
  if (shard->migration.none()) return meta::Tidy(state, *shard, view);
  return meta::Wait{};
}

// --- Doing ---

bool ShardWorker::Ask(HostId host, const AdminAction& action) {
  const auto reply = parts_.asker.Ask(host, shard_, action, parts_.ledger.stamp());
  return reply.has_value() && reply->outcome == AdminOutcome::kDone;
}

bool ShardWorker::Do(const meta::ChangeMembers& wanted, const meta::ShardView&) {
  CHECK(wanted.change.expected.has_value());
  return Ask(leader_host_, ChangeMembership{wanted.change});
}

// Who was asked and does not lead is passed over, until everybody was.
bool ShardWorker::Do(const meta::HandOver& wanted, const meta::ShardView&) {
  if (Ask(leader_host_, TransferLeadership{wanted.to})) {
    unwilling_.clear();
    return true;
  }
  COVER("controller.hand_over_failed");
  unwilling_.push_back(wanted.to);
  return false;
}

bool ShardWorker::Do(const meta::StartOn& wanted, const meta::ShardView&) {
  StartReplica start;
  start.replica = wanted.replica;
  start.join = wanted.members.empty();
  start.role = start.join ? MemberRole::kNonVoting : MemberRole::kVoter;
  start.members = wanted.members;
  start.ask = wanted.ask;
  start.disk = wanted.disk;
  return Ask(wanted.host, start);
}

// It was asked in the life that the view tells of, or in a later one: then it proves nothing, and
// is asked again.
bool ShardWorker::Do(const meta::ReadThrough& wanted, const meta::ShardView& view) {
  const meta::HostView* seen = ViewOf(view, wanted.host);
  CHECK(seen != nullptr && seen->answered);
  const auto reply = parts_.asker.Query(wanted.host, shard_, {});
  if (!reply.has_value() || reply->outcome != Outcome::kCompleted) return false;
  read_ = meta::ReadProof{wanted.replica, seen->incarnation, Index(reply->index)};
  return true;
}

bool ShardWorker::Do(const meta::StopOn& wanted, const meta::ShardView&) {
  return Ask(wanted.host, StopReplica{wanted.replica});
}

bool ShardWorker::Do(const meta::RemoveDataOn& wanted, const meta::ShardView&) {
  return Ask(wanted.host, RemoveReplicaData{wanted.replica});
}

}  // namespace ww::raft
