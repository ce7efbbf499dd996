// The decision sites of the world, and its reach sites.
#pragma once

#include <string_view>

#include "sim/base/site.h"

namespace ww::sim::sites {

inline constexpr Site kOrder{"sched.order", SiteClass::kNoise, "order of events of one instant"};
inline constexpr Site kNetDelay{"net.delay", SiteClass::kNoise, "delay of a message on a link"};
inline constexpr Site kNetLoss{"net.loss", SiteClass::kFault, "whether a message is lost"};
inline constexpr Site kNetDuplicate{"net.duplicate", SiteClass::kFault,
                                    "whether a message comes twice"};
inline constexpr Site kNetReorder{"net.reorder", SiteClass::kFault,
                                  "whether and how far a message leaves the order of its link"};
inline constexpr Site kNetKindRule{"net.kind_rule", SiteClass::kFault,
                                   "whether a rule for a message kind applies"};
inline constexpr Site kNetCorrupt{"net.corrupt", SiteClass::kFault,
                                  "whether bits of a message flip, and which"};
inline constexpr Site kNetTruncate{"net.truncate", SiteClass::kFault,
                                   "whether a message loses its end, and how much"};
inline constexpr Site kDiskLatency{"disk.latency", SiteClass::kNoise, "how long a disk call takes"};
inline constexpr Site kDiskError{"disk.error", SiteClass::kFault, "whether a disk call fails"};
inline constexpr Site kDiskCrashSector{"disk.crash_sector", SiteClass::kFault,
                                       "what a crash leaves of an unsynced sector"};
inline constexpr Site kDiskCrashSize{"disk.crash_size", SiteClass::kFault,
                                     "what a crash leaves of an unsynced size"};
inline constexpr Site kDiskCrashName{"disk.crash_name", SiteClass::kFault,
                                     "what a crash leaves of an unsynced directory entry"};

inline constexpr Site kDiskDamage{"disk.damage", SiteClass::kFault,
                                  "which durable byte or sector is damaged"};

inline constexpr const Site* kAll[] = {
    &kOrder,         &kNetDelay,    &kNetLoss,    &kNetDuplicate,    &kNetReorder,
    &kNetKindRule,   &kDiskLatency, &kDiskError,  &kDiskCrashSector, &kDiskCrashSize,
    &kDiskCrashName, &kDiskDamage,  &kNetCorrupt, &kNetTruncate};

}  // namespace ww::sim::sites
