#include "scenarios/checks/control.h"

#include <fmt/format.h>

#include <algorithm>

namespace ww::checks {

void ControlChecks::On(const ControllerCommand& event) {
  reporter_.Count(PropertyId::kMigrationPlanFenced);
  if (!event.heeded) return;
  Fence& fence = fences_[event.host];
  if (event.term < fence.known) {
    reporter_.Report(PropertyId::kMigrationPlanFenced, event.shard,
                     "host {} heeds a controller of term {} ({}), and has heeded one of term {}",
                     event.host, event.term, event.action, fence.known);
  }
  fence.known = std::max(fence.known, event.term);
}

void ControlChecks::On(const ControlTaken& event) {
  reporter_.Count(PropertyId::kMigrationPlanFenced);
  if (event.term <= controller_.term) {
    reporter_.Report(PropertyId::kMigrationPlanFenced, ShardId(),
                     "host {} takes control with term {}, but host {} took it with term "
                     "{} before",
                     event.host, event.term, controller_.host, controller_.term);
  }
  controller_ = event;
}

void ControlChecks::On(const DecisionRecorded& event) {
  reporter_.Count(PropertyId::kMigrationPlanFenced);
  if (event.term != controller_.term) {
    reporter_.Report(PropertyId::kMigrationPlanFenced, ShardId(),
                     "a decision of the controller of term {} has its effect at version "
                     "{}, but host {} is in control with term {}",
                     event.term, event.version, controller_.host, controller_.term);
  } else if (event.version != event.expected + 1) {
    reporter_.Report(PropertyId::kMigrationPlanFenced, ShardId(),
                     "a decision of the controller of term {} was taken on version {} "
                     "of the metadata, but leads to version {}",
                     event.term, event.expected, event.version);
  }
}

void ControlChecks::On(const ControllerTermWritten& event) {
  fences_[event.host].written.push_back(event);
}

void ControlChecks::On(const FileSynced& event) {
  const auto at = fences_.find(event.host);
  if (at == fences_.end()) return;
  Fence& fence = at->second;
  std::erase_if(fence.written, [&](const ControllerTermWritten& record) {
    if (record.file != event.file || record.end > event.size) return false;
    fence.durable = std::max(fence.durable, record.term);
    return true;
  });
}

// Nobody knows what of them will ever reach the disk.
void ControlChecks::On(const FileSyncFailed& event) {
  const auto at = fences_.find(event.host);
  if (at == fences_.end()) return;
  std::erase_if(at->second.written, [&event](const ControllerTermWritten& record) {
    return record.file == event.file;
  });
}

void ControlChecks::On(const HostCrashed& event) {
  const auto at = fences_.find(event.host);
  if (at == fences_.end()) return;
  at->second.known = at->second.durable;
  at->second.written.clear();
}

}  // namespace ww::checks
