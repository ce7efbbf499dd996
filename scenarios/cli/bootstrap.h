// `whitewater bootstrap`: which instance each replicaset's bootstrap would choose, and why.
#pragma once

#include <string>

#include "raft/failover/read_config.h"
#include "scenarios/cli/commands.h"

namespace ww::cli {

class BootstrapCommand final : public Command {
 public:
  explicit BootstrapCommand(CLI::App& app);
  int Act() override;

 private:
  int Refuse(const raft::failover::ConfigError& error) const;
  int Report(const raft::failover::ClusterConfig& cluster) const;

  std::string config_file_;
  std::string profile_;
  std::string instance_;
  std::string json_file_;
};

}  // namespace ww::cli
