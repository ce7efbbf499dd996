// Golden scripts: blocks of commands and the output expected of them (testdata/README.md says how
// to write one). A script is a pure function from commands to text.
#pragma once

#include <memory>
#include <string>

#include "tests/raft/core/cluster.h"
#include "tests/raft/core/text.h"

namespace ww::raft::test {

class Script {
 public:
  Script() = default;

  // What one command did, as lines.
  std::string Execute(const std::string& line);

 private:
  struct Filter {
    ReplicaId from;  // None: any.
    ReplicaId to;
    std::string kind;  // Empty: any.
  };
  static Filter FilterOf(const Words& words, size_t at);
  static bool Matches(const Filter& filter, const Message& message);

  bool Configure(const Words& words);
  bool Drive(const Words& words);
  bool Members(const Words& words);
  bool Network(const Words& words);
  bool Show(const Words& words);
  void Create(const Words& words);
  void Load(const Words& words);
  void Deliver(const Filter& filter);
  void EndTransfer(const Words& words);
  void Inject(const Words& words);
  void Cut(const std::string& link, bool both_ways);

  ReplicaConfig config_ = TestConfig();
  std::map<ReplicaId, Duration> timeouts_;
  std::unique_ptr<Cluster> cluster_;
  std::string output_;
};

// The whole script with the output of each block replaced by what happens now.
std::string Rewrite(const std::string& script);

}  // namespace ww::raft::test
