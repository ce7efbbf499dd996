#include "scenarios/fuzz/generate.h"

#include <rapidcheck.h>

#include <algorithm>
#include <array>

#include "absl/functional/function_ref.h"
#include "raft/meta/steps.h"
#include "scenarios/fuzz/model.h"
#include "scenarios/fuzz/simpler.h"
#include "sim/base/check.h"

namespace ww::scenarios::fuzz {
namespace {

using faults::FaultKind;
namespace meta = raft::meta;

constexpr int kSizeMin = 10;
constexpr uint64_t kCommandsMin = 2;
constexpr uint64_t kCommandsMore = 10;  // At the nominal size.
constexpr uint32_t kTriesMax = 24;      // For a command that is possible.

// Draws one after the other from RapidCheck's randomness.
class Drawer {
 public:
  explicit Drawer(const rc::Random& random) : random_(random) {}

  uint64_t Below(uint64_t bound) {
    CHECK_GE(bound, 1u);
    rc::Random one = random_.split();
    return one.next() % bound;
  }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  // In steps of 100 ms; texts stay short.
  Duration UpTo(Duration longest) {
    const uint64_t steps = static_cast<uint64_t>(longest.ns / Milliseconds(100).ns);
    return Milliseconds(100) * static_cast<int64_t>(1 + Below(steps));
  }
  template <class Items>
  auto Of(const Items& items) {
    CHECK(!items.empty());
    return items[Below(items.size())];
  }

 private:
  rc::Random random_;
};

class CommandDrawer {
 public:
  CommandDrawer(Drawer& draw, const Model& model) : draw_(draw), model_(model) {}

  Command Draw() {
    switch (model_.ground().play) {
      case Play::kControl:
        return DrawBeside(&CommandDrawer::OfControl);
      case Play::kMembers:
        return DrawBeside(&CommandDrawer::OfMembers);
      case Play::kBootstrap:
        return OfBootstrap();
      case Play::kCoordinated:
        return DrawBeside(&CommandDrawer::OfCoordinated);
    }
    UNREACHABLE();
  }

  // A fault; at a step of what goes on, or of what was given up, when something does.
  Fault AnyFault() {
    constexpr std::array kKinds = {
        FaultKind::kCrash,         FaultKind::kCrash,     FaultKind::kCrash,
        FaultKind::kPartition,     FaultKind::kPartition, FaultKind::kIsolateLeader,
        FaultKind::kIsolateLeader, FaultKind::kPause,     FaultKind::kDiskSlow,
        FaultKind::kLoss,          FaultKind::kDelay,     FaultKind::kOneWayCut,
        FaultKind::kPowerLoss,     FaultKind::kWipeDisk,  FaultKind::kLoseHost};
    Fault fault;
    fault.kind = draw_.Of(kKinds);
    Place(fault);
    Subject(fault);
    const bool for_good = fault.kind == FaultKind::kLoseHost;
    if (!for_good) fault.lasting = draw_.UpTo(kFaultMax);
    if (draw_.OneIn(3)) fault.delay = DelayOf(fault);
    return fault;
  }
  // What keeps a move from being over soon: its target is away before it could catch up.
  Fault AwayTarget(HostId target) {
    constexpr std::array kKinds = {FaultKind::kCrash, FaultKind::kPause, FaultKind::kPartition};
    constexpr std::array kSteps = {meta::MoveStep::kIntent, meta::MoveStep::kAllocated,
                                   meta::MoveStep::kAdded, meta::MoveStep::kStarted};
    Fault fault;
    fault.kind = draw_.Of(kKinds);
    fault.hosts = {target};
    fault.moment = Moment::kStep;
    fault.step = draw_.Of(kSteps);
    fault.lasting = draw_.UpTo(kFaultMax);
    if (draw_.OneIn(3)) fault.delay = DelayOf(fault);
    return fault;
  }
  // Of a shard whose move is under way. One takes a tenth of a second when nothing is in its way.
  Operation GiveUp(ShardId shard) {
    Operation one = On(OperatorAction::kCancel, shard, model_.Members(shard).front());
    const bool soon = draw_.OneIn(2);
    one.lasting =
        soon ? Milliseconds(5) * static_cast<int64_t>(draw_.Below(40)) : draw_.UpTo(Seconds(2));
    one.waits = !draw_.OneIn(3);
    return one;
  }

 private:
  static constexpr Duration kFaultMax = Seconds(5);

  Command DrawBeside(Operation (CommandDrawer::*operation)()) {
    const uint64_t what = draw_.Below(20);
    if (what < 11) return (this->*operation)();
    if (what < 19) return AnyFault();
    return Idle{draw_.UpTo(Seconds(4))};
  }

