// KeyValueMachine: the usual state machine. Keys to values; put, append, get.
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
#include "raft/machine/state_machine.h"
#include "sim/base/bytes.h"

namespace ww::raft {

class KeyValueMachine final : public StateMachine {
 public:
  std::string_view Apply(const Command& command) override;
  // The key's value; empty when absent.
  std::string Query(std::string_view key) const override;
  uint64_t digest() const override { return digest_; }
  // Keys in their order.
  void Save(ByteWriter& out) const override;
  bool Load(ByteReader& in) override;

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
