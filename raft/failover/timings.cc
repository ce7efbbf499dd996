#include "raft/failover/timings.h"

#include <fmt/format.h>

#include <array>

#include "sim/base/check.h"
#include "sim/base/words.h"

namespace ww::raft::failover {
namespace {

constexpr std::array<TimingKey, 7> kTimings = {{
    {"probe_interval", &Timings::probe_interval},
    {"connect_timeout", &Timings::connect_timeout},
    {"call_timeout", &Timings::call_timeout},
    {"lease_interval", &Timings::lease_interval},
    {"renew_interval", &Timings::renew_interval},
    {"stateboard.renew_interval", &Timings::stateboard_renew},
    {"stateboard.keepalive_interval", &Timings::stateboard_keepalive},
}};

// `shorter` has to be below `longer`, or `consequence`.
struct Inequality {
  TimingKey shorter;
  TimingKey longer;
  std::string_view consequence;
};

constexpr std::array<Inequality, 3> kInequalities = {{
    {kTimings[4], kTimings[3],
     "a lease can end before it is renewed, and its leader turn read-only"},
    {kTimings[5], kTimings[6], "the lock can end before it is confirmed, and coordinators change"},
    {kTimings[6], kTimings[3],
     "leases can end before another coordinator takes over, and leaders turn read-only"},
}};

bool Usable(const Interval& interval) {
  CHECK(!interval.text.empty());
  CHECK(!interval.duration.has_value() || interval.duration->ns >= 0);
  return interval.duration.has_value() && interval.duration->ns > 0;
}

}  // namespace

std::span<const TimingKey> AllTimings() { return kTimings; }

std::vector<std::string> HarmOf(const Timings& timings) {
  std::vector<std::string> harm;
  for (const TimingKey& key : kTimings) {
    const Interval& interval = timings.*key.interval;
    if (Usable(interval)) continue;
    harm.push_back(
        fmt::format("failover.{} is {}, which is no span of time to wait for: a "
                    "coordinator with it does not start",
                    key.name, Quoted(interval.text)));
  }
  for (const Inequality& inequality : kInequalities) {
    const Interval& shorter = timings.*inequality.shorter.interval;
    const Interval& longer = timings.*inequality.longer.interval;
    if (!Usable(shorter) || !Usable(longer) || *shorter.duration < *longer.duration) continue;
    harm.push_back(fmt::format("failover.{} ({} s) is not below failover.{} ({} s): {}",
                               inequality.shorter.name, shorter.text, inequality.longer.name,
                               longer.text, inequality.consequence));
  }
  return harm;
}

}  // namespace ww::raft::failover
