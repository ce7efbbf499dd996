#include "scenarios/cli/result_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "reports/result_json.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/version.h"

namespace ww::cli {

ResultFiles::~ResultFiles() {
  if (json_ != nullptr && json_ != stdout) std::fclose(json_);
}

absl::Status ResultFiles::Open() {
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
  if (json_ != nullptr) fmt::print(json_, "{}\n", reports::FormatResult(result));
}

absl::Status ResultFiles::Finish(const nlohmann::json& summary) {
  if (json_ != nullptr) {
    fmt::print(json_, "{}\n", summary.dump());
    if (std::fflush(json_) != 0) {
      return absl::UnavailableError(fmt::format("--json: cannot write {}", json_file_));
    }
  }
  if (junit_file_.empty()) return absl::OkStatus();
  return WriteFile(junit_file_, junit_.ToXml(kSourceVersion));
}

}  // namespace ww::cli
