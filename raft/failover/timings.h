// The seven intervals of supervised failover, and which of them do harm together.
//
// The published system documents renew < lease and stateboard.renew < keepalive < lease and checks
// none of it, and takes any number: so does reading. What a coordinator could not keep promises
// with is named by `HarmOf`; starting one with such intervals is refused.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/time.h"

namespace ww::raft::failover {

// As written, and as a span of time where it is one (number.h, ParseSeconds).
struct Interval {
  std::string text;
  std::optional<Duration> duration;
  int line = 0;  // Where it was given; 0 for a default.
};

struct Timings {
  Interval probe_interval = {"10", Seconds(10)};        // How often an instance is asked how it is.
  Interval connect_timeout = {"1", Seconds(1)};         // Coordinator to instance.
  Interval call_timeout = {"1", Seconds(1)};            // Coordinator to instance.
  Interval lease_interval = {"30", Seconds(30)};        // How long a leader serves without renewal.
  Interval renew_interval = {"10", Seconds(10)};        // How often leases are renewed.
  Interval stateboard_renew = {"2", Seconds(2)};        // How often the lock is confirmed.
  Interval stateboard_keepalive = {"10", Seconds(10)};  // How long the lock is kept unconfirmed.
};

struct TimingKey {
  std::string_view name;  // Below "failover.".
  Interval Timings::*interval;
};
std::span<const TimingKey> AllTimings();

// One line each, with the keys and what they can lead to; empty when a coordinator may start.
std::vector<std::string> HarmOf(const Timings& timings);

}  // namespace ww::raft::failover
