#include <string>

#include "raft/machine/machine_file.h"
#include "sim/base/check.h"
#include "tests/fuzz/input.h"

namespace ww::raft {
namespace {

constexpr uint32_t kSessionsMax = 8;
const ReplicaIdentity kWho{ShardId(7), ReplicaId(71)};

// What is accepted is a machine, and is found again as the image of a file.
void Judge(std::string_view file) {
  const auto machine = DecodeMachineFile(file, kWho, kSessionsMax);
  if (!machine.ok()) return;
  const auto again = DecodeMachineFile(EncodeMachineFile(kWho, *machine), kWho, kSessionsMax);
  CHECK(again.ok());
  CHECK_EQ(again->digest(), machine->digest());
  CHECK(again->Save() == machine->Save());
}

// A file of an empty machine and a batch of these records, with checksums that are right
// (FORMAT.md, "Machine files"). Nobody knows the digest that they lead to, so it is executed, and
// refused.
std::string SealedFile(uint64_t count, std::string_view records) {
  std::string file = EncodeMachineFile(kWho, ShardMachine(kSessionsMax));
  ByteWriter batch;
  batch.Fixed32(0xb6d05757);
  batch.Fixed32(static_cast<uint32_t>(records.size()));
  batch.Fixed64(0);
  batch.Fixed64(file.size());
  batch.Fixed64(1);  // The first index.
  batch.Fixed64(count);
  batch.Fixed64(0);  // Digest.
  batch.Raw(records);
  batch.PatchFixed64(8, HashBytes(batch.view().substr(16), records.size()));
  return file.append(batch.view());
}

}  // namespace
}  // namespace ww::raft

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ww::fuzz::Input input(data, size);
  if (input.Flag()) {
    const std::string_view count = input.Piece();
    ww::raft::Judge(ww::raft::SealedFile(count.size(), input.Rest()));
  } else {
    ww::raft::Judge(input.Rest());
  }
  return 0;
}
