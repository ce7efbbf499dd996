#include "scenarios/bind/first_starts.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace ww::scenarios {

const FirstStarts::Start* FirstStarts::Find(ShardId shard) const {
  const auto at = std::find_if(starts_.begin(), starts_.end(),
                               [shard](const Start& start) { return start.shard == shard; });
  return at == starts_.end() ? nullptr : &*at;
}

void FirstStarts::Supervise(ShardId shard, std::vector<HostId> counting) {
  CHECK(Find(shard) == nullptr);
  CHECK(!counting.empty());
  starts_.push_back({shard, std::move(counting), {}, 0});
}

void FirstStarts::Holds(ShardId shard, HostId host, HostId creator, uint64_t identity) {
  Start* start = Find(shard);
  if (start == nullptr) return;
  const auto counts = std::find(start->counting.begin(), start->counting.end(), host);
  if (counts == start->counting.end()) return;
  std::erase_if(start->held, [host](const Held& held) { return held.host == host; });
  if (identity != 0) start->held.push_back({host, creator, identity});
}

void FirstStarts::Created(ShardId shard, HostId creator) {
  Start* start = Find(shard);
  if (start == nullptr) return;
  for (const Held& held : start->held) {
    if (held.host == creator) start->created = held.identity;
  }
}

void FirstStarts::Wiped(HostId host) {
  for (Start& start : starts_) {
    std::erase_if(start.held, [host](const Held& held) { return held.host == host; });
  }
}

bool FirstStarts::Awaits(ShardId shard) const {
  const Start* start = Find(shard);
  return start != nullptr && start->created == 0;
}

const std::vector<HostId>* FirstStarts::CountingOf(ShardId shard) const {
  const Start* start = Find(shard);
  return start == nullptr ? nullptr : &start->counting;
}

std::optional<faults::QuorumGroup> FirstStarts::GroupOf(const Start& start, const Held& own) {
  const bool created = own.identity == start.created;
  if (!created && own.host != own.creator) return std::nullopt;
  faults::QuorumGroup group{start.shard, {}, 0};
  for (const Held& held : start.held) {
    const bool is_its_creator = held.host == own.creator;
    if (held.identity == own.identity && (created || !is_its_creator)) {
      group.members.push_back(held.host);
    }
  }
  if (group.members.empty()) return std::nullopt;
  // Before it is created each of them is one too many to lose.
  group.absent =
      (created ? start.counting.size() : 2 * group.members.size()) - group.members.size();
  return group;
}

std::vector<faults::QuorumGroup> FirstStarts::Groups() const {
  std::vector<faults::QuorumGroup> groups;
  for (const Start& start : starts_) {
    uint64_t last = 0;
    for (const Held& held : start.held) {
      if (held.identity == last) continue;
      std::optional<faults::QuorumGroup> group = GroupOf(start, held);
      if (!group.has_value()) continue;
      groups.push_back(*std::move(group));
      last = held.identity;
    }
  }
  return groups;
}

}  // namespace ww::scenarios
