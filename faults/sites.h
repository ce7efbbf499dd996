// Rare branches of fault injection that campaigns are expected to reach, each marked by COVER.
// Faults draw nothing themselves: coarse choices are in the plan, fine ones in the world's streams.
#pragma once

#include <string_view>

namespace ww::faults {

inline constexpr std::string_view kReachSites[] = {
    "faults.crash_while_down",    // A crash hit a host that was down: it stays down for longer.
    "faults.set_up",              // A machine came that was not there at first.
    "faults.crash_awaited",       // A restart waited for the disk call that the crash comes after.
    "faults.leader_awaited",      // Nobody led the shard whose leader was to be isolated.
    "faults.nothing_at_rest",     // A disk was to be damaged that held nothing for long enough.
    "faults.restart_after_disk",  // A host met disk errors and was restarted when they ended.
    "faults.suppressed",          // The budget forbade a fault.
};

}  // namespace ww::faults
