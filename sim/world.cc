#include "sim/world.h"

#include <utility>

#include "sim/base/check.h"

namespace ww::sim {

World::World(uint64_t seed, const Parts& parts)
    : kinds_(FindWorldKinds(parts.schema)),
      journal_(parts.schema),
      decisions_(seed, journal_),
      scheduler_(decisions_, journal_),
      fibers_(parts.fibers),
      network_(std::make_unique<Network>(*this, decisions_)) {
  scheduler_.TraceAs(kinds_.event, kinds_.order);
}

// Fibers go first: what they unwind may still use hosts and network. Messages in flight and pending
// actions are dropped without being run.
World::~World() {
  CHECK(fibers_.running() == nullptr);
  for (const std::unique_ptr<Host>& host : hosts_) {
    if (host->up()) host->process()->MarkDead();
  }
  ReapDead();
  network_.reset();
  hosts_.clear();
}

Host& World::AddHost(const HostSpec& spec, const LinkRules& links) {
  const HostId id(hosts_.size() + 1);
  Host& host = *hosts_.emplace_back(std::make_unique<Host>(*this, id, spec));
  network_->AddHost(id, links);
  return host;
}

Host& World::host(HostId id) {
  CHECK(!id.none());
  CHECK_LE(id.value, hosts_.size());
  return *hosts_[id.value - 1];
}

bool World::Step() {
  CHECK(fibers_.running() == nullptr);
  if (!scheduler_.RunOne()) return false;
  if (!dying_.empty()) [[unlikely]]
    ReapDead();
  return true;
}

void World::ReapDead() {
  CHECK(fibers_.running() == nullptr);
  // What unwinds may kill another process.
  while (!dying_.empty()) {
    const std::unique_ptr<Process> process = std::move(dying_.front());
    dying_.erase(dying_.begin());
    process->Unwind();
  }
}

bool World::RunUntil(TrueTime until, absl::FunctionRef<bool()> stop) {
  CHECK(until >= now());
  while (scheduler_.NextTime() <= until) {
    Step();
    if (stop()) return true;
  }
  scheduler_.AdvanceTo(until);
  return false;
}

void World::RunUntil(TrueTime until) {
  const bool stopped = RunUntil(until, [] { return false; });
  CHECK(!stopped);
}

void World::At(TrueTime when, absl::AnyInvocable<void()> action) {
  CHECK(action != nullptr);
  uint64_t index = actions_.size();
  if (free_actions_.empty()) {
    actions_.push_back(std::move(action));
  } else {
    index = free_actions_.back();
    free_actions_.pop_back();
    actions_[index] = std::move(action);
  }
  scheduler_.At(when, {.target = HostId(),
                       .event_class = EventClass::kControl,
                       .callback = &World::OnAction,
                       .object = this,
                       .argument = index});
}

void World::OnAction(void* world, uint64_t index) {
  World& self = *static_cast<World*>(world);
  absl::AnyInvocable<void()> action = std::exchange(self.actions_[index], nullptr);
  self.free_actions_.push_back(index);
  action();
}

}  // namespace ww::sim
