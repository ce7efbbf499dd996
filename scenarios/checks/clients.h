// linearizable (with the Raft index as witness), acked-kept and definite-failure.
//
// Every operation goes through the log, so the index at which it was applied is its place in the
// one order: it must lie behind every operation that was complete when it was invoked, and the
// answer must be the reference machine's at that index. The search checker (search.h) judges the
// same history at the end, without believing any index.
//
// A read that left no entry has no place of its own: it saw the state at its index, so that index
// must not lie before what was committed when it was invoked (read-fresh): a leader that commits
// anything keeps all earlier ones from being confirmed. And what it saw must be the reference
// machine's, where that still stands there. Stale reads promise nothing.
//
// kRejected means that no try of the operation can take effect any more; a client that is not sure
// returns kUnknown. An unknown operation may take effect at any later time.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "scenarios/checks/ghost.h"
#include "scenarios/checks/history.h"
#include "scenarios/checks/machines.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class ClientChecks {
 public:
  ClientChecks(Reporter& reporter, const MachineChecks& machines)
      : reporter_(reporter), machines_(machines) {}

  void On(const ShardCreated&) { floors_.emplace_back(); }
  void On(const ClientInvoked& event, const ShardGhost& shard);
  void On(const ClientReturned& event, const ShardGhost& shard);
  void On(const ReadsConfirmed& event, const ShardGhost& shard);
  // A command took effect for the first time.
  void OnEffect(uint64_t identity, const EntryApplied& event);
  // The highest index of a completed operation.
  Index CompletedUpTo(const ShardGhost& shard) const { return floors_[shard.slot]; }
  // The end of a run: what was acknowledged is still there, and one order explains all answers.
  void Finish(const Ghost& ghost);

 private:
  struct Open {
    uint64_t identity = 0;
    Index floor;
    Via via = Via::kLog;
    bool unique = false;  // No other operation has its identity.
    bool in_session = false;
    uint32_t history = History::kNotRecorded;
  };

  void JudgeCompleted(const ClientReturned& event, const ShardGhost& shard, const Open& open);

  void JudgeRead(const ClientReturned& event, const ShardGhost& shard, const Open& open);

  void JudgeEnd(const ShardGhost& shard);
  void JudgeHistory();

  Reporter& reporter_;
  const MachineChecks& machines_;
  std::vector<Index> floors_;  // By shard slot: the highest index of a completed operation.
  History history_;
  absl::flat_hash_map<uint64_t, Open> open_;        // By operation id.
  absl::flat_hash_map<uint64_t, uint64_t> failed_;  // Identity -> operation id.
};

}  // namespace ww::checks
