#include "raft/machine/key_value.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

constexpr size_t kValueHeaderBytes = 16;

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
    case Operation::kUnregister:
      break;
  }
  UNREACHABLE("the machine was given operation {}", static_cast<int>(command.operation));
}

std::string KeyValueMachine::Query(std::string_view key) const {
  const auto at = by_key_.find(key);
  return at == by_key_.end() ? std::string() : at->second->bytes;
}

KeyValueMachine::Value& KeyValueMachine::Changing(std::string_view key) {
  const auto at = by_key_.find(key);
  if (at == by_key_.end()) return Insert(key);
  digest_ -= Absorb(at->second->key_hash, at->second->history);
  return *at->second;
}

KeyValueMachine::Value& KeyValueMachine::Insert(std::string_view key) {
  Value& value = values_.emplace_back();
  value.key.assign(key);
  value.key_hash = HashBytes(key);
  by_key_.emplace(value.key, &value);
  CHECK_EQ(by_key_.size(), values_.size());
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
  const auto at = by_key_.find(command.key);
  response_.assign(at == by_key_.end() ? std::string_view() : std::string_view(at->second->bytes));
}

void KeyValueMachine::Save(ByteWriter& out) const {
  std::vector<const Value*> sorted;
  sorted.reserve(values_.size());
  for (const Value& value : values_) sorted.push_back(&value);
  std::sort(sorted.begin(), sorted.end(),
            [](const Value* a, const Value* b) { return a->key < b->key; });
  out.Fixed64(sorted.size());
  for (const Value* value : sorted) {
    out.Fixed64(value->history);
    out.Fixed32(static_cast<uint32_t>(value->key.size()));
    out.Fixed32(static_cast<uint32_t>(value->bytes.size()));
    out.Raw(value->key);
    out.Raw(value->bytes);
  }
}

bool KeyValueMachine::Load(ByteReader& in) {
  CHECK(values_.empty());
  const uint64_t count = in.Fixed64();
  if (!in.ok() || count > in.remaining() / kValueHeaderBytes) return false;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t history = in.Fixed64();
    const uint32_t key_bytes = in.Fixed32();
    const uint32_t value_bytes = in.Fixed32();
    const std::string_view key = in.Raw(key_bytes);
    const std::string_view bytes = in.Raw(value_bytes);
    if (!in.ok()) return false;
    if (i > 0 && values_.back().key >= key) return false;
    Value& value = Insert(key);
    value.bytes.assign(bytes);
    value.history = history;
    digest_ += Absorb(value.key_hash, value.history);
  }
  return true;
}

}  // namespace ww::raft
