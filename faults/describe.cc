// One line for people about one fault.
#include <fmt/format.h>

#include "faults/plan.h"
#include "sim/base/check.h"

namespace ww::faults {
namespace {

std::string Hosts(const std::vector<HostId>& hosts) {
  std::string text;
  for (const HostId host : hosts) text += fmt::format("{}h{}", text.empty() ? "" : ",", host.value);
  return text;
}

std::string Damage(const PlanItem& item, const std::string& host) {
  std::string text = fmt::format("{} {} {}", host, item.factor,
                                 item.kind == FaultKind::kBitRot ? "bits" : "sectors");
  if (item.amount > Duration{}) text += fmt::format(", disk replaced {} later", item.amount);
  return text;
}

// Whom it hits and how strongly, with a leading space.
std::string Subject(const PlanItem& item) {
  const std::string hosts = Hosts(item.hosts);
  const std::string one = hosts.empty() ? " the host of the occurrence" : " " + hosts;
  const std::string links = hosts.empty() ? " everywhere" : " around " + hosts;
  const std::string to = item.hosts.size() == 1 ? " -> " + hosts : " everywhere";
  const std::string pair =
      item.hosts.size() == 2 ? fmt::format(" h{} -> h{}", item.hosts[0].value, item.hosts[1].value)
                             : " " + hosts;
  switch (item.kind) {
    case FaultKind::kCrash:
    case FaultKind::kPause:
    case FaultKind::kClockStall:
    case FaultKind::kLoseHost:
    case FaultKind::kDiskFull:
    case FaultKind::kWipeDisk:
    case FaultKind::kBreakMachine:
    case FaultKind::kDiskStall:
      return one;
    case FaultKind::kBitRot:
    case FaultKind::kLatentError:
    case FaultKind::kMisdirectedWrite:
      return Damage(item, one);
    case FaultKind::kOlderImage:
      return fmt::format("{} by {}", one, item.amount);
    case FaultKind::kPowerLoss:
      return "";
    case FaultKind::kSlow:
      return fmt::format("{} {} times", one, item.factor);
    case FaultKind::kPartition:
      return fmt::format("{} from the others", one);
    case FaultKind::kIsolateLeader:
      return fmt::format(" of shard {}", item.shard.value);
    case FaultKind::kOneWayCut:
    case FaultKind::kClog:
    case FaultKind::kReset:
      return pair;
    case FaultKind::kFlakyLink:
      return fmt::format("{} and back, by turns of {}", pair, item.amount);
    case FaultKind::kRing:
      return fmt::format("{}, in this order", one);
    case FaultKind::kBridge:
      return fmt::format(" {} between {} and the others", Hosts({item.hosts.front()}),
                         Hosts({item.hosts.begin() + 1, item.hosts.end()}));
    case FaultKind::kLoss:
    case FaultKind::kDuplication:
    case FaultKind::kCorruption:
    case FaultKind::kTruncation:
      return fmt::format("{} {}", links, item.ratio);
    case FaultKind::kReordering:
      return fmt::format("{} {} by up to {}", links, item.ratio, item.amount);
    case FaultKind::kDelay:
      return fmt::format("{} by {}", links, item.amount);
    case FaultKind::kKindDrop:
      return fmt::format("{} of message kind {} {}", item.hosts.size() == 2 ? pair : to,
                         item.message_kind, item.ratio);
    case FaultKind::kKindHold:
      return fmt::format("{} of message kind {}", item.hosts.size() == 2 ? pair : to,
                         item.message_kind);
    case FaultKind::kDiskSlow:
      return fmt::format("{} by {}", one, item.amount);
    case FaultKind::kDiskError:
    case FaultKind::kShortWrite:
      return fmt::format("{} {}", one, item.ratio);
    case FaultKind::kClockDrift:
      return fmt::format("{} {}{} ppm", one, item.negative ? "-" : "+", item.factor);
  }
  UNREACHABLE();
}

std::string When(const Trigger& trigger) {
  if (!trigger.occurrence.has_value()) return fmt::format(" at {}", FormatNanos(trigger.at.ns));
  const Occurrence& what = *trigger.occurrence;
  std::string text;
  switch (what.kind) {
    case OccurrenceKind::kEvent:
      text = fmt::format(" at event {} #{}", what.name, what.n);
      break;
    case OccurrenceKind::kIoPoint:
      text = fmt::format(" {} I/O point #{}", what.before ? "before" : "after", what.n);
      if (!what.name.empty()) text += fmt::format(" ({})", what.name);
      break;
    case OccurrenceKind::kReachSite:
      text = fmt::format(" at reach site {} #{}", what.name, what.n);
      break;
  }
  if (what.host.has_value()) text += fmt::format(" on h{}", what.host->value);
  if (what.shard.has_value()) text += fmt::format(" of shard {}", what.shard->value);
  text += fmt::format(" from {}", FormatNanos(trigger.at.ns));
  if (trigger.delay > Duration{}) text += fmt::format(" plus {}", trigger.delay);
  return text;
}

}  // namespace

std::string Describe(const PlanItem& item) {
  std::string text =
      fmt::format("{}: {}{}{}", item.id, InfoOf(item.kind).name, Subject(item), When(item.trigger));
  if (item.duration > Duration{}) text += fmt::format(" for {}", item.duration);
  return text;
}

}  // namespace ww::faults
