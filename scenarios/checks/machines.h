// apply-once, apply-deterministic, session-exactly-once, and what applying says about
// commit-apply-monotonic and committed-agreement.
//
// The engine's state digest is opaque: replicas are compared with each other at equal index, and
// responses with the reference machine. A command that stands twice in the log is legal; taking
// effect twice is not.
#pragma once

#include <vector>

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reference.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class MachineChecks {
 public:
  explicit MachineChecks(Reporter& reporter) : reporter_(reporter) {}

  void On(const ShardCreated& event) { references_.emplace_back(event.key_value); }
  // The ghost as it was before the event. Returns the identity of a command that took effect now,
  // for the first time at any replica; 0 otherwise.
  uint64_t On(const EntryApplied& event, Ghost::Where where);

  // No replica starts before `horizon` any more. Answers to clients and snapshots on their way may
  // speak of what lies a little before it.
  void Forget(uint32_t shard_slot, Index horizon);

  const Reference& Of(uint32_t shard_slot) const { return references_[shard_slot]; }

 private:
  void JudgeOrder(const EntryApplied& event, Ghost::Where where);
  void JudgeEntry(const EntryApplied& event, const ShardGhost& shard);
  void JudgeFirst(const EntryApplied& event, const Execution& execution,
                  const ResponseDigest& response);
  void JudgeLater(const EntryApplied& event, const ShardGhost& shard, const AppliedRecord& record,
                  const ResponseDigest& response);

  Reporter& reporter_;
  std::vector<Reference> references_;  // By shard slot.
};

}  // namespace ww::checks