  HostId AnyHost() { return HostId(1 + draw_.Below(model_.ground().hosts)); }

  Operation On(OperatorAction action, ShardId shard, HostId host) {
    Operation one;
    one.action = action;
    one.shard = shard;
    one.host = host;
    return one;
  }

  HostId FreeOrAny(ShardId shard) {
    const std::vector<HostId> free = model_.Free(shard);
    return free.empty() ? AnyHost() : draw_.Of(free);
  }

  Operation OfControl() {
    const std::vector<ShardId> shards = model_.Shards();
    // The metadata move too, but not as often.
    const ShardId shard = draw_.OneIn(8) ? shards.front() : draw_.Of(shards);
    const HostId member = draw_.Of(model_.Members(shard));
    const HostId free = FreeOrAny(shard);
    const std::vector<ShardId> moving = model_.Cancellable();
    if (!moving.empty() && draw_.OneIn(2)) return GiveUp(draw_.Of(moving));
    const std::vector<HostId> absent = model_.Absent();
    if (!absent.empty() && draw_.OneIn(4)) {
      Operation one = On(OperatorAction::kAddHost, shards.front(), draw_.Of(absent));
      one.waits = draw_.OneIn(2);
      return one;
    }
    const uint64_t what = draw_.Below(18);
    Operation one = On(OperatorAction::kMigrate, shard, free);
    if (what < 9) {
      one.from = member;
    } else if (what < 11) {
      one.action = OperatorAction::kMigrateShard;
    } else if (what < 13) {
      one = On(OperatorAction::kDrain, shards.front(), AnyHost());
      one.lasting = draw_.UpTo(Seconds(8));
    } else if (what < 14) {
      one = On(OperatorAction::kTransfer, shard, member);
    } else if (what < 15) {
      one = On(OperatorAction::kRestart, shard, member);
      one.lasting = draw_.UpTo(Seconds(2));
    } else if (what < 16) {
      one = On(OperatorAction::kSnapshot, shard, member);
    } else {
      one = On(OperatorAction::kCreate, model_.NextShard(), AnyHost());
    }
    one.waits = !draw_.OneIn(what < 9 ? 2 : 3);
    return one;
  }

  Operation OfMembers() {
    const ShardId shard = draw_.Of(model_.Shards());
    const HostId member = draw_.Of(model_.Members(shard));
    const HostId free = FreeOrAny(shard);
    const std::vector<HostId>& joined = model_.Joined(shard);
    if (!joined.empty() && draw_.OneIn(3)) return OnJoined(shard, draw_.Of(joined));
    const uint64_t what = draw_.Below(18);
    if (what >= 16) return On(OperatorAction::kJoin, shard, free);
    if (what < 5) return On(OperatorAction::kAdd, shard, free);
    if (what < 7) return On(OperatorAction::kReplace, shard, free);
    if (what < 10) return On(OperatorAction::kRemove, shard, member);
    Operation one = On(OperatorAction::kForget, shard, member);
    if (what >= 12) one.action = OperatorAction::kRestart;
    if (what >= 14) one.action = OperatorAction::kTransfer;
    if (what >= 15) one.action = OperatorAction::kSnapshot;
    if (what < 14) one.lasting = draw_.UpTo(Seconds(3));
    return one;
  }

  Operation OnJoined(ShardId shard, HostId host) {
    const uint64_t what = draw_.Below(8);
    if (what < 5) return On(OperatorAction::kPromote, shard, host);
    Operation one = On(OperatorAction::kRestart, shard, host);
    if (what == 6) one.action = OperatorAction::kSnapshot;
    if (what == 7) one.action = OperatorAction::kRemove;
    if (what == 5) one.lasting = draw_.UpTo(Seconds(3));
    return one;
  }

  Operation OfCoordinated() {
    const ShardId leased = model_.ground().first_shard();
    Operation one = On(OperatorAction::kSwitch, leased, AnyHost());
    const std::vector<HostId>& instances = model_.Members(leased);
    if (!draw_.OneIn(8)) one.host = draw_.Of(instances);
    const uint64_t what = draw_.Below(12);
    one.waits = what >= 6;
    if (what < 6) return one;
    // The metadata's leadership too, but not as often.
    if (draw_.OneIn(4)) one.shard = model_.Shards().front();
    one.host = draw_.Of(model_.Members(one.shard));
    one.action = OperatorAction::kTransfer;
    if (what >= 9) one.action = OperatorAction::kRestart;
    if (what >= 11) one.action = OperatorAction::kSnapshot;
    if (one.action == OperatorAction::kRestart) one.lasting = draw_.UpTo(Seconds(3));
    return one;
  }

