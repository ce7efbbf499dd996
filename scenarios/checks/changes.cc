#include "scenarios/checks/changes.h"

#include <fmt/format.h>

#include <algorithm>

namespace ww::checks {

using enum PropertyId;

// Operators ask now and then, so there are few.
size_t ChangeChecks::RequestOf(ShardId shard, uint64_t digest) {
  for (size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].shard == shard && requests_[i].digest == digest) return i;
  }
  requests_.push_back({shard, digest, 0, 0, 0, Index()});
  return requests_.size() - 1;
}

void ChangeChecks::On(const ChangeAsked& event) {
  const size_t request = RequestOf(event.shard, event.request);
  ++requests_[request].asked;
  open_.push_back({event.ask, request, event.expected});
}

void ChangeChecks::On(const ConfigAppended& event) {
  if (!event.created || event.request == 0) return;
  Request& request = requests_[RequestOf(event.who.shard, event.request)];
  if (request.asked == 0) return;  // By somebody who does not say so.
  ++request.appended;
  request.newest = event.index;
  JudgeCount(request);
}

void ChangeChecks::On(const ChangeAnswered& event, const Ghost& ghost) {
  const auto at = std::find_if(open_.begin(), open_.end(),
                               [&event](const Ask& ask) { return ask.id == event.ask; });
  if (at == open_.end()) return;
  const Ask ask = *at;
  open_.erase(at);
  switch (event.answer) {
    case ChangeAnswer::kDone:
      return JudgeOrder(ask, event.index, ghost);
    case ChangeAnswer::kRefused:
      ++requests_[ask.request].refused;
      return JudgeCount(requests_[ask.request]);
    case ChangeAnswer::kUnknown:
      return;
  }
}

void ChangeChecks::JudgeCount(const Request& request) {
  reporter_.Count(kDefiniteFailure);
  if (request.appended + request.refused <= request.asked) return;
  reporter_.Report(kDefiniteFailure, request.shard,
                   "shard {}: a change of membership was asked for {} times and refused {} times, "
                   "but leaders appended it {} times, last at index {}",
                   request.shard, request.asked, request.refused, request.appended, request.newest);
}

void ChangeChecks::JudgeOrder(const Ask& ask, Index index, const Ghost& ghost) {
  if (!ask.expected.has_value()) return;
  const ShardGhost* shard = ghost.FindShard(requests_[ask.request].shard);
  if (shard == nullptr) return;
  reporter_.Count(kConfigSerialised);
  Index before;
  for (const Config& config : shard->configs) {
    if (config.committed && config.index < index) before = std::max(before, config.index);
  }
  if (before == *ask.expected) return;
  reporter_.Report(kConfigSerialised, shard->id,
                   "shard {}: a change that was to follow the one at index {} took effect at index "
                   "{}, behind the one at index {}",
                   shard->id, *ask.expected, index, before);
}

}  // namespace ww::checks
