// Files of the command line: reading inputs, writing results whole or not at all.
//
// Errors name the file and the reason of the operating system.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ww::cli {

inline constexpr size_t kInputBytesMax = 64 << 20;

// Refuses files larger than kInputBytesMax and anything that is no regular file.
absl::StatusOr<std::string> ReadFile(const std::string& path);
// Writes to a temporary beside the file and renames, so that a file is whole or absent. What is no
// regular file (/dev/null, a pipe) is written in place: a rename would put a file in its stead.
absl::Status WriteFile(const std::string& path, std::string_view bytes);
absl::Status MakeFolder(const std::string& path);
// Whether WriteFile or MakeFolder could succeed, asked before anything runs; writes nothing. An
// empty path is an option that was not given.
absl::Status CheckFileCanBeWritten(const char* option, const std::string& path);
absl::Status CheckFolderCanBeMade(const char* option, const std::string& path);

}  // namespace ww::cli
