// Named events of an engine that triggers of a plan may count.
//
// The binding raises them with Injector::Occurred(kEvent, name, host, shard) at the moment the
// engine reports the event; plans know no others, but for those of migrations (step_edges.h).
#pragma once

#include <array>
#include <string_view>

namespace ww::scenarios {

inline constexpr std::string_view kEventLeader = "raft.leader";         // A replica became leader.
inline constexpr std::string_view kEventCandidate = "raft.candidate";   // Pre-candidates included.
inline constexpr std::string_view kEventHardState = "raft.hard_state";  // Term or vote changed.
inline constexpr std::string_view kEventAppend = "raft.append";         // Entries joined a log.
inline constexpr std::string_view kEventCommit = "raft.commit";         // Commit index advanced.
inline constexpr std::string_view kEventApply = "raft.apply";           // An entry was applied.
// A snapshot stands on a disk under its final name; its record in the log is still to come.
inline constexpr std::string_view kEventSnapshot = "raft.snapshot";
inline constexpr std::string_view kEventInstall = "raft.install";  // One replaced a machine.
inline constexpr std::string_view kEventCompact = "raft.compact";  // A log forgot its beginning.

inline constexpr size_t kSnapshotEvents = 3;  // The last ones.
inline constexpr std::array<std::string_view, 9> kNamedEvents = {
    kEventLeader, kEventCandidate, kEventHardState, kEventAppend, kEventCommit,
    kEventApply,  kEventSnapshot,  kEventInstall,   kEventCompact};

// A step of a migration came to stand in the metadata; the host is the first to know, mostly the
// one whose controller recorded it. By raft::meta::MoveStep. Listed in plans alone, never drawn.
inline constexpr std::array<std::string_view, 11> kStepEvents = {
    "migration.intent",    "migration.allocated", "migration.added",       "migration.started",
    "migration.caught-up", "migration.promoted",  "migration.handed-over", "migration.deleted",
    "migration.swapped",   "migration.stopped",   "migration.data-removed"};

// Failover: a coordinator takes the lock, is about to record who is appointed, sends a lease; an
// instance takes one, or steps down. The host is whoever does it. Likewise listed alone.
inline constexpr std::array<std::string_view, 5> kFailoverEvents = {
    "failover.lock", "failover.appoint", "failover.grant", "failover.lease", "failover.step-down"};

// An operator begins an item of its plan, and is done with it: each item once, in their order. The
// host is the item's, or host 1.
inline constexpr std::string_view kEventOperationBegan = "operator.began";
inline constexpr std::string_view kEventOperationEnded = "operator.ended";

}  // namespace ww::scenarios
