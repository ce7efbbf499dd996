// LogReader: follows the committed logs of all shards, as a change feed does.
//
// Asks any host for what comes next of a shard, goes on behind what it was told, and now and then
// begins again further in front. What hosts tell it is judged when they send it; it keeps nothing
// but its places.
//
// Suspends: Run.
#pragma once

#include <vector>

#include "raft/host/log_query.h"
#include "scenarios/workload/client.h"
#include "sim/mailbox.h"
#include "sim/process.h"

namespace ww::scenarios {

struct LogReaderOptions {
  size_t hosts = 0;   // Engine hosts are 1..hosts.
  size_t shards = 0;  // Shards are 1..shards.
  Duration timeout;   // Of one question.
};

class LogReader {
 public:
  // Borrowed for the reader's life.
  LogReader(sim::Process& process, const LogReaderOptions& options);

  // Until `control.stopping`.
  void Run(ClientControl& control);

 private:
  uint64_t Draw(uint64_t bound);
  void AskOnce();
  void Learn(const raft::LogAnswer& answer);

  sim::Process& process_;
  const LogReaderOptions options_;
  sim::Mailbox mailbox_;
  sim::Stream& choices_;
  std::vector<raft::Index> next_;  // By shard, from 1 on.
  uint64_t requests_ = 0;
};

}  // namespace ww::scenarios
