#include "raft/machine/key_value.h"

#include <utility>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::raft {
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

KeyValueMachine::Value& KeyValueMachine::Changing(std::string_view key) {
  auto [at, inserted] = values_.try_emplace(key);
  Value& value = at->second;
  if (inserted) {
    value.key_hash = HashBytes(key);
  } else {
    digest_ -= Absorb(value.key_hash, value.history);
  }
  return value;
}

void KeyValueMachine::Put(const Command& command) {
  Value& value = Changing(command.key);
  std::swap(response_, value.bytes);  // Empty for a new key.
  value.bytes.assign(command.value);
  value.history = HashBytes(command.value);
  digest_ += Absorb(value.key_hash, value.history);
  CHECK_EQ(value.bytes.size(), command.value.size());
}

void KeyValueMachine::Append(const Command& command) {
  Value& value = Changing(command.key);
  const size_t before = value.bytes.size();
  value.bytes.append(command.value);
  value.history = Absorb(value.history, HashBytes(command.value));
  digest_ += Absorb(value.key_hash, value.history);
  CHECK_EQ(value.bytes.size(), before + command.value.size());
  response_ = fmt::format("{}", value.bytes.size());
}

void KeyValueMachine::Get(const Command& command) {
  const auto at = values_.find(command.key);
  response_.assign(at == values_.end() ? std::string_view() : std::string_view(at->second.bytes));
}

}  // namespace ww::raft
