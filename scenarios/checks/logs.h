// log-matching, entry-unique, leader-append-only and truncation-legal.
//
// One registry of (index, term) -> prefix hash replaces all comparisons between pairs of logs.
// A cut is legal while a message is handled that the leader of a term sent, not below the replica's
// own, and that may carry entries; when the first removed entry conflicts in its term with what
// comes in its place; and when nothing committed goes.
#pragma once

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class LogChecks {
 public:
  explicit LogChecks(Reporter& reporter) : reporter_(reporter) {}

  // The ghost as it was before the event.
  void Before(const EntriesAppended& event, Ghost::Where where,
              const std::optional<HandledMessage>& handled);
  void After(const EntriesAppended& event, const AppendFacts& facts);
  void On(const RecordWritten& event, Ghost::Where where);
  // Before: `recovered` against what the shard's logs ever held.
  void On(const ReplicaStarted& event, Ghost::Where where, const GhostLog& recovered);

 private:
  void JudgeCut(const EntriesAppended& event, Ghost::Where where);
  void JudgeCause(const EntriesAppended& event, Ghost::Where where,
                  const std::optional<HandledMessage>& handled);
  void JudgeCreation(const EntriesAppended& event, Ghost::Where where);

  Reporter& reporter_;
};

}  // namespace ww::checks
