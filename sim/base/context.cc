#include "sim/base/context.h"

#include <algorithm>
#include <cstdio>

#include "sim/base/hash.h"

namespace ww {
namespace {

RunContext* current_run = nullptr;

}  // namespace

RunContext* RunContext::Current() { return current_run; }

RunContext::Scope::Scope(RunContext& run) : previous_(current_run) {
  if (run.handler_ == nullptr && previous_ != nullptr) {
    run.SetFailureHandler(previous_->handler_, previous_->handler_owner_);
  }
  current_run = &run;
}

RunContext::Scope::~Scope() { current_run = previous_; }

void RunContext::ReportFailure(const CheckSite& site, const std::string& detail) {
  FailureHandler handler = std::exchange(handler_, nullptr);
  std::fprintf(stderr, "%s:%d: CHECK failed: %s%s%s (case %s)\n", site.file, site.line,
               site.condition, detail.empty() ? "" : ": ", detail.c_str(), token_.c_str());
  if (handler != nullptr) handler(handler_owner_, *this, site, detail);
}

// Here, where the pointer is at hand: the two are called ten times an entry.
void* TakeBlock(size_t bytes) {
  return current_run == nullptr ? BlockCache::New(bytes) : current_run->blocks().Take(bytes);
}

void GiveBlock(void* block, size_t bytes) noexcept {
  if (current_run == nullptr) return ::operator delete(block);
  current_run->blocks().Give(block, bytes);
}

void RecordReachOften(std::string_view name, uint64_t hash) {
  if (current_run != nullptr) current_run->Reach(name, hash);
}

void RecordReach(std::string_view name, uint64_t hash) { RecordReachOften(name, hash); }

void RunContext::ReachSlowly(std::string_view name, uint64_t hash) {
  size_t slot = hash % kReachSlots;
  for (size_t probes = 0; probes < kReachSlots; ++probes) {
    ReachSlot& entry = reach_[slot];
    if (entry.visits == 0) entry.name = name;
    if (entry.name == name) {
      ++entry.visits;
      if (reach_listener_ != nullptr) reach_listener_(reach_listener_owner_, name);
      return;
    }
    slot = (slot + 1) % kReachSlots;
  }
  UNREACHABLE("more than {} reach sites", kReachSlots);
}

std::vector<std::pair<std::string_view, uint64_t>> RunContext::Reached() const {
  std::vector<std::pair<std::string_view, uint64_t>> visits;
  for (const ReachSlot& entry : reach_) {
    if (entry.visits > 0) visits.emplace_back(entry.name, entry.visits);
  }
  std::sort(visits.begin(), visits.end());
  return visits;
}

}  // namespace ww
