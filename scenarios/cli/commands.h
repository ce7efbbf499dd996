// The commands of the program. Each is a class that adds its subcommand and its options to the
// program and acts when it was chosen.
//
// Act returns an exit status. A usage or input error is reported on standard error and gives
// kExitUsage, with nothing run and nothing written.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "scenarios/cli/campaign_options.h"

namespace ww::cli {

class Command {
 public:
  virtual ~Command() = default;
  virtual int Act() = 0;
  CLI::App* subcommand() const { return subcommand_; }

 protected:
  explicit Command(CLI::App* subcommand) : subcommand_(subcommand) {}

 private:
  CLI::App* subcommand_;
};

// `whitewater run`: named scenarios over a range of seeds.
class RunCommand final : public Command {
 public:
  explicit RunCommand(CLI::App& app);
  int Act() override;

 private:
  CampaignOptions options_;
};

// `whitewater replay`: one case again, from its token or its file.
class ReplayCommand final : public Command {
 public:
  explicit ReplayCommand(CLI::App& app);
  int Act() override;

 private:
  std::string which_;
  bool check_determinism_ = false;
  CampaignOptions options_;
};

// `whitewater fuzz`: generated sequences of operations and faults, shrunk when they fail.
class FuzzCommand final : public Command {
 public:
  explicit FuzzCommand(CLI::App& app);
  int Act() override;

 private:
  std::string scenario_;
  CampaignOptions options_;
};

// `whitewater list`: what there is.
class ListCommand final : public Command {
 public:
  explicit ListCommand(CLI::App& app);
  int Act() override;

 private:
  std::string what_ = "all";
};

}  // namespace ww::cli
