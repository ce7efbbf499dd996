// The decision sites of the engine.
#pragma once

#include "sim/base/site.h"

namespace ww::raft::sites {

inline constexpr Site kElectionTimeout{"raft.election_timeout", SiteClass::kNoise,
                                       "length of an election timeout beyond its default"};
inline constexpr Site kTinyBatch{"raft.tiny_batch", SiteClass::kNoise,
                                 "buggify: the log writer takes one record at a time"};
inline constexpr Site kLateSync{"raft.late_sync", SiteClass::kNoise,
                                "buggify: the log writer waits before it syncs"};

inline constexpr const Site* kAll[] = {&kElectionTimeout, &kTinyBatch, &kLateSync};

}  // namespace ww::raft::sites
