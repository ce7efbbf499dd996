// The decision sites of the harness itself: how a cluster is set up and what its clients do.
#pragma once

#include "sim/base/site.h"

namespace ww::scenarios::sites {

inline constexpr Site kClockOffset{"cluster.clock_offset", SiteClass::kNoise,
                                   "what a host's clock shows at the beginning"};
inline constexpr Site kClockDrift{"cluster.clock_drift", SiteClass::kNoise,
                                  "how fast or slow a host's clock runs"};
inline constexpr Site kLateStart{"cluster.late_start", SiteClass::kNoise,
                                 "how late a host of a supervised replicaset starts"};
inline constexpr Site kEdit{"cluster.edit", SiteClass::kNoise,
                            "when an operator edits the priorities of a replicaset"};
inline constexpr Site kEditSpread{"cluster.edit_spread", SiteClass::kNoise,
                                  "how much later a host gets the edited configuration"};
inline constexpr Site kPace{"workload.pace", SiteClass::kNoise,
                            "pause of a client before its next operation"};
inline constexpr Site kShard{"workload.shard", SiteClass::kNoise,
                             "shard of an operation, counted from the usual one"};
inline constexpr Site kKey{"workload.key", SiteClass::kNoise,
                           "key of an operation, counted from the usual one"};
inline constexpr Site kOperation{"workload.operation", SiteClass::kNoise,
                                 "what an operation does, counted from the usual one"};
inline constexpr Site kRead{
    "workload.read", SiteClass::kNoise,
    "whether an operation is a read without an entry, and where it is asked"};
inline constexpr Site kValueBytes{"workload.value_bytes", SiteClass::kNoise,
                                  "length of a value beyond the shortest"};
inline constexpr Site kBackoff{"workload.backoff", SiteClass::kNoise,
                               "pause of a client before it tries again"};
inline constexpr Site kEcho{"workload.echo", SiteClass::kNoise,
                            "whether a stubborn client repeats what was answered"};

inline constexpr Site kCloseSession{"workload.close_session", SiteClass::kNoise,
                                    "whether a client closes its session after an operation"};
inline constexpr Site kListenerPause{"listener.pause", SiteClass::kNoise,
                                     "how long a listener of a host takes for an event"};

inline constexpr Site kOperatorBackoff{"operator.backoff", SiteClass::kNoise,
                                       "pause of an operator before it asks again"};

inline constexpr Site kLogReader{"workload.log_reader", SiteClass::kNoise,
                                 "what a reader of logs asks next, and when"};

inline constexpr const Site* kAll[] = {
    &kClockOffset, &kClockDrift,   &kLateStart,     &kEdit,
    &kEditSpread,  &kPace,         &kShard,         &kKey,
    &kOperation,   &kRead,         &kValueBytes,    &kBackoff,
    &kEcho,        &kCloseSession, &kListenerPause, &kOperatorBackoff,
    &kLogReader};

}  // namespace ww::scenarios::sites
