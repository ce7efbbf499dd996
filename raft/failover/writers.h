// Writers: who lets clients write where nobody is appointed, by the mode and the configuration
// alone (modes off, manual and election).
//
// Only the leader of the shard takes writes, whatever the mode. Beyond that:
//   off: an instance that is configured read-write;
//   manual: the configured leader, and nobody else;
//   election: whoever leads.
// A leader that may not let clients write hands the leadership over to one that may; in mode
// election there is no such leader. Priorities mean nothing here.
//
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "raft/failover/config.h"

namespace ww::raft::failover {

// `instance`: its number in the order of the names. Requires: the mode is not supervised.
bool MayWrite(const FailoverConfig& config, size_t instance);

// Those that leadership should go to, by number; none when whoever leads may write.
std::vector<size_t> MeantToLead(const FailoverConfig& config, size_t leader);

// Why nobody could ever write with this configuration in its mode; empty: somebody can.
std::string WriterMissing(const FailoverConfig& config);

}  // namespace ww::raft::failover
