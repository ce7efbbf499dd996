#include "raft/core/membership_codec.h"
#include "raft/core/metadata.h"
#include "raft/machine/command.h"
#include "raft/machine/shard_machine.h"
#include "sim/base/check.h"
#include "tests/fuzz/input.h"

namespace ww::raft {
namespace {

constexpr uint32_t kSessionsMax = 8;

void JudgeMembershipEntry(std::string_view bytes) {
  const auto entry = DecodeMembershipEntry(bytes);
  if (entry.has_value()) CHECK(EncodeMembershipEntry(*entry).view() == bytes);
}

void JudgeCommand(std::string_view bytes) {
  const auto command = DecodeCommand(bytes);
  if (command.has_value()) CHECK(EncodeCommand(*command).view() == bytes);
}

void JudgeMetadata(std::string_view bytes) { (void)DecodeMetadata(bytes); }

// A machine that was accepted goes on, and is saved as the bytes that it came from.
void JudgeMachine(std::string_view bytes) {
  auto machine = ShardMachine::Load(bytes, kSessionsMax);
  if (!machine.ok()) return;
  CHECK(machine->Save() == bytes);
  // A witness's has no state to go on from, nor has one that stands for a machine on disk.
  if (machine->skipped() || machine->elsewhere()) return;
  if (machine->applied().value == UINT64_MAX) return;
  const Command put{Operation::kPut, ClientId(), 0, 0, "key", "value"};
  machine->Apply(machine->applied().next(),
                 Entry{Term(1), EntryType::kCommand, EncodeCommand(put)});
  CHECK_EQ(machine->Query("key"), "value");
}

}  // namespace
}  // namespace ww::raft

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ww::fuzz::Input input(data, size);
  const uint64_t kind = input.Byte() % 4;
  const std::string_view bytes = input.Rest();
  if (kind == 0) ww::raft::JudgeMembershipEntry(bytes);
  if (kind == 1) ww::raft::JudgeCommand(bytes);
  if (kind == 2) ww::raft::JudgeMetadata(bytes);
  if (kind == 3) ww::raft::JudgeMachine(bytes);
  return 0;
}
