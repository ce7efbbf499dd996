// KeyValueMachine: the state machine of a shard. Keys to values; put, append, get.
//
// Deterministic: two machines that applied the same commands answer and digest the same. The digest
// is kept up in constant time a command: the sum over all keys of a mix of the key and of how its
// value was made (the last put and the appends since), so an append does not hash the whole value.
//
// Suspends: never.
#pragma once

#include <cstdint>
#include <deque>
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

  // The key's value; empty when absent. Valid until the next Apply.
  std::string_view Query(std::string_view key) const;

  uint64_t digest() const { return digest_; }
  size_t keys() const { return values_.size(); }

  // Keys in their order: equal machines give equal bytes.
  void Save(ByteWriter& out) const;
  // Into an empty machine. False when the bytes are no such image; the machine is then of no use.
  bool Load(ByteReader& in);

  KeyValueMachine() = default;
  KeyValueMachine(KeyValueMachine&&) = default;
  KeyValueMachine& operator=(KeyValueMachine&&) = default;

 private:
  // The digest needs a hash of every key; the table of keys uses the same one.
  struct KeyHash {
    size_t operator()(std::string_view key) const { return HashBytes(key); }
  };
  struct Value {
    std::string key;
    std::string bytes;
    uint64_t key_hash = 0;
    uint64_t history = 0;  // Mix of the puts and appends that made `bytes`.
  };
  void Put(const Command& command);
  void Append(const Command& command);
  void Get(const Command& command);

  // The value of a key that is about to change; what it added to the digest is taken off.
  Value& Changing(std::string_view key);

  Value& Insert(std::string_view key);

  // In the order in which the keys came; none ever goes. A deque keeps its elements where they are,
  // so the table can borrow their keys.
  std::deque<Value> values_;
  absl::flat_hash_map<std::string_view, Value*, KeyHash> by_key_;  // Looked up, never iterated.
  std::string
      response_;  // Of the last command; takes over the buffer of a value that was replaced.
  uint64_t digest_ = 0;
};

}  // namespace ww::raft
