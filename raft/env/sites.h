// The decision sites of the engine, and its reach sites outside of core (core/sites.h has those).
#pragma once

#include <string_view>

#include "sim/base/site.h"

namespace ww::raft::sites {

inline constexpr Site kElectionTimeout{"raft.election_timeout", SiteClass::kNoise,
                                       "length of an election timeout beyond its default"};
inline constexpr Site kTinyBatch{"raft.tiny_batch", SiteClass::kNoise,
                                 "buggify: the log writer takes one record at a time"};
inline constexpr Site kLateSync{"raft.late_sync", SiteClass::kNoise,
                                "buggify: the log writer waits before it syncs"};

inline constexpr Site kDiskId{"raft.disk_id", SiteClass::kNoise,
                              "what a disk that is formatted is told from others by"};

inline constexpr Site kReplicaId{"raft.replica_id", SiteClass::kNoise,
                                 "a random replica id, beyond the highest that was ever used"};
inline constexpr Site kShardIdentity{"failover.shard_identity", SiteClass::kNoise,
                                     "what a shard that is created is told from others by"};

inline constexpr const Site* kAll[] = {&kElectionTimeout, &kTinyBatch, &kLateSync,
                                       &kDiskId,          &kReplicaId, &kShardIdentity};

// Rare branches that a campaign should reach.
inline constexpr std::string_view kReachSites[] = {
    "controller.command_refused",
    "controller.command_unanswered",
    "controller.control_regained",
    "controller.hand_over_failed",
    "controller.in_control",
    "controller.late_answer",
    "controller.leader_moved",
    "events.coalesced",
    "events.passed_over",
    "failover.dissent",
    "failover.foreign_invitation",
    "failover.lost_member_replaced",
    "failover.promise_not_kept",
    "failover.promise_unreadable",
    "failover.too_few_connections",
    "host.acceptance_outdated",
    "host.asked_hosts_of_join",
    "host.asked_whether_removed",
    "host.busy",
    "host.change_refused",
    "host.claim_refused",
    "host.deposed_with_change",
    "host.deposed_with_pending",
    "host.disk_full",
    "host.log_bytes_full",
    "host.founding_refused",
    "host.found_broken",
    "host.log_failed",
    "host.log_query_out_of_range",
    "host.machine_broke",
    "host.machine_not_synced",
    "host.mark_not_written",
    "host.message_refused",
    "host.payload_refused",
    "host.peer_silent",
    "host.pulse_changed",
    "host.recovered_commit",
    "host.read_answer_late",
    "host.read_busy",
    "host.read_expired",
    "host.read_waits_for_apply",
    "host.reads_dropped",
    "host.removal_heard",
    "host.removal_told",
    "host.removed_itself",
    "host.replies_merged",
    "host.snapshot_asked_for",
    "host.snapshot_chunk_damaged",
    "host.snapshot_chunk_unanswered",
    "host.snapshot_failed",
    "host.snapshot_for_witness",
    "host.snapshot_late_answer",
    "host.snapshot_lost",
    "host.snapshot_needless",
    "host.snapshot_not_removed",
    "host.snapshot_part_stays",
    "host.snapshot_receive_given_up",
    "host.snapshot_restarted",
    "host.snapshot_send_given_up",
    "host.snapshot_send_waits",
    "host.snapshot_superseded",
    "host.snapshot_unusable",
    "host.stale_controller",
    "host.start_for_other_disk",
    "host.stranger_heard",
    "host.stray_message",
    "host.transfer_no_target",
    "host.unload_waits",
    "host.verdict_of_other_disk",
    "host.witness_asked",
    "log.corruption",
    "log.created",
    "log.repeated_batch",
    "log.segment_created",
    "log.segment_moved",
    "log.segment_pinned",
    "log.segment_removed",
    "log.skipped_lost_batch",
    "log.stale_batch",
    "log.torn_tail",
    "machine.batch_outgrown",
    "machine.file_outgrown",
    "machine.image_not_taken_in",
    "machine.image_streamed",
    "machine.malformed",
    "machine.orphan",
    "machine.sync_failed",
    "machine.torn_tail",
    "session.closed_before",
    "session.duplicate",
    "session.evicted",
    "session.forgotten",
    "session.full",
    "session.unknown",
    "store.orphan",
    "store.part_resumed",
    "store.snapshot_damaged",
};

}  // namespace ww::raft::sites
