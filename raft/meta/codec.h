// States, commands and results as bytes (FORMAT.md).
//
// Invariants: what was encoded decodes to an equal value; equal values have equal bytes. Decoding
// never over-reads, takes all bytes it is given or nothing, and accepts states without defects
// only: hostile bytes are refused and cost no more than their length.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "raft/meta/commands.h"
#include "raft/meta/state.h"

namespace ww::raft::meta {

// Requires: no defect.
std::string Encode(const State& state);
std::optional<State> DecodeState(std::string_view bytes);

// What coordinators read (kFailoverQuery): a part of the state.
std::string Encode(const FailoverState& state);
std::optional<FailoverState> DecodeFailover(std::string_view bytes);

std::string Encode(const Command& command);
// Any command that can be written, also one that will be refused.
std::optional<Command> DecodeCommand(std::string_view bytes);

std::string Encode(const Result& result);
std::optional<Result> DecodeResult(std::string_view bytes);

}  // namespace ww::raft::meta
