// Frames between a worker process and the campaign: a type, a length and bytes over a pipe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ww::cli {

enum class FrameType : uint8_t {
  kStarted = 'S',  // A job was announced; before anything of it runs.
  kAlive = 'A',    // The job makes progress.
  kReply = 'R',    // The job has ended; its answer.
  kFinding = 'F',  // Before kCrashed: the property that was violated, a line end, the message.
  kCrashed = 'C',  // First byte: 'e' engine or 'h' harness; then what happened.
};

struct Frame {
  FrameType type = FrameType::kAlive;
  std::string bytes;
};

inline constexpr uint32_t kFrameBytesMax = 256 << 20;

// Async-signal-safe. False when the other side is gone.
bool WriteFrame(int fd, FrameType type, std::string_view bytes);

// Collects what a pipe delivers and cuts it into frames.
class FrameBuffer {
 public:
  void Add(std::string_view bytes) { bytes_.append(bytes); }
  std::optional<Frame> Take();

 private:
  std::string bytes_;
  size_t at_ = 0;
};

}  // namespace ww::cli
