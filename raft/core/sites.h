// Rare branches of the core that campaigns are expected to reach, each marked by COVER.
#pragma once

#include <string_view>

namespace ww::raft {

inline constexpr std::string_view kReachSites[] = {
    "core.append_already_held",     // A late or repeated append brought nothing new.
    "core.append_below_base",       // An append that begins in what was compacted here.
    "core.append_refused",          // The entry before an append was missing or of another term.
    "core.campaign_lost",           // A quorum refused a (pre-)candidate.
    "core.campaign_timed_out",      // A candidate heard no decision in time: a split or lost vote.
    "core.campaign_deferred",       // Time to campaign, but a committed change is not applied yet.
    "core.change_refused",          // A leader refused a change of membership.
    "core.check_quorum_failed",     // A leader heard no quorum for T and stepped down.
    "core.commit_learnt_by_vote",   // A refused candidate was told what is committed.
    "core.compaction_held_back",    // Entries behind a snapshot under way are still wanted.
    "core.contradiction",           // Another replica says what can't be true.
    "core.in_flight_bytes_full",    // What a follower was sent waits for an answer, in bytes.
    "core.joint_left",              // A leader proposed to leave a joint membership.
    "core.late_refusal",            // A refused append that the leader had already moved past.
    "core.late_vote_reply",         // A vote reply of another campaign, phase or term.
    "core.leader_deposed",          // A leader heard of a higher term.
    "core.log_cut",                 // A conflict cut the log of a follower.
    "core.old_term_not_committed",  // A quorum holds an entry of an earlier term (figure 3.7).
    "core.persisted_but_cut",       // A write became durable whose entries were cut since.
    "core.pre_vote_timed_out",      // A pre-candidate heard no decision in time.
    "core.quiesce_refused",        // A follower was asked to rest with another log than its leader.
    "core.removed_leader",         // A leader applied its own removal.
    "core.removed_sender",         // A message of a removed replica.
    "core.rest_ended",             // A quiet replica was woken.
    "core.rested",                 // A leader let its shard rest.
    "core.snapshot_already_held",  // A snapshot of what the log holds: nothing to install.
    "core.snapshot_behind_commit",    // A snapshot of what is committed here already.
    "core.snapshot_installed",        // A snapshot replaced log and machine.
    "core.snapshot_needed",           // What a follower needs next was compacted.
    "core.snapshot_outdated",         // A snapshot sent in an earlier term.
    "core.snapshot_transfer_failed",  // A snapshot did not arrive.
    "core.read_refused",              // A read found no leader.
    "core.read_waits_for_commit",     // A leader that has not committed in its term was asked.
    "core.reads_lost_with_leader",    // Leadership ended while reads waited for confirmation.
    "core.stale_leader_refused",      // A leader of a lower term was told the present one.
    "core.timeout_now_ignored",   // A transfer's order came late or to one who may not follow it.
    "core.transfer_aborted",      // The target did not take over in time.
    "core.transfer_completed",    // The target did.
    "core.transfer_target_gone",  // A change took the target away meanwhile.
    "core.transfer_refused",      // A transfer that may not begin was asked for.
    "core.vote_request_ignored",  // Stickiness: a request for votes while a leader is alive.
    "core.window_lost",           // What was in flight to a follower went unanswered.
};

}  // namespace ww::raft