  Edit AnyEdit() {
    Edit edit;
    edit.host = AnyHost();
    if (draw_.OneIn(2)) return edit;
    edit.straggler = AnyHost();
    edit.late = draw_.UpTo(Seconds(5));
    return edit;
  }

  Command OfBootstrap() {
    const uint64_t what = draw_.Below(12);
    if (what >= 10) return AnyEdit();
    if (what < 2) return LateStart{AnyHost(), draw_.UpTo(Seconds(12))};
    if (what < 4) return Idle{draw_.UpTo(Seconds(4))};
    Fault fault = AnyFault();
    if (what < 7) {
      fault = {};
      fault.hosts = {AnyHost()};
      fault.moment = Moment::kCall;
      fault.call = 1 + draw_.Below(24);
      fault.before_call = draw_.OneIn(2);
      fault.lasting = draw_.UpTo(kFaultMax);
    }
    return fault;
  }

  static bool OnWhatSomebodyDoes(const Fault& fault) {
    return fault.moment == Moment::kStep || fault.moment == Moment::kUndo ||
           fault.moment == Moment::kDeed;
  }

  // One step follows the other within milliseconds.
  Duration DelayOf(const Fault& fault) {
    if (!OnWhatSomebodyDoes(fault)) return draw_.UpTo(Seconds(1));
    return Milliseconds(static_cast<int64_t>(1 + draw_.Below(20)));
  }

  void Place(Fault& fault) {
    const bool moved = model_.last_moved().has_value();
    const uint64_t what = draw_.Below(6);
    if (moved && what < 4 && model_.cancelled() && !draw_.OneIn(4)) {
      fault.moment = Moment::kUndo;
      fault.edge = draw_.Of(kUndoEdges);
      fault.role = static_cast<StepRole>(draw_.Below(kStepRoles));
    } else if (moved && what < 4) {
      fault.moment = Moment::kStep;
      const meta::Strategy strategy =
          model_.joint() ? meta::Strategy::kJoint : meta::Strategy::kStepwise;
      fault.step = draw_.Of(meta::StepsOf(strategy));
    } else if (model_.ground().play == Play::kCoordinated && what < 3) {
      fault.moment = Moment::kDeed;
      fault.deed = static_cast<Deed>(draw_.Below(kDeeds));
      // Leases are taken again and again, the rest is done a few times in a run.
      const bool often = fault.deed == Deed::kGrants || fault.deed == Deed::kTakesLease;
      fault.call = 1 + draw_.Below(often ? 8 : 1);
    } else if (model_.operated() && what < 5) {
      fault.moment = Moment::kDuring;
    }
  }

  void Subject(Fault& fault) {
    const std::vector<HostId> present = model_.Present();
    // Half of the time somebody who takes part in what goes on.
    const bool near = draw_.OneIn(2) && !model_.last_hosts().empty();
    const HostId host = draw_.Of(near ? model_.last_hosts() : present);
    switch (fault.kind) {
      case FaultKind::kIsolateLeader:
        fault.shard = draw_.Of(model_.Shards());
        return;
      case FaultKind::kPowerLoss:
      case FaultKind::kDelay:
        return;
      case FaultKind::kOneWayCut:
        fault.hosts = {host, draw_.Of(present)};
        return;
      case FaultKind::kPartition:
        fault.hosts = {host};
        if (draw_.OneIn(2)) fault.hosts.push_back(draw_.Of(present));
        std::sort(fault.hosts.begin(), fault.hosts.end());
        fault.hosts.erase(std::unique(fault.hosts.begin(), fault.hosts.end()), fault.hosts.end());
        return;
      case FaultKind::kLoss:
        if (draw_.OneIn(2)) fault.hosts = {host};
        return;
      case FaultKind::kCrash:
      case FaultKind::kPause:
      case FaultKind::kDiskSlow:
        // Whoever does it is worth as much as all others together.
        if (!OnWhatSomebodyDoes(fault) || !draw_.OneIn(3)) fault.hosts = {host};
        return;
      case FaultKind::kWipeDisk:
      case FaultKind::kLoseHost:
        fault.hosts = {host};
        return;
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
        break;
    }
    UNREACHABLE();
  }

