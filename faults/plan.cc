#include "faults/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/base/check.h"

namespace ww::faults {
namespace {

// In the order of FaultKind.
const std::vector<FaultInfo>& Table() {
  static const std::vector<FaultInfo> table = {
      {FaultKind::kCrash, "crash", "the process dies and restarts; unsynced data meets its fate",
       true},
      {FaultKind::kPowerLoss, "power-loss", "all engine hosts die at once and restart one by one",
       true},
      {FaultKind::kPause, "pause", "nothing runs on a host, then its timers fire late", true},
      {FaultKind::kSlow, "slow", "steps of a host cost a multiple", true},
      {FaultKind::kPartition, "partition", "some hosts on one side, everybody else on the other",
       true},
      {FaultKind::kIsolateLeader, "isolate-leader", "whoever leads a shard is cut from all peers",
       true},
      {FaultKind::kOneWayCut, "one-way-cut", "messages from one host to another are lost", true},
      {FaultKind::kClog, "clog", "messages of a link are held, later released in order", true},
      {FaultKind::kReset, "reset", "what is in flight on a link is lost", true},
      {FaultKind::kLoss, "loss", "messages are lost with a ratio", true},
      {FaultKind::kDuplication, "duplication", "messages come twice with a ratio", true},
      {FaultKind::kReordering, "reordering", "messages leave the order of their link", true},
      {FaultKind::kDelay, "delay", "messages take longer", true},
      {FaultKind::kKindDrop, "kind-drop", "messages of one kind are lost", true},
      {FaultKind::kKindHold, "kind-hold", "messages of one kind come late", true},
      {FaultKind::kDiskSlow, "disk-slow", "disk calls of a host take longer", true},
      // What an engine wrote may be gone after a failed sync: it must not be counted on.
      {FaultKind::kDiskError, "disk-error", "disk calls of a host fail with a ratio", false},
      {FaultKind::kClockDrift, "clock-drift", "the clocks of a host run fast or slow", true},
      {FaultKind::kClockStall, "clock-stall", "the clocks of a host stand still", true},
      {FaultKind::kLoseHost, "lose-host", "a machine is gone for good, with its disk", false},
      {FaultKind::kDiskFull, "disk-full", "the disk of a host has no room left", true},
      {FaultKind::kWipeDisk, "wipe-disk", "a machine crashes and comes back with an empty disk",
       false},
      {FaultKind::kBreakMachine, "break-machine",
       "the state machine of one replica on a host fails for good", false},
      {FaultKind::kDiskStall, "disk-stall", "no disk call of a host returns", true},
      // What it wrote in part was never synced, and its caller knows.
      {FaultKind::kShortWrite, "short-write", "writes of a host end early and fail", true},
      {FaultKind::kBitRot, "bit-rot", "durable bits of a host flip; it is restarted and reads them",
       false},
      {FaultKind::kLatentError, "latent-error", "durable sectors of a host can't be read any more",
       false},
      // Nothing tells a machine that what it reads is old: promises are broken by one such disk.
      {FaultKind::kOlderImage, "older-image", "the disk of a host goes back to an earlier state",
       false},
      {FaultKind::kCorruption, "corruption", "bits of messages flip with a ratio", true},
      {FaultKind::kTruncation, "truncation", "messages lose their end with a ratio", true},
      {FaultKind::kFlakyLink, "flaky-link", "a link is cut and whole by turns", true},
      {FaultKind::kRing, "ring", "each host reaches its two neighbours only", true},
      {FaultKind::kBridge, "bridge", "one host reaches both sides, which do not reach each other",
       true},
      {FaultKind::kMisdirectedWrite, "misdirected-write",
       "what a host wrote stands in the place of something else", false},
  };
  return table;
}

bool AllDifferent(std::vector<HostId> hosts) {
  std::sort(hosts.begin(), hosts.end());
  return std::adjacent_find(hosts.begin(), hosts.end()) == hosts.end();
}

}  // namespace

const std::vector<FaultInfo>& AllFaults() { return Table(); }

const FaultInfo& InfoOf(FaultKind kind) {
  const std::vector<FaultInfo>& table = Table();
  CHECK_EQ(table.size(), kFaultKinds);
  const size_t at = static_cast<size_t>(kind);
  CHECK_LT(at, table.size());
  CHECK(table[at].kind == kind);
  return table[at];
}

std::optional<FaultKind> FaultKindFromName(std::string_view name) {
  for (const FaultInfo& info : Table()) {
    if (info.name == name) return info.kind;
  }
  return std::nullopt;
}

bool HitsHostOfOccurrence(FaultKind kind) {
  switch (kind) {
    case FaultKind::kCrash:
    case FaultKind::kPause:
    case FaultKind::kSlow:
    case FaultKind::kPartition:
    case FaultKind::kDiskSlow:
    case FaultKind::kDiskError:
    case FaultKind::kClockDrift:
    case FaultKind::kClockStall:
    case FaultKind::kLoseHost:
    case FaultKind::kDiskFull:
    case FaultKind::kWipeDisk:
    case FaultKind::kBreakMachine:
    case FaultKind::kDiskStall:
    case FaultKind::kShortWrite:
    case FaultKind::kBitRot:
    case FaultKind::kLatentError:
    case FaultKind::kOlderImage:
    case FaultKind::kMisdirectedWrite:
      return true;
    case FaultKind::kPowerLoss:
    case FaultKind::kIsolateLeader:
    case FaultKind::kOneWayCut:
    case FaultKind::kClog:
    case FaultKind::kReset:
    case FaultKind::kLoss:
    case FaultKind::kDuplication:
    case FaultKind::kReordering:
    case FaultKind::kDelay:
    case FaultKind::kKindDrop:
    case FaultKind::kKindHold:
    case FaultKind::kCorruption:
    case FaultKind::kTruncation:
    case FaultKind::kFlakyLink:
    case FaultKind::kRing:
    case FaultKind::kBridge:
      return false;
  }
  UNREACHABLE();
}

std::string SubjectError(const PlanItem& item) {
  const size_t hosts = item.hosts.size();
  switch (item.kind) {
    case FaultKind::kCrash:
    case FaultKind::kPause:
    case FaultKind::kSlow:
    case FaultKind::kDiskSlow:
    case FaultKind::kDiskError:
    case FaultKind::kClockDrift:
    case FaultKind::kClockStall:
    case FaultKind::kLoseHost:
    case FaultKind::kDiskFull:
    case FaultKind::kWipeDisk:
    case FaultKind::kBreakMachine:
    case FaultKind::kDiskStall:
    case FaultKind::kShortWrite:
    case FaultKind::kBitRot:
    case FaultKind::kLatentError:
    case FaultKind::kOlderImage:
    case FaultKind::kMisdirectedWrite:
      if (hosts == 1 || (hosts == 0 && item.trigger.occurrence.has_value())) return "";
      return fmt::format("found {} hosts, expected 1 (0 with an occurrence)", hosts);
    case FaultKind::kOneWayCut:
    case FaultKind::kClog:
    case FaultKind::kReset:
    case FaultKind::kFlakyLink:
      if (hosts == 2 && item.hosts[0] != item.hosts[1]) return "";
      return fmt::format("found {} hosts, expected 2 different ones", hosts);
    case FaultKind::kKindDrop:
    case FaultKind::kKindHold:
      if (hosts < 2 || (hosts == 2 && item.hosts[0] != item.hosts[1])) return "";
      return fmt::format("found {} hosts, expected 2 different ones, 1 or 0", hosts);
    case FaultKind::kPartition:
      if (hosts >= 1 || item.trigger.occurrence.has_value()) return "";
      return "found no hosts, expected those of one side";
    case FaultKind::kIsolateLeader:
      return item.shard.none() ? "found no shard, expected whose leader is isolated" : "";
    case FaultKind::kPowerLoss:
    case FaultKind::kLoss:
    case FaultKind::kDuplication:
    case FaultKind::kReordering:
    case FaultKind::kDelay:
    case FaultKind::kCorruption:
    case FaultKind::kTruncation:
      return "";
    case FaultKind::kRing:
      if (hosts >= kRingHostsMin && AllDifferent(item.hosts)) return "";
      return fmt::format("found {} hosts, expected {} different ones or more", hosts,
                         kRingHostsMin);
    case FaultKind::kBridge:
      if (hosts >= 2 && AllDifferent(item.hosts)) return "";
      return fmt::format("found {} hosts, expected the bridge and those of one side", hosts);
  }
  UNREACHABLE();
}

}  // namespace ww::faults
