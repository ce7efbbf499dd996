// StateMachine: what the commands of a shard act on. The shard's sessions stand before it
// (shard_machine.h), so it is given every command once, in the order of the log.
//
// Deterministic: two machines of a kind that applied the same commands answer, digest and save the
// same. A host makes one for each shard that it has a replica of (HostConfig::machines).
//
// Suspends: never.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "raft/machine/command.h"
#include "sim/base/bytes.h"

namespace ww::raft {

class StateMachine {
 public:
  virtual ~StateMachine() = default;

  // Requires: a put, an append or a get. Returns what the client is told, valid until the next
  // call.
  virtual std::string_view Apply(const Command& command) = 0;
  // What a client query with this key is answered, without a place in the log.
  virtual std::string Query(std::string_view key) const = 0;
  // Equal states have equal digests. Asked for after every command: constant time.
  virtual uint64_t digest() const = 0;

  // Equal machines give equal bytes.
  virtual void Save(ByteWriter& out) const = 0;
  // Into an empty machine. False when the bytes are no such image; the machine is then of no use.
  // Hostile bytes cost no more than their length.
  virtual bool Load(ByteReader& in) = 0;
};

}  // namespace ww::raft
