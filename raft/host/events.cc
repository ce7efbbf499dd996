#include "raft/host/events.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

const char* NameOf(SystemEventKind kind) {
  switch (kind) {
    case SystemEventKind::kHostStopping:
      return "host-stopping";
    case SystemEventKind::kReplicaReady:
      return "replica-ready";
    case SystemEventKind::kReplicaUnloaded:
      return "replica-unloaded";
    case SystemEventKind::kReplicaDeleted:
      return "replica-deleted";
    case SystemEventKind::kTombstoneHit:
      return "tombstone-hit";
    case SystemEventKind::kConnectionEstablished:
      return "connection-established";
    case SystemEventKind::kConnectionFailed:
      return "connection-failed";
    case SystemEventKind::kMembershipChanged:
      return "membership-changed";
    case SystemEventKind::kChangeRefused:
      return "change-refused";
    case SystemEventKind::kTransferStarted:
      return "transfer-started";
    case SystemEventKind::kTransferCompleted:
      return "transfer-completed";
    case SystemEventKind::kTransferAborted:
      return "transfer-aborted";
    case SystemEventKind::kTransferRefused:
      return "transfer-refused";
    case SystemEventKind::kQuorumLost:
      return "quorum-lost";
    case SystemEventKind::kSnapshotCreated:
      return "snapshot-created";
    case SystemEventKind::kSnapshotSent:
      return "snapshot-sent";
    case SystemEventKind::kSnapshotNotSent:
      return "snapshot-not-sent";
    case SystemEventKind::kSnapshotReceived:
      return "snapshot-received";
    case SystemEventKind::kSnapshotRecovered:
      return "snapshot-recovered";
    case SystemEventKind::kSnapshotCompacted:
      return "snapshot-compacted";
    case SystemEventKind::kSnapshotFailed:
      return "snapshot-failed";
    case SystemEventKind::kLogCompacted:
      return "log-compacted";
    case SystemEventKind::kDiskFull:
      return "disk-full";
    case SystemEventKind::kDiskHasRoom:
      return "disk-has-room";
    case SystemEventKind::kReplicaBroken:
      return "replica-broken";
    case SystemEventKind::kLogUnusable:
      return "log-unusable";
    case SystemEventKind::kLogFailed:
      return "log-failed";
  }
  UNREACHABLE("system event {}", static_cast<int>(kind));
}

Events::Events(Env& env, uint32_t waiting_max) : env_(env), waiting_max_(waiting_max) {
  CHECK_GT(waiting_max, 0u);
}

void Events::AddListener(EventListener& listener) {
  CHECK(!published_);
  subscriptions_.push_back(std::make_unique<Subscription>());
  subscriptions_.back()->listener = &listener;
}

// Far behind, the listener is told a replica's leader once for all the changes that it missed: the
// change takes the place of the one that waits, behind what happened in between.
void Events::Publish(const LeaderUpdated& event) {
  CHECK_EQ(event.skipped, 0u);
  for (const auto& to : subscriptions_) {
    LeaderUpdated told = event;
    if (full(*to)) told.skipped = TakeBack(*to, event.who);
    Push(*to, told);
  }
}

void Events::Publish(const SystemEvent& event) {
  CHECK_EQ(event.skipped, 0u);
  for (const auto& to : subscriptions_) {
    if (full(*to) && event.kind != SystemEventKind::kHostStopping) {
      COVER("events.passed_over");
      ++to->passed_over;
      continue;
    }
    SystemEvent told = event;
    told.skipped = std::exchange(to->passed_over, 0);
    Push(*to, told);
  }
}

// Removes the replica's changes that still wait; returns how many they stood for. So beyond the
// bound there is at most one change for each replica.
uint64_t Events::TakeBack(Subscription& to, const ReplicaIdentity& who) {
  uint64_t stood_for = 0;
  const auto is_of = [&](const Event& waiting) {
    const auto* change = std::get_if<LeaderUpdated>(&waiting);
    if (change == nullptr || !(change->who == who)) return false;
    stood_for += change->skipped + 1;
    return true;
  };
  to.waiting.erase(std::remove_if(to.waiting.begin(), to.waiting.end(), is_of), to.waiting.end());
  if (stood_for > 0) COVER("events.coalesced");
  return stood_for;
}

void Events::Push(Subscription& to, Event event) {
  CHECK(!finished_);
  published_ = true;
  to.waiting.push_back(std::move(event));
  if (to.delivering) return;
  to.delivering = true;
  to.task = env_.tasks().Spawn("raft.listener", [&to] { Deliver(to); });
}

void Events::Deliver(Subscription& to) {
  CHECK(to.delivering);
  while (!to.waiting.empty()) {
    const Event event = std::move(to.waiting.front());
    to.waiting.pop_front();
    std::visit([&to](const auto& one) { to.listener->On(one); }, event);
  }
  to.delivering = false;
}

void Events::Finish() {
  CHECK(!finished_);
  finished_ = true;
  for (const auto& to : subscriptions_) {
    while (to->delivering) env_.tasks().Join(to->task);
    CHECK(to->waiting.empty());
  }
}

}  // namespace ww::raft
