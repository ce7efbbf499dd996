#include "scenarios/cli/worker_frames.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/base/check.h"

namespace ww::cli {
namespace {

constexpr size_t kHeaderBytes = 5;

bool WriteAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = write(fd, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

}  // namespace

bool WriteFrame(int fd, FrameType type, std::string_view bytes) {
  char header[kHeaderBytes];
  header[0] = static_cast<char>(type);
  const uint32_t size = static_cast<uint32_t>(bytes.size());
  std::memcpy(header + 1, &size, sizeof size);
  return WriteAll(fd, header, sizeof header) && WriteAll(fd, bytes.data(), bytes.size());
}

std::optional<Frame> FrameBuffer::Take() {
  if (bytes_.size() - at_ < kHeaderBytes) return std::nullopt;
  uint32_t size = 0;
  std::memcpy(&size, bytes_.data() + at_ + 1, sizeof size);
  CHECK_LE(size, kFrameBytesMax);
  if (bytes_.size() - at_ < kHeaderBytes + size) return std::nullopt;
  Frame frame{static_cast<FrameType>(bytes_[at_]), bytes_.substr(at_ + kHeaderBytes, size)};
  at_ += kHeaderBytes + size;
  if (at_ == bytes_.size()) {
    bytes_.clear();
    at_ = 0;
  }
  return frame;
}

}  // namespace ww::cli
