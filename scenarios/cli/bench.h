// `whitewater bench`: what this machine does a second, as ratios to compare and figures to keep.
#pragma once

#include <string>

#include "CLI/CLI.hpp"
#include "scenarios/cli/commands.h"

namespace ww::cli {

class BenchCommand final : public Command {
 public:
  explicit BenchCommand(CLI::App& app);
  int Act() override;

 private:
  std::string json_file_;
};

}  // namespace ww::cli