  Drawer& draw_;
  const Model& model_;
};

Choices DrawChoices(Drawer& draw, const Ground& ground) {
  Choices choices;
  const uint64_t load = draw.Below(8);
  const bool joint = draw.OneIn(4);
  const bool random_ids = draw.OneIn(4);
  const bool repairs = draw.OneIn(3);
  if (load == 0) choices.load = Load::kHeavy;
  if (ground.play != Play::kControl || !ground.may_choose) return choices;
  choices.joint = joint && !ground.joint;
  choices.random_ids = random_ids && !ground.random_ids;
  choices.repairs = repairs && !ground.repairs;
  return choices;
}

// There and back: the host has fenced what it had.
std::optional<Command> WayBack(const Command& command) {
  const auto* there = std::get_if<Operation>(&command);
  if (there == nullptr || there->action != OperatorAction::kMigrate) return std::nullopt;
  Operation back = *there;
  std::swap(back.from, back.host);
  return back;
}

// Somebody changes his mind: a move is asked for, often something goes wrong, the move is given up,
// and often something goes wrong when it is undone.
void Regret(Drawer& draw, const Model& model, HostId target,
            absl::FunctionRef<bool(const Command&)> add) {
  const std::vector<ShardId> moving = model.Cancellable();
  CommandDrawer drawer(draw, model);
  if (moving.empty()) return;
  const ShardId shard = model.last_moved().value_or(moving.front());
  if (draw.OneIn(2)) add(drawer.AwayTarget(target));
  add(drawer.GiveUp(shard));
  for (uint64_t more = draw.Below(3); more > 0; --more) add(drawer.AnyFault());
}

Sequence DrawSequence(const Ground& ground, const rc::Random& random, int size) {
  Drawer draw(random);
  Sequence sequence;
  sequence.choices = DrawChoices(draw, ground);
  const uint64_t more = kCommandsMore * static_cast<uint64_t>(std::max(0, size)) / rc::kNominalSize;
  const uint64_t wanted = kCommandsMin + draw.Below(1 + more);
  Model model(ground, sequence.choices);
  const auto add = [&](const Command& command) {
    if (sequence.commands.size() >= wanted || !model.Possible(command)) return false;
    model.Apply(command);
    sequence.commands.push_back(command);
    return true;
  };
  for (uint32_t tries = 0; tries < wanted * kTriesMax && sequence.commands.size() < wanted;
       ++tries) {
    const Command command = CommandDrawer(draw, model).Draw();
    if (!add(command)) continue;
    const auto* operation = std::get_if<Operation>(&command);
    if (operation != nullptr && operation->action == OperatorAction::kMigrate && !draw.OneIn(3)) {
      Regret(draw, model, operation->host, add);
    }
    const std::optional<Command> back = WayBack(command);
    if (back.has_value() && draw.OneIn(4)) add(*back);
  }
  // Waiting is always possible.
  if (sequence.commands.empty()) sequence.commands.push_back(Idle{Seconds(1)});
  return sequence;
}

}  // namespace

rc::Gen<Sequence> SequencesOn(const Ground& ground) {
  return rc::Gen<Sequence>([ground](const rc::Random& random, int size) {
    return rc::shrinkable::shrinkRecur(DrawSequence(ground, random, size),
                                       [ground](const Sequence& sequence) {
                                         return rc::seq::fromContainer(ShrinksOf(ground, sequence));
                                       });
  });
}

std::vector<Sequence> ShrinksOf(const Ground& ground, const Sequence& sequence) {
  std::vector<Sequence> shrinks;
  const auto offer = [&](const Choices& choices, const std::vector<Command>& commands) {
    Sequence shrunk{choices, Legalised(ground, choices, commands)};
    const bool known =
        shrunk == sequence || std::find(shrinks.begin(), shrinks.end(), shrunk) != shrinks.end();
    if (!shrunk.commands.empty() && !known) shrinks.push_back(std::move(shrunk));
  };
  auto chunks = rc::shrink::removeChunks(sequence.commands);
  while (const rc::Maybe<std::vector<Command>> fewer = chunks.next()) {
    offer(sequence.choices, *fewer);
  }
  for (const Choices& choices : SimplerThan(sequence.choices)) offer(choices, sequence.commands);
  auto simpler = rc::shrink::eachElement(sequence.commands, [](const Command& command) {
    return rc::seq::fromContainer(SimplerThan(command));
  });
  while (const rc::Maybe<std::vector<Command>> next = simpler.next()) {
    offer(sequence.choices, *next);
  }
  return shrinks;
}

rc::Shrinkable<Sequence> SequenceOf(const Ground& ground, uint64_t seed) {
  // Long ones reach more, short ones are looked at sooner: sizes vary.
  rc::Random random(seed);
  rc::Random for_size = random.split();
  const int sizes = rc::kNominalSize - kSizeMin + 1;
  const int size = kSizeMin + static_cast<int>(for_size.next() % static_cast<uint64_t>(sizes));
  return SequencesOn(ground)(random, size);
}

}  // namespace ww::scenarios::fuzz
