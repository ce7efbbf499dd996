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

void FirstStarts::WentDown(HostId host) {
  for (Start& start : starts_) {
    for (Held& held : start.held) {
      if (held.creator == host) held.asker_lives = false;
    }
  }
}

std::optional<faults::QuorumGroup> FirstStarts::GroupOf(const Start& start, const Held& one) {
  const bool created = one.identity == start.created;
  bool may_be_created = created;
  faults::QuorumGroup group{start.shard, {}, 0};
  for (const Held& held : start.held) {
    if (held.identity != one.identity) continue;
    const bool is_its_creator = held.host == held.creator;
    may_be_created = may_be_created || is_its_creator || held.asker_lives;
    if (created || !is_its_creator) group.members.push_back(held.host);
  }
  if (!may_be_created || group.members.empty()) return std::nullopt;
  // Before it is created each of them is one too many to lose.
  group.absent =
      (created ? start.counting.size() : 2 * group.members.size()) - group.members.size();
  return group;
}

std::vector<faults::QuorumGroup> FirstStarts::Groups() const {
  std::vector<faults::QuorumGroup> groups;
  for (const Start& start : starts_) {
    for (auto held = start.held.begin(); held != start.held.end(); ++held) {
      const auto first = std::find_if(start.held.begin(), held, [&held](const Held& one) {
        return one.identity == held->identity;
      });
      if (first != held) continue;
      std::optional<faults::QuorumGroup> group = GroupOf(start, *held);
      if (group.has_value()) groups.push_back(*std::move(group));
    }
  }
  return groups;
}

std::vector<faults::QuorumGroup> FirstStarts::Awaited() const {
  std::vector<faults::QuorumGroup> groups;
  for (const Start& start : starts_) {
    if (start.created == 0) groups.push_back({start.shard, start.counting, 0, true});
  }
  return groups;
}

}  // namespace ww::scenarios
