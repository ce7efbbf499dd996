// Frame: a message as bytes on a wire that may damage them.
//
// Length and checksum stand before the message (raft/store/FORMAT.md, "Messages"). What does not
// match both is refused whole: of a damaged message nothing is believed, not even its kind. A
// transport hands over what DecodeFrame returns and drops the rest, as if it had been lost.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sim/base/wire_message.h"

namespace ww::raft {

inline constexpr size_t kFrameHeaderBytes = 4 + 8;

std::string EncodeFrame(const WireMessage& message);
// DataLoss for what is no whole frame, InvalidArgument for a whole one of something else.
absl::StatusOr<std::unique_ptr<WireMessage>> DecodeFrame(std::string_view frame);

}  // namespace ww::raft
