#include "scenarios/cli/output.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace ww::cli {
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    const std::string reason = error ? error.message() : "it is not a regular file";
    return absl::NotFoundError(fmt::format("{}: cannot read: {}", path, reason));
  }
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > kInputBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("{}: found {} bytes, expected at most {}", path, size, kInputBytesMax));
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in.good() && !in.eof()) {
    return absl::UnavailableError(fmt::format("{}: cannot read", path));
  }
  return bytes.str();
}

absl::Status WriteFile(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    return absl::UnavailableError(
        fmt::format("{}: cannot write: {}", temporary, std::strerror(errno)));
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) {
    return absl::UnavailableError(fmt::format("{}: cannot rename: {}", path, error.message()));
  }
  return absl::OkStatus();
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return absl::UnavailableError(
        fmt::format("{}: cannot make this folder: {}", path, error.message()));
  }
  return absl::OkStatus();
}

}  // namespace ww::cli
