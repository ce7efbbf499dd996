// Where results go while a campaign runs: JSON lines, JUnit, the summary.
#pragma once

#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"
#include "reports/junit.h"
#include "reports/summary.h"

namespace ww::cli {

class ResultFiles {
 public:
  // Empty names: not written. "-" as the JSON file is standard output.
  ResultFiles(std::string json_file, std::string junit_file)
      : json_file_(std::move(json_file)), junit_file_(std::move(junit_file)) {}
  ~ResultFiles();
  ResultFiles(const ResultFiles&) = delete;
  ResultFiles& operator=(const ResultFiles&) = delete;

  // Opens the JSON file and looks at the other's name, so that a bad one is an error before
  // anything runs.
  absl::Status Open();
  void Add(const RunResult& result);
  // The summary's object ends the JSON file; JUnit is written whole.
  absl::Status Finish(const nlohmann::json& summary);

  // Where texts for people go: standard error when results take standard output.
  FILE* text_stream() const { return json_file_ == "-" ? stderr : stdout; }

 private:
  std::string json_file_;
  std::string junit_file_;
  FILE* json_ = nullptr;
  reports::JunitReport junit_;
};

}  // namespace ww::cli
