// AdminCaller: asks engine hosts what operators ask, and waits for the answer.
//
// Invariants: one question at a time; an answer to an earlier question is never taken for one to
// the present.
// Suspends: Ask, Pause.
#pragma once

#include <optional>

#include "raft/host/admin.h"
#include "raft/host/wire.h"
#include "scenarios/bind/observer.h"
#include "sim/mailbox.h"
#include "sim/process.h"

namespace ww::scenarios {

class AdminCaller {
 public:
  // Borrowed for the caller's life, which lies within the process's.
  AdminCaller(sim::Process& process, RunObserver& observer, Duration timeout);

  // Nothing when no answer came in time: then nobody knows whether it had, or will have, an effect.
  std::optional<raft::AdminReply> Ask(HostId host, ShardId shard, const raft::AdminAction& action);
  // Likewise of a command to the shard's machine.
  std::optional<raft::ClientReply> Propose(HostId host, ShardId shard, const Payload& command);
  // Without waiting for an answer.
  void Tell(HostId host, ShardId shard, const raft::AdminAction& action);
  // Between two attempts: longer and longer, drawn.
  void Pause(uint32_t attempts);

 private:
  std::optional<raft::AdminReply> AwaitReply(uint64_t request);

  sim::Process& process_;
  RunObserver& observer_;
  const Duration timeout_;
  sim::Mailbox mailbox_;
  sim::Stream& backoff_;
  uint64_t requests_ = 0;
};

}  // namespace ww::scenarios
