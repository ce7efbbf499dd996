// Frames: the engine's messages as bytes, for those that the network damages.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "raft/host/frame.h"
#include "sim/network.h"

namespace ww::bind {

class Frames final : public sim::WireFormat {
 public:
  std::string Encode(const WireMessage& message) const override {
    return raft::EncodeFrame(message);
  }
  std::unique_ptr<WireMessage> Decode(std::string_view bytes) const override {
    absl::StatusOr<std::unique_ptr<WireMessage>> message = raft::DecodeFrame(bytes);
    return message.ok() ? *std::move(message) : nullptr;
  }
};

}  // namespace ww::bind
