// What a judge is asked after and during a run.
#include "scenarios/checks/describe.h"
#include "scenarios/checks/judge_checks.h"

namespace ww::checks {

std::vector<std::pair<std::string_view, uint64_t>> Judge::Judged() const {
  std::vector<std::pair<std::string_view, uint64_t>> judged;
  for (size_t i = 0; i < kPropertyCount; ++i) {
    const auto id = static_cast<PropertyId>(i);
    judged.emplace_back(PropertyOf(id).name, checks_->reporter.judged(id));
  }
  return judged;
}

std::vector<std::pair<std::string_view, uint64_t>> Judge::Noticed() const {
  std::vector<std::pair<std::string_view, uint64_t>> noticed;
  for (size_t i = 0; i < kNoticeCount; ++i) {
    noticed.emplace_back(kNoticeNames[i], checks_->reporter.noticed(static_cast<Notice>(i)));
  }
  return noticed;
}

std::vector<std::pair<std::string_view, uint64_t>> Judge::Slowest() const {
  std::vector<std::pair<std::string_view, uint64_t>> slowest;
  for (size_t i = 0; i < kPropertyCount; ++i) {
    const auto id = static_cast<PropertyId>(i);
    const uint64_t length = checks_->reporter.slowest(id);
    if (length > 0) slowest.emplace_back(PropertyOf(id).name, length);
  }
  return slowest;
}

std::string Judge::DescribeShard(ShardId shard) const {
  const ShardGhost* ghost = checks_->ghost.FindShard(shard);
  if (ghost == nullptr) return fmt::format("shard {}: unknown", shard);
  return DescribeShardGhost(*ghost, checks_->ghost);
}

Index Judge::GhostCommit(ShardId shard) const {
  const ShardGhost* ghost = checks_->ghost.FindShard(shard);
  return ghost == nullptr ? Index() : ghost->commit();
}

ReplicaId Judge::NewestLeader(ShardId shard) const {
  const ShardGhost* ghost = checks_->ghost.FindShard(shard);
  if (ghost == nullptr || ghost->leaderships.empty()) return ReplicaId();
  return ghost->leaderships.back().replica;
}

}  // namespace ww::checks
