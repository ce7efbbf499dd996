#include "scenarios/fuzz/model.h"

#include <algorithm>

#include "raft/meta/steps.h"
#include "scenarios/cluster.h"
#include "sim/base/check.h"

namespace ww::scenarios::fuzz {
namespace {

using faults::FaultKind;
namespace meta = raft::meta;

constexpr size_t kCommandsMax = 64;
constexpr Duration kLastingMax = Seconds(30);
constexpr uint64_t kCallMax = 64;

bool Has(const std::vector<HostId>& hosts, HostId host) {
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

bool TakesDisk(FaultKind kind) {
  return kind == FaultKind::kLoseHost || kind == FaultKind::kWipeDisk;
}

// Kinds that sequences are made of; others need numbers that say little to a reader.
bool Known(FaultKind kind) {
  switch (kind) {
    case FaultKind::kCrash:
    case FaultKind::kPowerLoss:
    case FaultKind::kPause:
    case FaultKind::kPartition:
    case FaultKind::kIsolateLeader:
    case FaultKind::kOneWayCut:
    case FaultKind::kLoss:
    case FaultKind::kDelay:
    case FaultKind::kDiskSlow:
    case FaultKind::kLoseHost:
    case FaultKind::kWipeDisk:
      return true;
    case FaultKind::kSlow:
    case FaultKind::kClog:
    case FaultKind::kReset:
    case FaultKind::kDuplication:
    case FaultKind::kReordering:
    case FaultKind::kKindDrop:
    case FaultKind::kKindHold:
    case FaultKind::kDiskError:
    case FaultKind::kClockDrift:
    case FaultKind::kClockStall:
    case FaultKind::kDiskFull:
    case FaultKind::kBreakMachine:
    case FaultKind::kDiskStall:
    case FaultKind::kShortWrite:
    case FaultKind::kBitRot:
    case FaultKind::kLatentError:
    case FaultKind::kOlderImage:
    case FaultKind::kCorruption:
    case FaultKind::kTruncation:
    case FaultKind::kFlakyLink:
    case FaultKind::kRing:
    case FaultKind::kBridge:
    case FaultKind::kMisdirectedWrite:
      return false;
  }
  UNREACHABLE();
}

bool Belongs(Play play, OperatorAction action) {
  switch (action) {
    case OperatorAction::kMigrate:
    case OperatorAction::kMigrateShard:
    case OperatorAction::kDrain:
    case OperatorAction::kCreate:
    case OperatorAction::kCancel:
    case OperatorAction::kAddHost:
      return play == Play::kControl;
    case OperatorAction::kTransfer:
    case OperatorAction::kRestart:
    case OperatorAction::kSnapshot:
      return play != Play::kBootstrap;
    case OperatorAction::kSwitch:
      return play == Play::kCoordinated;
    case OperatorAction::kAdd:
    case OperatorAction::kReplace:
    case OperatorAction::kRemove:
    case OperatorAction::kForget:
    case OperatorAction::kJoin:
    case OperatorAction::kPromote:
      return play == Play::kMembers;
    case OperatorAction::kRefill:
    case OperatorAction::kWitness:
    case OperatorAction::kAddZero:
    case OperatorAction::kMeddle:
    case OperatorAction::kCalmTransfer:
    case OperatorAction::kSleep:
    case OperatorAction::kAwait:
    case OperatorAction::kMigrateBack:
    case OperatorAction::kMigrateLeader:
    case OperatorAction::kCrowd:
    case OperatorAction::kByHand:
      return false;
  }
  UNREACHABLE();
}

}  // namespace

// As a cluster places them.
Model::Model(const Ground& ground, const Choices& choices)
    : ground_(ground),
      joint_(choices.joint || ground.joint),
      repairs_(choices.repairs || ground.repairs),
      lost_(ground.hosts + 1),
      wiped_(ground.hosts + 1),
      late_(ground.hosts + 1),
      absent_(ground.hosts + 1) {
  const uint64_t first = ground.hosts - ground.hosts_added;
  for (uint64_t host = first + 1; host <= ground.hosts; ++host) {
    absent_[host] = true;
    lost_[host] = true;
  }
  const uint64_t last = ground.last_shard().value;
  for (const ReplicaPlace& place : PlaceReplicas(first, last, ground.voters)) {
    if (shards_.empty() || shards_.back().id != place.shard) shards_.push_back({place.shard, {}});
    shards_.back().members.push_back(place.host);
  }
  if (!ground.has_metadata()) return;
  shards_.front().members.clear();
  for (const ReplicaPlace& place : PlaceReplicas(first, 1, ground.control_voters)) {
    shards_.front().members.push_back(place.host);
  }
}

const Model::Shard* Model::Find(ShardId id) const {
  for (const Shard& shard : shards_) {
    if (shard.id == id) return &shard;
  }
  return nullptr;
}

std::vector<ShardId> Model::Shards() const {
  std::vector<ShardId> ids;
  for (const Shard& shard : shards_) ids.push_back(shard.id);
  return ids;
}

const std::vector<HostId>& Model::Members(ShardId id) const {
  const Shard* shard = Find(id);
  CHECK(shard != nullptr, "shard {}", id);
  return shard->members;
}

const std::vector<HostId>& Model::Joined(ShardId id) const {
  const Shard* shard = Find(id);
  CHECK(shard != nullptr, "shard {}", id);
  return shard->joined;
}

std::vector<ShardId> Model::Cancellable() const {
  std::vector<ShardId> ids;
  for (const Shard& shard : shards_) {
    if (shard.before.has_value()) ids.push_back(shard.id);
  }
  return ids;
}

bool Model::cancelled() const {
  return last_moved_.has_value() && Find(*last_moved_)->last_cancels > 0;
}

bool Model::Usable(HostId host) const {
  return !host.none() && host.value <= ground_.hosts && !lost_[host.value] && !wiped_[host.value];
}

std::vector<HostId> Model::Free(ShardId id) const {
  std::vector<HostId> free;
  for (const HostId host : Present()) {
    if (Usable(host) && !Has(Members(id), host) && !Has(Joined(id), host)) free.push_back(host);
  }
  return free;
}

std::vector<HostId> Model::Present() const {
  std::vector<HostId> present;
  for (uint64_t host = 1; host <= ground_.hosts; ++host) {
    if (!lost_[host]) present.emplace_back(host);
  }
  return present;
}

std::vector<HostId> Model::Absent() const {
  std::vector<HostId> absent;
  for (uint64_t host = 1; host <= ground_.hosts; ++host) {
    if (absent_[host]) absent.emplace_back(host);
  }
  return absent;
}

bool Model::Possible(const Command& command) const {
  if (const auto* operation = std::get_if<Operation>(&command)) {
    return PossibleOperation(*operation);
  }
  if (const auto* fault = std::get_if<Fault>(&command)) return PossibleFault(*fault);
  if (const auto* late = std::get_if<LateStart>(&command)) {
    return ground_.play == Play::kBootstrap && !late->host.none() &&
           late->host.value <= ground_.hosts && !late_[late->host.value] && late->by > Duration{} &&
           late->by <= kLastingMax;
  }
  if (const auto* edit = std::get_if<Edit>(&command)) return PossibleEdit(*edit);
  const auto& idle = std::get<Idle>(command);
  return idle.lasting > Duration{} && idle.lasting <= kLastingMax;
}

bool Model::PossibleOperation(const Operation& one) const {
  if (!Belongs(ground_.play, one.action) || one.lasting > kLastingMax) return false;
  if (one.action == OperatorAction::kDrain) return PossibleDrain(one.host);
  if (one.action == OperatorAction::kCreate) return PossibleCreation(one);
  if (one.action == OperatorAction::kAddHost) {
    return !one.host.none() && one.host.value <= ground_.hosts && absent_[one.host.value];
  }
  const Shard* shard = Find(one.shard);
  if (shard == nullptr || !Usable(one.host)) return false;
  const bool member = Has(shard->members, one.host);
  const bool joined = Has(shard->joined, one.host);
  switch (one.action) {
    case OperatorAction::kMigrate:
    case OperatorAction::kMigrateShard:
      return PossibleMove(*shard, one);
    case OperatorAction::kCancel:
      return shard->before.has_value();
    case OperatorAction::kTransfer:
      return member;
    case OperatorAction::kRestart:
    case OperatorAction::kSnapshot:
      return member || joined;
    case OperatorAction::kSwitch:
      // Also to one that may not lead, which is refused. It is recorded, not waited for.
      return shard->id == ground_.first_shard() && !one.waits;
    case OperatorAction::kAdd:
      return !member && !joined && shard->members.size() < raft::kVotersMax;
    case OperatorAction::kPromote:
      return joined && shard->members.size() < raft::kVotersMax;
    case OperatorAction::kJoin:
    case OperatorAction::kReplace:
      return !member && !joined;
    case OperatorAction::kRemove:
      return joined || (member && shard->members.size() > 2);
    case OperatorAction::kForget:
      return member && shard->members.size() > 2;
    case OperatorAction::kRefill:
    case OperatorAction::kDrain:
    case OperatorAction::kCreate:
    case OperatorAction::kAddHost:
    case OperatorAction::kWitness:
    case OperatorAction::kAddZero:
    case OperatorAction::kMeddle:
    case OperatorAction::kCalmTransfer:
    case OperatorAction::kSleep:
    case OperatorAction::kAwait:
    case OperatorAction::kMigrateBack:
    case OperatorAction::kMigrateLeader:
    case OperatorAction::kCrowd:
    case OperatorAction::kByHand:
      return false;
  }
  UNREACHABLE();
}

bool Model::PossibleMove(const Shard& shard, const Operation& one) const {
  if (shard.busy || Has(shard.members, one.host)) return false;
  if (one.action == OperatorAction::kMigrate) return Has(shard.members, one.from);
  return Free(shard.id).size() >= shard.members.size();
}

bool Model::PossibleDrain(HostId host) const {
  if (!Usable(host)) return false;
  return std::all_of(shards_.begin(), shards_.end(), [&](const Shard& shard) {
    return !Has(shard.members, host) || !Free(shard.id).empty();
  });
}

// Ids may have gaps, so that a creation may be taken out of a sequence without those after it.
bool Model::PossibleCreation(const Operation& one) const {
  const uint64_t last = ground_.last_shard().value;
  if (one.shard.value <= last || one.shard.value > last + kCreatedShardsMax) return false;
  if (Find(one.shard) != nullptr || one.host.none() || one.host.value > ground_.hosts) return false;
  const std::vector<HostId> founders = Founders(one.host);
  return std::all_of(founders.begin(), founders.end(),
                     [this](HostId host) { return Usable(host); });
}

// As operators choose them.
std::vector<HostId> Model::Founders(HostId first) const {
  std::vector<HostId> founders;
  for (uint64_t i = 0; i < ground_.voters; ++i) {
    founders.emplace_back((first.value - 1 + i) % ground_.hosts + 1);
  }
  return founders;
}

ShardId Model::NextShard() const {
  return ShardId(std::max(shards_.back().id, ground_.last_shard()).value + 1);
}

bool Model::PossibleEdit(const Edit& edit) const {
  if (!ground_.editable || edits_ == kEditsMax || !Usable(edit.host)) return false;
  if (edit.straggler.none()) return edit.late == Duration{};
  return Usable(edit.straggler) && edit.late > Duration{} && edit.late <= kLastingMax;
}

bool Model::PossibleFault(const Fault& fault) const {
  if (!Known(fault.kind) || fault.lasting > kLastingMax || fault.delay > kLastingMax) return false;
  if (!PossibleMoment(fault)) return false;
  for (const HostId host : fault.hosts) {
    if (host.none() || host.value > ground_.hosts || lost_[host.value]) return false;
  }
  faults::PlanItem item;
  item.kind = fault.kind;
  item.hosts = fault.hosts;
  item.shard = fault.shard;
  const bool somebody = fault.moment == Moment::kStep || fault.moment == Moment::kUndo ||
                        fault.moment == Moment::kDeed;
  if (somebody) item.trigger.occurrence.emplace();
  if (!faults::SubjectError(item).empty()) return false;
  if (fault.kind == FaultKind::kPartition && fault.hosts.size() >= ground_.hosts) return false;
  if (fault.kind == FaultKind::kIsolateLeader && Find(fault.shard) == nullptr) return false;
  if (!TakesDisk(fault.kind)) return true;
  // Of a disk that was gone before they heard of it the metadata know nothing.
  if (!(fault.moment == Moment::kHere ? waited_ : waited_before_last_)) return false;
  // A shard waits for ever for founders that are lost for good.
  const bool founding = fault.moment == Moment::kHere ? Founding() : created_last_;
  if (fault.kind == FaultKind::kLoseHost && founding) return false;
  return ground_.play == Play::kControl && repairs_ && fault.hosts.size() == 1 &&
         Survives(fault.hosts.front());
}

bool Model::Founding() const {
  return std::any_of(shards_.begin(), shards_.end(),
                     [](const Shard& shard) { return shard.busy && shard.young; });
}

bool Model::PossibleMoment(const Fault& fault) const {
  switch (fault.moment) {
    case Moment::kHere:
      return true;
    case Moment::kDuring:
      return operated_;
    case Moment::kStep: {
      const meta::Strategy strategy = joint_ ? meta::Strategy::kJoint : meta::Strategy::kStepwise;
      return last_moved_.has_value() && meta::HasStep(strategy, fault.step);
    }
    case Moment::kUndo:
      return last_moved_.has_value() && fault.edge >= StepEdge::kUndo;
    case Moment::kDeed:
      return ground_.play == Play::kCoordinated && fault.call >= 1 && fault.call <= kCallMax;
    case Moment::kCall:
      return ground_.play == Play::kBootstrap && fault.kind == FaultKind::kCrash &&
             fault.hosts.size() == 1 && fault.call >= 1 && fault.call <= kCallMax;
  }
  UNREACHABLE();
}

// Every shard keeps a majority with what it knows, and hosts to be rebuilt on.
bool Model::Survives(HostId host) const {
  if (!Usable(host)) return false;
  size_t usable = 0;
  for (const HostId other : Present()) usable += Usable(other) ? 1 : 0;
  return std::all_of(shards_.begin(), shards_.end(), [&](const Shard& shard) {
    size_t kept = 0;
    for (const HostId member : shard.members) kept += member != host && Usable(member) ? 1 : 0;
    return kept > shard.members.size() / 2 && usable > shard.members.size();
  });
}

uint64_t Model::StepsBefore(ShardId id, meta::MoveStep step) const {
  const Shard* shard = Find(id);
  CHECK(shard != nullptr, "shard {}", id);
  // A migration has one intent, however many moves.
  return step == meta::MoveStep::kIntent ? shard->migrations - shard->last_migrations
                                         : shard->moves - shard->last_moves;
}

uint64_t Model::UndosBefore(ShardId id) const {
  const Shard* shard = Find(id);
  CHECK(shard != nullptr, "shard {}", id);
  return shard->cancels - shard->last_cancels;
}

std::vector<Command> Legalised(const Ground& ground, const Choices& choices,
                               const std::vector<Command>& commands) {
  Model model(ground, choices);
  std::vector<Command> kept;
  for (const Command& command : commands) {
    if (kept.size() == kCommandsMax || !model.Possible(command)) continue;
    model.Apply(command);
    kept.push_back(command);
  }
  return kept;
}

bool Valid(const Ground& ground, const Sequence& sequence) {
  const Choices& choices = sequence.choices;
  const bool chosen = choices.joint || choices.random_ids || choices.repairs;
  if (chosen && (!ground.may_choose || ground.play != Play::kControl)) return false;
  return !sequence.commands.empty() &&
         Legalised(ground, choices, sequence.commands) == sequence.commands;
}

}  // namespace ww::scenarios::fuzz
