#include "raft/machine/command.h"

#include <array>
#include <cstring>

#include "sim/base/check.h"

namespace ww::raft {
namespace {

// operation (1), client (8), series (8), responded_to (8), bytes of the key (4), key, value.
constexpr size_t kHeaderBytes = 29;

}  // namespace

Payload EncodeCommand(const Command& command) {
  CHECK_LE(command.key.size(), size_t{UINT32_MAX});
  CHECK_LE(command.responded_to, UINT64_MAX - 1);
  std::array<char, kHeaderBytes> header;
  char* end = header.data();
  const auto put = [&end](const auto& word) {
    std::memcpy(end, &word, sizeof word);
    end += sizeof word;
  };
  put(static_cast<uint8_t>(command.operation));
  put(command.client.value);
  put(command.series);
  put(command.responded_to);
  put(static_cast<uint32_t>(command.key.size()));
  CHECK_EQ(end, header.data() + header.size());
  return Payload::Join({{header.data(), header.size()}, command.key, command.value});
}

std::optional<Command> DecodeCommand(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  const auto word = [bytes](size_t at, auto value) {
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  };
  const auto operation = word(0, uint8_t{});
  const auto key_bytes = word(25, uint32_t{});
  if (key_bytes > bytes.size() - kHeaderBytes) return std::nullopt;
  if (operation < static_cast<uint8_t>(Operation::kRegister) ||
      operation > static_cast<uint8_t>(Operation::kUnregister)) {
    return std::nullopt;
  }
  std::optional<Command> decoded(std::in_place);
  Command& command = *decoded;
  command.operation = static_cast<Operation>(operation);
  command.client = ClientId(word(1, uint64_t{}));
  command.series = word(9, uint64_t{});
  command.responded_to = word(17, uint64_t{});
  command.key = {bytes.data() + kHeaderBytes, key_bytes};
  command.value = {bytes.data() + kHeaderBytes + key_bytes,
                   bytes.size() - kHeaderBytes - key_bytes};
  const bool registers = command.operation == Operation::kRegister;
  const bool unregisters = command.operation == Operation::kUnregister;
  if ((registers || unregisters) && command.client.none()) return std::nullopt;
  // No answer has this number, so nobody can have it.
  if (command.responded_to == UINT64_MAX) return std::nullopt;
  // Nobody has received the answer of the very command that says so.
  if (command.responded_to != 0 && !registers && command.responded_to >= command.series) {
    return std::nullopt;
  }
  CHECK_EQ(kHeaderBytes + command.key.size() + command.value.size(), bytes.size());
  return decoded;
}

}  // namespace ww::raft
