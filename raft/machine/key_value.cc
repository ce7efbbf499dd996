#include "raft/machine/key_value.h"

#include <utility>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

// Debian's Abseil has a string_view of its own, and its maps look up by that one.
absl::string_view Lookup(std::string_view key) { return {key.data(), key.size()}; }

}  // namespace

std::string KeyValueMachine::Apply(const Command& command) {
  switch (command.operation) {
    case Operation::kPut:
      return Put(command);
    case Operation::kAppend:
      return Append(command);
    case Operation::kGet:
      return Get(command);
    case Operation::kRegister:
      break;
  }
  UNREACHABLE("the machine was given operation {}", static_cast<int>(command.operation));
}

// What a key adds to the digest. A key without a value adds nothing, so that a put of an absent key
// and its absence differ by the key alone.
uint64_t KeyValueMachine::Share(std::string_view key, const Value& value) {
  return Absorb(HashBytes(key), value.history);
}

std::string KeyValueMachine::Put(const Command& command) {
  auto [at, inserted] = values_.try_emplace(Lookup(command.key));
  Value& value = at->second;
  const uint64_t key_hash = HashBytes(command.key);
  if (!inserted) digest_ -= Absorb(key_hash, value.history);
  std::string previous = std::exchange(value.bytes, std::string(command.value));
  value.history = HashBytes(command.value);
  digest_ += Absorb(key_hash, value.history);
  CHECK_EQ(value.bytes.size(), command.value.size());
  return previous;
}

std::string KeyValueMachine::Append(const Command& command) {
  auto [at, inserted] = values_.try_emplace(Lookup(command.key));
  Value& value = at->second;
  const size_t before = value.bytes.size();
  if (!inserted) digest_ -= Share(command.key, value);
  value.bytes.append(command.value);
  value.history = Absorb(value.history, HashBytes(command.value));
  digest_ += Share(command.key, value);
  CHECK_EQ(value.bytes.size(), before + command.value.size());
  return fmt::format("{}", value.bytes.size());
}

std::string KeyValueMachine::Get(const Command& command) const {
  const auto at = values_.find(Lookup(command.key));
  return at == values_.end() ? std::string() : at->second.bytes;
}

}  // namespace ww::raft
