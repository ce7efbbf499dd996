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

std::string_view KeyValueMachine::Apply(const Command& command) {
  CHECK(command.operation != Operation::kRegister);
  switch (command.operation) {
    case Operation::kPut:
      Put(command);
      return response_;
    case Operation::kAppend:
      Append(command);
      return response_;
    case Operation::kGet:
      Get(command);
      return response_;
    case Operation::kRegister:
      break;
  }
  UNREACHABLE("the machine was given operation {}", static_cast<int>(command.operation));
}

void KeyValueMachine::Put(const Command& command) {
  auto [at, inserted] = values_.try_emplace(Lookup(command.key));
  Value& value = at->second;
  const uint64_t key_hash = HashBytes(command.key);
  if (!inserted) digest_ -= Absorb(key_hash, value.history);
  std::swap(response_, value.bytes);
  value.bytes.assign(command.value);
  value.history = HashBytes(command.value);
  digest_ += Absorb(key_hash, value.history);
  if (inserted) response_.clear();
  CHECK_EQ(value.bytes.size(), command.value.size());
}

void KeyValueMachine::Append(const Command& command) {
  auto [at, inserted] = values_.try_emplace(Lookup(command.key));
  Value& value = at->second;
  const size_t before = value.bytes.size();
  const uint64_t key_hash = HashBytes(command.key);
  if (!inserted) digest_ -= Absorb(key_hash, value.history);
  value.bytes.append(command.value);
  value.history = Absorb(value.history, HashBytes(command.value));
  digest_ += Absorb(key_hash, value.history);
  CHECK_EQ(value.bytes.size(), before + command.value.size());
  response_ = fmt::format("{}", value.bytes.size());
}

void KeyValueMachine::Get(const Command& command) {
  const auto at = values_.find(Lookup(command.key));
  response_.assign(at == values_.end() ? std::string_view() : std::string_view(at->second.bytes));
}

}  // namespace ww::raft
