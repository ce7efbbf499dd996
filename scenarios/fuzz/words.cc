// Sequences in words.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "raft/meta/commands.h"
#include "scenarios/config/value_text.h"
#include "scenarios/fuzz/sequence.h"
#include "sim/base/check.h"

namespace ww::scenarios::fuzz {
namespace {

using faults::FaultKind;

std::string Lasting(Duration duration) {
  return duration > Duration{} ? fmt::format(" for {}", FormatDuration(duration)) : "";
}

std::string Doing(const Operation& one) {
  const std::string shard = fmt::format("shard {}", one.shard);
  switch (one.action) {
    case OperatorAction::kMigrate:
      return fmt::format("move the replica of {} from host {} to host {}", shard, one.from,
                         one.host);
    case OperatorAction::kMigrateShard:
      return fmt::format("move all replicas of {} to other hosts, host {} first", shard, one.host);
    case OperatorAction::kSwitch:
      return fmt::format("switch {} to the instance on host {}", shard, one.host);
    case OperatorAction::kCreate:
      return fmt::format("create {} on host {} and those after it", shard, one.host);
    case OperatorAction::kAddHost:
      return fmt::format("add host {}", one.host);
    case OperatorAction::kDrain:
      return fmt::format("drain host {}{}", one.host, Lasting(one.lasting));
    case OperatorAction::kTransfer:
      return fmt::format("transfer leadership of {} to host {}", shard, one.host);
    case OperatorAction::kRestart:
      return fmt::format("stop the replica of {} on host {}{}, then start it", shard, one.host,
                         Lasting(one.lasting));
    case OperatorAction::kSnapshot:
      return fmt::format("take a snapshot of {} on host {}", shard, one.host);
    case OperatorAction::kCancel:
      return fmt::format("give up what was asked of {} last{}", shard,
                         one.lasting > Duration{}
                             ? fmt::format(", {} after that", FormatDuration(one.lasting))
                             : "");
    case OperatorAction::kJoin:
      return fmt::format("add a replica of {} on host {} without a vote", shard, one.host);
    case OperatorAction::kPromote:
      return fmt::format("promote the replica of {} on host {}", shard, one.host);
    case OperatorAction::kAdd:
      return fmt::format("add a replica of {} on host {} and promote it", shard, one.host);
    case OperatorAction::kReplace:
      return fmt::format("replace a replica of {} by one on host {}", shard, one.host);
    case OperatorAction::kRemove:
      return fmt::format("remove the replica of {} on host {}", shard, one.host);
    case OperatorAction::kForget:
      return fmt::format("remove the replica of {} on host {} and tell nobody there", shard,
                         one.host);
    case OperatorAction::kByHand:
      return fmt::format("open {} on host {} to writes by hand{}", shard, one.host,
                         Lasting(one.lasting));
    case OperatorAction::kRefill:
    case OperatorAction::kCalmTransfer:
    case OperatorAction::kSleep:
    case OperatorAction::kAwait:
    case OperatorAction::kMigrateBack:
    case OperatorAction::kMigrateLeader:
    case OperatorAction::kCrowd:
    case OperatorAction::kWitness:
    case OperatorAction::kAddZero:
    case OperatorAction::kMeddle:
      break;
  }
  return fmt::format("{} on host {} with {}", NameOf(one.action), one.host, shard);
}

std::string HostsOf(const Fault& fault) {
  if (fault.hosts.empty()) {
    if (fault.moment == Moment::kUndo) return fmt::format("the host of the {}", NameOf(fault.role));
    return fault.moment == Moment::kDeed ? "its host" : "the host that knows of it first";
  }
  std::vector<uint64_t> numbers;
  for (const HostId host : fault.hosts) numbers.push_back(host.value);
  return fmt::format("{} {}", numbers.size() == 1 ? "host" : "hosts", fmt::join(numbers, ", "));
}

std::string GoingWrong(const Fault& fault) {
  const std::string hosts = HostsOf(fault);
  const std::string_view name = faults::InfoOf(fault.kind).name;
  switch (fault.kind) {
    case FaultKind::kCrash:
    case FaultKind::kPause:
      return fmt::format("{} {}", name, hosts);
    case FaultKind::kLoseHost:
      return fmt::format("lose {} for good", hosts);
    case FaultKind::kWipeDisk:
      return fmt::format("crash {} and wipe its disk", hosts);
    case FaultKind::kPartition:
      return fmt::format("cut off {}", hosts);
    case FaultKind::kIsolateLeader:
      return fmt::format("cut off the leader of shard {}", fault.shard);
    case FaultKind::kPowerLoss:
      return "power loss of all hosts";
    case FaultKind::kOneWayCut:
      return fmt::format("cut the way from host {} to host {}", fault.hosts.at(0),
                         fault.hosts.at(1));
    case FaultKind::kSlow:
    case FaultKind::kClog:
    case FaultKind::kReset:
    case FaultKind::kLoss:
    case FaultKind::kDuplication:
    case FaultKind::kReordering:
    case FaultKind::kDelay:
    case FaultKind::kKindDrop:
    case FaultKind::kKindHold:
    case FaultKind::kDiskSlow:
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
  const bool everywhere = fault.hosts.empty() && fault.moment != Moment::kStep &&
                          fault.moment != Moment::kUndo && fault.moment != Moment::kDeed;
  return fmt::format("{} on {}", name, everywhere ? "all hosts" : hosts);
}

std::string_view DoneBy(Deed deed) {
  switch (deed) {
    case Deed::kTakesLock:
      return "a coordinator takes the lock";
    case Deed::kAppoints:
      return "a coordinator appoints an instance";
    case Deed::kGrants:
      return "a coordinator sends a lease";
    case Deed::kTakesLease:
      return "an instance takes a lease";
    case Deed::kStepsDown:
      return "an instance steps down";
  }
  UNREACHABLE();
}

std::string When(const Fault& fault) {
  const std::string delay =
      fault.delay > Duration{} ? fmt::format(" {} after", FormatDuration(fault.delay)) : "";
  switch (fault.moment) {
    case Moment::kDeed:
      return fmt::format(",{} {} (number {} from then)", delay.empty() ? " when" : delay,
                         DoneBy(fault.deed), fault.call);
    case Moment::kHere:
      return delay.empty() ? "" : fmt::format(",{} that", delay);
    case Moment::kDuring:
      return delay.empty() ? ", as soon as that begins" : fmt::format(",{} that began", delay);
    case Moment::kStep:
      return fmt::format(",{} step '{}' of that is recorded", delay.empty() ? " when" : delay,
                         raft::meta::NameOf(fault.step));
    case Moment::kUndo:
      return fmt::format(",{} step '{}' of that is recorded", delay.empty() ? " when" : delay,
                         NameOf(fault.edge));
    case Moment::kCall:
      return fmt::format(", {} its disk call number {} from then",
                         fault.before_call ? "before" : "after", fault.call);
  }
  UNREACHABLE();
}

}  // namespace

std::string DescribeCommand(const Command& command) {
  if (const auto* operation = std::get_if<Operation>(&command)) {
    return Doing(*operation) + (operation->waits ? ", and wait until that is done" : "");
  }
  if (const auto* fault = std::get_if<Fault>(&command)) {
    return GoingWrong(*fault) + Lasting(fault->lasting) + When(*fault);
  }
  if (const auto* late = std::get_if<LateStart>(&command)) {
    return fmt::format("host {} starts {} late", late->host, FormatDuration(late->by));
  }
  if (const auto* edit = std::get_if<Edit>(&command)) {
    const std::string late = edit->straggler.none()
                                 ? ""
                                 : fmt::format("; host {} hears of it {} later", edit->straggler,
                                               FormatDuration(edit->late));
    return fmt::format("edit priorities: that of the instance on host {} becomes the highest{}",
                       edit->host, late);
  }
  return fmt::format("wait {}", FormatDuration(std::get<Idle>(command).lasting));
}

std::string DescribeChoices(const Choices& choices) {
  std::vector<std::string> words;
  if (choices.joint) words.push_back("joint migrations");
  if (choices.random_ids) words.push_back("random replica ids");
  if (choices.repairs) words.push_back("dead hosts are rebuilt");
  if (choices.load == Load::kNone) words.push_back("no clients");
  if (choices.load == Load::kHeavy) words.push_back("many client operations");
  return fmt::format("{}", fmt::join(words, ", "));
}

std::vector<std::string> Describe(const Sequence& sequence) {
  std::vector<std::string> lines;
  const std::string choices = DescribeChoices(sequence.choices);
  if (!choices.empty()) lines.push_back("with " + choices);
  for (size_t i = 0; i < sequence.commands.size(); ++i) {
    lines.push_back(fmt::format("{}. {}", i + 1, DescribeCommand(sequence.commands[i])));
  }
  return lines;
}

}  // namespace ww::scenarios::fuzz
