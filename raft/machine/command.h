// Command: what an entry of a shard says, as bytes and as a value.
//
// Every command names its session (client, series). The key-value machine knows three operations;
// kRegister opens a session and kUnregister closes it. Decoding refuses anything else and never
// over-reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/base/ids.h"
#include "sim/base/payload.h"

namespace ww::raft {

enum class Operation : uint8_t {
  kRegister = 1,    // Opens the client's session; no key. Response: empty.
  kPut = 2,         // Sets the key. Response: the previous value.
  kAppend = 3,      // Appends to the key's value. Response: the new length, in decimal.
  kGet = 4,         // Response: the value; empty when absent.
  kUnregister = 5,  // Closes the client's session; no key. Response: empty. Refused when not open.
};

struct Command {
  Operation operation = Operation::kPut;
  ClientId client;            // None: no session, at-least-once.
  uint64_t series = 0;        // 1, 2, ... per client.
  uint64_t responded_to = 0;  // The client has the answers of all series up to here.
  std::string_view key;       // Borrowed from what was decoded or is to be encoded.
  std::string_view value;
};

Payload EncodeCommand(const Command& command);
// Nothing when the bytes are no command. The result borrows from them.
std::optional<Command> DecodeCommand(std::string_view bytes);

}  // namespace ww::raft
