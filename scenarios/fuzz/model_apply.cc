// What commands make of the model.
#include <algorithm>

#include "scenarios/fuzz/model.h"
#include "sim/base/check.h"

namespace ww::scenarios::fuzz {
namespace {

using faults::FaultKind;

bool Has(const std::vector<HostId>& hosts, HostId host) {
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

}  // namespace

void Model::Apply(const Command& command) {
  CHECK(Possible(command), "{}", DescribeCommand(command));
  if (const auto* operation = std::get_if<Operation>(&command)) {
    ApplyOperation(*operation);
  } else if (const auto* fault = std::get_if<Fault>(&command)) {
    if (fault->kind == FaultKind::kLoseHost) lost_[fault->hosts.front().value] = true;
    if (fault->kind == FaultKind::kWipeDisk) wiped_[fault->hosts.front().value] = true;
  } else if (const auto* late = std::get_if<LateStart>(&command)) {
    late_[late->host.value] = true;
  } else if (std::holds_alternative<Edit>(command)) {
    ++edits_;
  } else {
    waited_ = true;
  }
}

void Model::ApplyOperation(const Operation& one) {
  operated_ = true;
  waited_before_last_ = waited_;
  waited_ = waited_ || one.waits;
  // What was asked before goes on until it is given up: faults hang on its steps.
  const bool cancels = one.action == OperatorAction::kCancel;
  if (!cancels || last_moved_ != one.shard) {
    last_moved_.reset();
    last_hosts_.clear();
  }
  if (one.action == OperatorAction::kAddHost) {
    absent_[one.host.value] = false;
    lost_[one.host.value] = false;
    last_hosts_ = {one.host};
  }
  created_last_ = one.action == OperatorAction::kCreate;
  if (created_last_) {
    last_hosts_ = Founders(one.host);
    const auto at = std::find_if(shards_.begin(), shards_.end(),
                                 [&one](const Shard& shard) { return shard.id > one.shard; });
    shards_.insert(at, Shard{.id = one.shard, .members = last_hosts_, .busy = true, .young = true});
  }
  for (Shard& shard : shards_) {
    const bool here = shard.id == one.shard;
    shard.last_cancels = 0;
    if (cancels && here) {
      Cancel(shard);
      continue;
    }
    shard.last_moves = 0;
    shard.last_migrations = 0;
    if (here || one.action == OperatorAction::kDrain) ApplyTo(shard, one);
    if (shard.last_moves == 0) continue;
    shard.last_migrations = 1;
    ++shard.migrations;
    if (here) last_moved_ = shard.id;
    if (one.action == OperatorAction::kMigrate) last_hosts_ = {one.from, one.host};
  }
  if (one.waits) Settle();
}

void Model::ApplyTo(Shard& shard, const Operation& one) {
  std::vector<HostId>& members = shard.members;
  const std::vector<HostId> old = members;
  switch (one.action) {
    case OperatorAction::kDrain:
      if (Has(members, one.host)) Move(shard, one.host, Free(shard.id).front());
      return;
    case OperatorAction::kMigrate:
      Move(shard, one.from, one.host);
      shard.before = old;
      return;
    case OperatorAction::kMigrateShard: {
      std::vector<HostId> targets = Free(shard.id);
      const auto first = std::find(targets.begin(), targets.end(), one.host);
      std::rotate(targets.begin(), first, targets.end());
      for (size_t i = 0; i < old.size(); ++i) Move(shard, old[i], targets[i]);
      shard.before = old;
      return;
    }
    case OperatorAction::kAdd:
      members.push_back(one.host);
      return;
    case OperatorAction::kJoin:
      shard.joined.push_back(one.host);
      return;
    case OperatorAction::kPromote:
      std::erase(shard.joined, one.host);
      members.push_back(one.host);
      return;
    case OperatorAction::kReplace:
      members.front() = one.host;
      return;
    case OperatorAction::kRemove:
    case OperatorAction::kForget:
      std::erase(shard.joined, one.host);
      std::erase(members, one.host);
      return;
    case OperatorAction::kRestart:
    case OperatorAction::kTransfer:
    case OperatorAction::kSnapshot:
    case OperatorAction::kSwitch:
    case OperatorAction::kCreate:
    case OperatorAction::kAddHost:
    case OperatorAction::kCancel:
    case OperatorAction::kWitness:
    case OperatorAction::kAddZero:
    case OperatorAction::kMeddle:
    case OperatorAction::kRefill:
    case OperatorAction::kCalmTransfer:
    case OperatorAction::kSleep:
    case OperatorAction::kMigrateBack:
    case OperatorAction::kMigrateLeader:
    case OperatorAction::kCrowd:
    case OperatorAction::kAwait:
    case OperatorAction::kByHand:
      return;
  }
  UNREACHABLE();
}

// It comes in time, if all goes well.
void Model::Cancel(Shard& shard) {
  CHECK(shard.before.has_value());
  shard.members = *shard.before;
  shard.before.reset();
  shard.last_cancels = 1;
  ++shard.cancels;
}

void Model::Move(Shard& shard, HostId from, HostId to) {
  std::replace(shard.members.begin(), shard.members.end(), from, to);
  shard.busy = true;
  shard.before.reset();
  ++shard.moves;
  ++shard.last_moves;
}

// Migrations have ended, and what was lost was made anew elsewhere; on a wiped disk it may be so
// too.
void Model::Settle() {
  for (Shard& shard : shards_) {
    shard.busy = false;
    shard.young = false;
    for (const HostId member : std::vector<HostId>(shard.members)) {
      if (Usable(member)) continue;
      const std::vector<HostId> free = Free(shard.id);
      if (!free.empty()) Move(shard, member, free.front());
    }
    shard.busy = false;
    shard.before.reset();
  }
  std::fill(wiped_.begin(), wiped_.end(), false);
}

}  // namespace ww::scenarios::fuzz
