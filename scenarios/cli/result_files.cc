#include "scenarios/cli/result_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "reports/result_json.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/version.h"

namespace ww::cli {
namespace {

// Without fmt, which throws when the disk is full or a pipe was closed: Finish says that once.
void WriteLine(FILE* file, const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), file);
  std::fputc('\n', file);
}

}  // namespace

ResultFiles::~ResultFiles() {
  if (json_ != nullptr && json_ != stdout) std::fclose(json_);
}

absl::Status ResultFiles::Open() {
  if (absl::Status junit = CheckFileCanBeWritten("--junit", junit_file_); !junit.ok()) return junit;
  if (json_file_.empty()) return absl::OkStatus();
  json_ = json_file_ == "-" ? stdout : std::fopen(json_file_.c_str(), "w");
  if (json_ == nullptr) {
    return absl::UnavailableError(
        fmt::format("--json: cannot write {}: {}", json_file_, std::strerror(errno)));
  }
  return absl::OkStatus();
}

void ResultFiles::Add(const RunResult& result) {
  if (!junit_file_.empty()) junit_.Add(result);
  if (json_ != nullptr) WriteLine(json_, reports::FormatResult(result));
}

absl::Status ResultFiles::Finish(const nlohmann::json& summary) {
  if (json_ != nullptr) {
    WriteLine(json_, summary.dump());
    if (std::fflush(json_) != 0 || std::ferror(json_) != 0) {
      return absl::UnavailableError(
          fmt::format("--json: {} is not whole: {}", json_file_, std::strerror(errno)));
    }
  }
  if (junit_file_.empty()) return absl::OkStatus();
  return WriteFile(junit_file_, junit_.ToXml(kSourceVersion));
}

}  // namespace ww::cli
