#include "raft/meta/apply.h"
#include "raft/meta/codec.h"
#include "raft/meta/metadata.h"
#include "sim/base/check.h"
#include "tests/fuzz/input.h"

namespace ww::raft::meta {
namespace {

void JudgeResult(std::string_view bytes) {
  const auto result = DecodeResult(bytes);
  if (result.has_value()) CHECK(Encode(*result) == bytes);
}

void JudgeFailover(std::string_view bytes) {
  const auto failover = DecodeFailover(bytes);
  if (failover.has_value()) CHECK(Encode(*failover) == bytes);
}

// An image that is accepted has no defect, is written as it was read, and takes commands.
void JudgeImage(std::string_view bytes, std::string_view command) {
  Metadata metadata;
  if (!metadata.Load(bytes)) return;
  CHECK(metadata.Save() == bytes);
  CHECK(!metadata.Query(kTextQuery).empty());
  if (metadata.state().version.value == UINT64_MAX) return;
  metadata.Apply(command);
  CHECK(Defect(metadata.state()).empty(), "{}", Defect(metadata.state()));
}

// Commands one after the other, each with its length before it; a controller's are given the stamp
// that lets them through half of the time.
void JudgeCommands(fuzz::Input input) {
  Metadata metadata;
  Metadata twin;
  while (!input.AtEnd()) {
    const bool stamp = input.Flag();
    const std::string bytes(input.Piece());
    std::optional<Command> command = DecodeCommand(bytes);
    if (!command.has_value()) continue;
    CHECK(Encode(*command) == bytes);
    if (auto* stamped = std::get_if<Stamped>(&*command); stamped != nullptr && stamp) {
      stamped->stamp = {metadata.state().controller.term, metadata.state().version};
    }
    const std::string answer = metadata.Apply(Encode(*command));
    CHECK(twin.Apply(Encode(*command)) == answer);
    CHECK(Defect(metadata.state()).empty(), "{}", Defect(metadata.state()));
  }
  CHECK_EQ(metadata.digest(), twin.digest());
  CHECK(twin.Load(metadata.Save()));
  CHECK_EQ(metadata.digest(), twin.digest());
}

}  // namespace
}  // namespace ww::raft::meta

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ww::fuzz::Input input(data, size);
  const uint64_t kind = input.Byte() % 4;
  if (kind == 0) ww::raft::meta::JudgeResult(input.Rest());
  if (kind == 1) {
    const std::string_view command = input.Piece();
    ww::raft::meta::JudgeImage(input.Rest(), command);
  }
  if (kind == 2) ww::raft::meta::JudgeCommands(input);
  if (kind == 3) ww::raft::meta::JudgeFailover(input.Rest());
  return 0;
}
