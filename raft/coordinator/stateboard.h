// Stateboard: a coordinator's way to the failover state in the metadata shard, from any host.
//
// It asks the shard's hosts one after the other, the one that answered last first, until one has
// answered or the time is over. A command that nobody answered may have its effect yet; so may one
// whose answer can't be read, and another host is asked.
//
// Suspends: Read, Submit.
#pragma once

#include <optional>
#include <vector>

#include "raft/controller/asker.h"
#include "raft/meta/commands.h"

namespace ww::raft::failover {

class Stateboard {
 public:
  struct Options {
    std::vector<HostId> hosts;  // Of the metadata shard.
    Duration pause;             // Before the next one is asked.
  };
  Stateboard(Env& env, Asker& asker, Options options);

  // Everything that was answered before is in it.
  std::optional<meta::FailoverState> Read(LocalTime deadline);
  std::optional<meta::Result> Submit(const meta::FailoverAction& action, LocalTime deadline);

 private:
  HostId Whom() const { return options_.hosts[at_]; }
  void TryAnother(HostId hint);

  Env& env_;
  Asker& asker_;
  const Options options_;
  size_t at_ = 0;
};

}  // namespace ww::raft::failover
