// Named events of an engine that triggers of a plan may count.
//
// The binding raises them with Injector::Occurred(kEvent, name, host, shard) at the moment the
// engine reports the event; plans and `list` know no others.
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

}  // namespace ww::scenarios
