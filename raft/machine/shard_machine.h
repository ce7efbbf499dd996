// ShardMachine: what an entry of a shard does, exactly once: the sessions, and behind them the
// state machine.
//
// Apply is called for every committed entry, in order. It is deterministic: same entries, same
// answers, same digest on every replica. What a machine on disk keeps is in disk_machine.h.
//
// Suspends: never.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "raft/core/types.h"
#include "raft/machine/key_value.h"
#include "raft/machine/sessions.h"

namespace ww::raft {

enum class AppliedAs : uint8_t {
  kEffect,     // It had its effect.
  kDuplicate,  // It had its effect before; answered from the cache.
  kForgotten,  // It is older than what its client still asks about; no effect, no answer.
  kRejected,   // Refused for good: malformed, or no session; no effect.
};

struct Applied {
  AppliedAs as = AppliedAs::kEffect;
  Index index;                // Where the command had its effect; that of the entry, usually.
  std::string_view response;  // Valid until the next Apply.
  const Command* command = nullptr;  // Of the entry, likewise; null of none and of a malformed one.
};

class ShardMachine {
 public:
  // Takes an empty state machine.
  explicit ShardMachine(uint32_t sessions_max,
                        std::unique_ptr<StateMachine> machine = std::make_unique<KeyValueMachine>())
      : sessions_(sessions_max), machine_(std::move(machine)) {}

  // Requires: index is one more than that of the call before.
  Applied Apply(Index index, const Entry& entry);
  // Takes note of an entry without its effect: a witness does not know what it says. From then on
  // there is no state to speak of.
  void Skip(Index index);
  bool skipped() const { return holds_ == Holds::kNothing; }
  // As one that skipped every entry up to `applied`.
  static ShardMachine Skipped(Index applied);
  // Stands for one whose state is elsewhere: its snapshots are stand-ins, of use only to the
  // replica that keeps the state in files of its own. Saved and loaded, and nothing else.
  static ShardMachine Elsewhere(Index applied);
  bool elsewhere() const { return holds_ == Holds::kElsewhere; }

  // Everything there is, as bytes (raft/store/FORMAT.md, "Machine images"): equal machines give
  // equal bytes, and what was loaded has the digest of what was saved.
  std::string Save() const;
  // Takes an empty state machine. Errors: DataLoss when the bytes are no image. Hostile bytes cost
  // no more than their length.
  static absl::StatusOr<ShardMachine> Load(
      std::string_view image, uint32_t sessions_max,
      std::unique_ptr<StateMachine> machine = std::make_unique<KeyValueMachine>());
  // What the state machine answers now, without a place in the log.
  std::string Query(std::string_view key) const { return machine_->Query(key); }

  Index applied() const { return applied_; }
  uint64_t digest() const;
  size_t sessions() const { return sessions_.size(); }

 private:
  enum class Holds : uint8_t { kState, kNothing, kElsewhere };

  Applied ApplyCommand(Index index, const Command& command);
  Applied ApplyInSession(Index index, const Command& command);

  std::optional<Command> command_;  // Of the entry last applied.
  Sessions sessions_;
  std::unique_ptr<StateMachine> machine_;  // Null of one that skipped.
  Index applied_;
  Holds holds_ = Holds::kState;
};

}  // namespace ww::raft
