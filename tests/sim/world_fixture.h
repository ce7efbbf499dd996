// A world with plain hosts, for tests: its schema, its fibers and a log of what happened when.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/world.h"

namespace ww::sim {

class WorldFixture {
 public:
  explicit WorldFixture(SiteBase base = SiteBase::kBenign, uint64_t seed = 1) {
    AddWorldKinds(schema_);
    world_ = std::make_unique<World>(seed, World::Parts{schema_, fibers_});
    world_->decisions().SetBase(base);
  }

  World& world() { return *world_; }
  FiberPool& fibers() { return fibers_; }
  // Ends the world before the fixture.
  void EndWorld() { world_.reset(); }

  Host& AddHost(HostSpec spec = {}) { return world_->AddHost(spec, LinkRules{}); }
  // A host that starts with `main` at once.
  Host& StartHost(std::function<void(Process&)> main, HostSpec spec = {}) {
    Host& host = AddHost(std::move(spec));
    host.SetMain(std::move(main));
    host.Start();
    return host;
  }
  void RunFor(Duration length) { world_->RunUntil(world_->now() + length); }
  void At(Duration when, absl::AnyInvocable<void()> action) {
    world_->At(TrueTime{} + when, std::move(action));
  }

  // Notes `what` with the virtual time in microseconds: "12 woken".
  void Note(const std::string& what) {
    notes_.push_back(fmt::format("{} {}", world_->now().ns / 1000, what));
  }
  std::vector<std::string> TakeNotes() { return std::exchange(notes_, {}); }

 private:
  std::vector<std::string> notes_;  // Outlives the world: what unwinds may still note.
  Schema schema_;
  FiberPool fibers_;
  std::unique_ptr<World> world_;
};

inline std::string NameOf(WaitResult result) {
  switch (result) {
    case WaitResult::kWoken:
      return "woken";
    case WaitResult::kTimeout:
      return "timeout";
    case WaitResult::kCancelled:
      return "cancelled";
  }
  return "?";
}

}  // namespace ww::sim
