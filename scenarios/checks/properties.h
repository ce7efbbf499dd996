// The properties that this build judges: their ids, names, kinds and definitions.
//
// Invariants: ids are dense and in the order of the names, so that a table by id is sorted by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "scenarios/checks/judge.h"

namespace ww::checks {

enum class PropertyId : uint8_t {
  kAckHonesty,
  kAckedKept,
  kAnonymousNoVote,
  kApplyDeterministic,
  kApplyOnce,
  kBalanceSettles,
  kBootstrapLiveness,
  kBootstrapNoFallback,
  kBootstrapPriority,
  kBootstrapSingle,
  kCommitApplyMonotonic,
  kCommittedAgreement,
  kCommittedDurable,
  kConfigAdjacent,
  kConfigFromLog,
  kConfigSerialised,
  kDefiniteFailure,
  kElectionSafety,
  kEntryUnique,
  kEventsInOrder,
  kEventuallyCommit,
  kEventuallyLeader,
  kFailoverChoice,
  kFailoverFencing,
  kFailoverGapBounded,
  kFailoverLeaseOrder,
  kFailoverMode,
  kFailoverNoFailback,
  kFailoverOneWriter,
  kFollowerCommitLegal,
  kIdAllocationUnique,
  kLeaderAppendOnly,
  kLeaderCommitLegal,
  kLeaderCompleteness,
  kLeaderStable,
  kLeaseExclusive,
  kLinearizable,
  kLogMatching,
  kLogSnapshotContiguous,
  kMigrationDataKept,
  kMigrationNoOrphan,
  kMigrationOnce,
  kMigrationPlanFenced,
  kMigrationPromoteCaughtUp,
  kMigrationQuorumKept,
  kMigrationReplaceBeforeRemove,
  kMigrationTerminates,
  kNoCrash,
  kNoLeak,
  kNoSpin,
  kOneReplicaPerHost,
  kProgressSound,
  kQuorumMembership,
  kReadCompletes,
  kReadFresh,
  kRecoveryFaithful,
  kRemovedStaysRemoved,
  kRepairRestores,
  kReplicaCatchesUp,
  kReplicaIdUnique,
  kRoleEligible,
  kRoutingSane,
  kSessionExactlyOnce,
  kShardIsolation,
  kSnapshotFaithful,
  kSnapshotNoRegress,
  kStaleMessageInert,
  kTermMonotonic,
  kTombstoneFence,
  kTransferOutcomeTrue,
  kTransferTerminates,
  kTruncationLegal,
  kVoteOnce,
};
inline constexpr size_t kPropertyCount = static_cast<size_t>(PropertyId::kVoteOnce) + 1;

const Property& PropertyOf(PropertyId id);

}  // namespace ww::checks
