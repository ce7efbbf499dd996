// WriteGates: what keeps the writes of clients away from the shards of a host, beside the question
// who leads.
//
// A service that answers for a shard shuts a gate of its own when it starts, which is before the
// host takes its first message, and opens it for as long as it knows that writes are right: for one
// term of leadership or for any, until a time on the host's clock or without end. A leader takes
// what clients ask it to write while every gate of its shard is open, and refuses the rest with the
// name of a gate (Outcome::kNotAdmitted). Nothing else passes here: a new leader's empty entry,
// changes of membership and reads go their way.
//
// A shard that nobody shut a gate of is open. The gates of a process end with it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "raft/core/types.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace ww::raft {

enum class WriteGate : uint8_t {
  kTooFewVoters,  // What few instances hold is lost with their disks.
  kNoLease,       // Another instance may be the writer.
  kReadOnly,      // Its configuration has another writer, or none.
};
// In words, after "the shard takes no writes: ".
const char* NameOf(WriteGate gate);

// For whom a gate is open.
struct Admission {
  Term term = {};                        // Of the leadership; none: of any.
  LocalTime until = LocalTime::Never();  // No longer at this time.
};

class WriteGates {
 public:
  void Shut(ShardId shard, WriteGate gate) { Set(shard, gate, std::nullopt); }
  void Open(ShardId shard, WriteGate gate, const Admission& admission) {
    Set(shard, gate, admission);
  }
  // The gate that a write meets now at the leader of the term; nothing: it passes.
  std::optional<WriteGate> Meets(ShardId shard, Term term, LocalTime now) const;

 private:
  struct One {
    ShardId shard;
    WriteGate gate = WriteGate::kTooFewVoters;
    std::optional<Admission> admission;  // None: it is shut.
  };
  void Set(ShardId shard, WriteGate gate, const std::optional<Admission>& admission);

  std::vector<One> gates_;  // Sorted by shard, then gate.
};

}  // namespace ww::raft
