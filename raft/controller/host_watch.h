// HostWatch: when each host was last heard of, and what it said of itself then.
//
// By the controller's own clock, and from what it asked in this term: a host that was never heard
// is silent since the watch began, or since it was known when that came later.
// Suspends: never.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "raft/host/admin.h"

namespace ww::raft {

class HostWatch {
 public:
  explicit HostWatch(LocalTime began) : began_(began) {}

  // These are in the metadata now. Whoever came later than others could not be heard before.
  void Known(const std::vector<HostId>& hosts, LocalTime now) {
    for (const HostId host : hosts) hosts_.try_emplace(host, News{looked_ ? now : began_, {}});
    looked_ = true;
  }
  void Heard(HostId host, LocalTime now) { At(host).heard = now; }
  void Described(HostId host, LocalTime now, HostDescription description) {
    Heard(host, now);
    At(host).description = std::move(description);
  }

  Duration Silence(HostId host, LocalTime now) const {
    const auto at = hosts_.find(host);
    return now - (at == hosts_.end() ? began_ : at->second.heard);
  }
  // Null before the first answer. Borrowed until the next.
  const HostDescription* DescriptionOf(HostId host) const {
    const auto at = hosts_.find(host);
    if (at == hosts_.end() || !at->second.description.has_value()) return nullptr;
    return &*at->second.description;
  }

  // Whether the host answered so lately, and said that the replica does not live there.
  bool Misses(HostId host, ShardId shard, ReplicaId replica, LocalTime now,
              Duration lately) const {
    const HostDescription* said = DescriptionOf(host);
    if (said == nullptr || Silence(host, now) > lately) return false;
    const auto at = std::lower_bound(
        said->replicas.begin(), said->replicas.end(), shard,
        [](const HostedReplica& hosted, ShardId wanted) { return hosted.shard < wanted; });
    return at == said->replicas.end() || at->shard != shard || at->replica != replica;
  }

 private:
  struct News {
    LocalTime heard;
    std::optional<HostDescription> description;
  };
  News& At(HostId host) { return hosts_.try_emplace(host, News{began_, {}}).first->second; }

  const LocalTime began_;
  bool looked_ = false;
  absl::btree_map<HostId, News> hosts_;
};

}  // namespace ww::raft
