// What a careless operator does: asks for changes that must be refused, for several at once, and
// for leaders that go. A sound shard is none the worse for it.
#include <vector>

#include "scenarios/workload/operator.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

constexpr raft::Index kNeverIndex(uint64_t{1} << 40);

raft::ChangeRequest Adding(raft::MemberRole role, ReplicaId replica, HostId host) {
  return {raft::AddMember{role, {replica, host, fmt::format("host-{}", host)}}};
}
raft::ChangeRequest Deleting(ReplicaId replica) { return {raft::DeleteMember{replica}}; }

}  // namespace

std::optional<Operator::Leading> Operator::LeaderOf(ShardId shard) {
  for (uint64_t asked = 1; asked <= options_.hosts; ++asked) {
    const auto reply = caller_.Ask(HostId(asked), shard, raft::Describe{});
    if (!reply.has_value() || !reply->description.has_value()) continue;
    if (reply->description->role != raft::Role::kLeader) continue;
    return Leading{HostId(asked), *reply->description};
  }
  return std::nullopt;
}

Operator::Ending Operator::Meddle(const OperatorItem& item) {
  const std::optional<Leading> leading = LeaderOf(item.shard);
  if (!leading.has_value() || leading->description.membership.voters.empty())
    return Ending::kNothingToDo;
  constexpr uint32_t kWays = 4;
  switch (item.id % kWays) {
    case 0:
      return AskForNonsense(item, *leading);
    case 1:
      return AskAtOnce(item, *leading);
    case 2:
      return AskTooEarly(item, *leading);
    case 3:
      return HandOverToOneThatGoes(item, *leading);
  }
  UNREACHABLE();
}

// Every one of these is refused whatever the shard's state is.
Operator::Ending Operator::AskForNonsense(const OperatorItem& item, const Leading& leading) {
  using Role = raft::MemberRole;
  const std::vector<raft::Member>& voters = leading.description.membership.voters;
  const raft::Member& some = voters[item.id / 4 % voters.size()];
  const ReplicaId fresh = NewReplica(item);
  std::vector<raft::ChangeRequest> nonsense = {Adding(Role::kNonVoting, some.replica, some.host),
                                               Adding(Role::kWitness, some.replica, some.host),
                                               Adding(Role::kVoter, some.replica, some.host),
                                               Adding(Role::kVoter, ReplicaId(), item.host),
                                               Adding(Role::kVoter, fresh, some.host),
                                               Adding(Role::kNonVoting, fresh, some.host),
                                               Deleting(fresh),
                                               {raft::DeleteMember{some.replica}, kNeverIndex},
                                               {raft::LeaveJoint{}},
                                               {raft::EnterJoint{}}};
  const bool named = !some.target.empty() && item.host != some.host;
  if (named) {
    nonsense.push_back(
        {raft::AddMember{Role::kVoter, {fresh, item.host, fmt::format(" {}  ", some.target)}}});
  }
  raft::EnterJoint everybody;
  for (const raft::Member& voter : voters) {
    everybody.changes.push_back(raft::DeleteMember{voter.replica});
  }
  nonsense.push_back({everybody});
  if (voters.size() == 1) nonsense.push_back(Deleting(some.replica));
  for (const raft::ChangeRequest& change : nonsense) {
    caller_.Ask(leading.host, item.shard, raft::ChangeMembership{change});
  }
  return Ending::kDone;
}

// The second has to wait for the first to be applied, and is refused meanwhile.
Operator::Ending Operator::AskAtOnce(const OperatorItem& item, const Leading& leading) {
  const ReplicaId fresh = NewReplica(item);
  const std::vector<raft::ChangeRequest> changes = {
      Adding(raft::MemberRole::kNonVoting, fresh, item.host), Deleting(fresh),
      Adding(raft::MemberRole::kNonVoting, ReplicaId(fresh.value + kSecondNew), item.host)};
  for (const raft::ChangeRequest& change : changes) {
    caller_.Tell(leading.host, item.shard, raft::ChangeMembership{change});
  }
  // The removed id is never used again.
  const bool gone = Delete(item.shard, {fresh, item.host});
  if (gone) caller_.Ask(leading.host, item.shard, raft::ChangeMembership{changes.front()});
  Delete(item.shard, {ReplicaId(fresh.value + kSecondNew), item.host});
  return Ending::kDone;
}

// A replica that is not even started can't vote, nor lead.
Operator::Ending Operator::AskTooEarly(const OperatorItem& item, const Leading& leading) {
  const ReplicaId fresh = NewReplica(item);
  Change(item.shard, Adding(raft::MemberRole::kNonVoting, fresh, item.host));
  const raft::ChangeRequest promote = Adding(raft::MemberRole::kVoter, fresh, item.host);
  const raft::Member& first = leading.description.membership.voters.front();
  raft::EnterJoint swap{{std::get<raft::AddMember>(promote.what)}};
  if (first.host != leading.host) swap.changes.push_back(raft::DeleteMember{first.replica});
  caller_.Ask(leading.host, item.shard, raft::TransferLeadership{fresh});
  caller_.Ask(leading.host, item.shard, raft::ChangeMembership{promote});
  caller_.Ask(leading.host, item.shard, raft::ChangeMembership{{swap}});
  Delete(item.shard, {fresh, item.host});
  return Ending::kDone;
}

// The last voter but two others goes, and is to take over while it does.
Operator::Ending Operator::HandOverToOneThatGoes(const OperatorItem& item, const Leading& leading) {
  const std::vector<raft::Member>& voters = leading.description.membership.voters;
  const raft::Member& last = voters.back();
  if (voters.size() < 3 || last.host == leading.host) return Ending::kNothingToDo;
  caller_.Tell(leading.host, item.shard, raft::ChangeMembership{Deleting(last.replica)});
  caller_.Tell(leading.host, item.shard, raft::TransferLeadership{last.replica});
  return Delete(item.shard, {last.replica, last.host}) ? Ending::kDone : Ending::kNothingToDo;
}

}  // namespace ww::scenarios
