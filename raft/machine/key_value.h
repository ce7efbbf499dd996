// KeyValueMachine: the state machine of a shard. Keys to values; put, append, get.
//
// Deterministic: two machines that applied the same commands answer and digest the same. The digest
// is kept up in constant time a command: the sum over all keys of a mix of the key and of how its
// value was made (the last put and the appends since), so an append does not hash the whole value.
//
// Suspends: never.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "raft/machine/command.h"
#include "sim/base/bytes.h"

namespace ww::raft {

class KeyValueMachine {
 public:
  // Requires: a put, an append or a get. Returns what the client is told, valid until the next
  // call.
  std::string_view Apply(const Command& command);

  uint64_t digest() const { return digest_; }
  size_t keys() const { return values_.size(); }

 private:
  // The digest needs a hash of every key; the table of keys uses the same one.
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return HashBytes(key); }
  };
  struct Value {
    std::string bytes;
    uint64_t key_hash = 0;
    uint64_t history = 0;  // Mix of the puts and appends that made `bytes`.
  };
  void Put(const Command& command);
  void Append(const Command& command);
  void Get(const Command& command);

  // The value of a key that is about to change; what it added to the digest is taken off.
  Value& Changing(std::string_view key);

  // Looked up, never iterated.
  absl::flat_hash_map<std::string, Value, KeyHash, std::equal_to<>> values_;
  std::string
      response_;  // Of the last command; takes over the buffer of a value that was replaced.
  uint64_t digest_ = 0;
};

}  // namespace ww::raft
