#include "scenarios/cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace ww::cli {
namespace {

namespace fs = std::filesystem;

bool IsSpecial(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error) && !fs::is_regular_file(path, error);
}

absl::Status RefusePath(const char* option, const std::string& path, const std::string& reason) {
  return absl::InvalidArgumentError(fmt::format("{}: cannot write {}: {}", option, path, reason));
}

}  // namespace

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
  const bool in_place = IsSpecial(path);
  const std::string temporary = in_place ? path : path + ".tmp";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    return absl::UnavailableError(
        fmt::format("{}: cannot write: {}", temporary, std::strerror(errno)));
  }
  if (in_place) return absl::OkStatus();
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

absl::Status CheckFileCanBeWritten(const char* option, const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  std::error_code error;
  if (fs::is_directory(path, error)) return RefusePath(option, path, "it is a folder");
  if (IsSpecial(path)) {
    if (access(path.c_str(), W_OK) == 0) return absl::OkStatus();
    return RefusePath(option, path, std::strerror(errno));
  }
  const fs::path parent = fs::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  if (!fs::is_directory(folder, error)) {
    return RefusePath(option, path, "its folder does not exist; make it first");
  }
  if (access(folder.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return RefusePath(option, path, std::strerror(errno));
}

absl::Status CheckFolderCanBeMade(const char* option, const std::string& path) {
  if (path.empty()) return RefusePath(option, "''", "expected the name of a folder");
  std::error_code error;
  fs::path present = fs::absolute(path, error);
  while (!fs::exists(present, error) && present.has_relative_path())
    present = present.parent_path();
  if (!fs::is_directory(present, error)) {
    return RefusePath(option, path, fmt::format("{} is no folder", present.string()));
  }
  if (access(present.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return RefusePath(option, path, std::strerror(errno));
}

}  // namespace ww::cli
