#include "raft/host/frame.h"

#include "raft/host/wire.h"
#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

// The length is part of what is checked: a frame that was cut at a place where the rest happens to
// be a message is none.
std::string EncodeFrame(const WireMessage& message) {
  ByteWriter body;
  message.Encode(body);
  CHECK_EQ(body.size(), message.encoded_size());
  ByteWriter frame;
  frame.Fixed32(static_cast<uint32_t>(body.size()));
  frame.Fixed64(HashBytes(body.view(), body.size()));
  frame.Raw(body.view());
  CHECK_EQ(frame.size(), kFrameHeaderBytes + body.size());
  return frame.Take();
}

absl::StatusOr<std::unique_ptr<WireMessage>> DecodeFrame(std::string_view frame) {
  ByteReader in(frame);
  const uint32_t bytes = in.Fixed32();
  const uint64_t checksum = in.Fixed64();
  if (!in.ok() || in.remaining() != bytes) {
    COVER("host.frame_cut");
    return absl::DataLossError("a message is not as long as it says");
  }
  const std::string_view body = frame.substr(kFrameHeaderBytes);
  if (HashBytes(body, body.size()) != checksum) {
    COVER("host.frame_damaged");
    return absl::DataLossError("a message does not match its checksum");
  }
  return DecodeWire(body);
}

}  // namespace ww::raft
