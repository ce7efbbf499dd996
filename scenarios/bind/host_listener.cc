#include "scenarios/bind/host_listener.h"

#include "scenarios/sites.h"
#include "sim/base/check.h"
#include "sim/world.h"

namespace ww::scenarios {
namespace {

// Elections of a few shards come faster than a listener that takes half of this for each event.
constexpr Duration kPauseMax = Milliseconds(500);

}  // namespace

HostListener::HostListener(sim::Process& process, RunObserver& observer, uint32_t number)
    : process_(process), observer_(observer), host_(process.host().id()), number_(number) {
  CHECK_GT(number, 0u);
  const bool prompt = number == 1;
  if (!prompt) {
    pauses_ = &process.world().decisions().Open(sites::kListenerPause,
                                                {host_.value, number, process.incarnation().value});
  }
  observer_.ListenerAdded({host_, process.incarnation(), number, prompt});
}

void HostListener::On(const raft::LeaderUpdated& event) {
  observer_.LeaderTold({host_,
                        process_.incarnation(),
                        number_,
                        {event.who.shard, event.who.replica},
                        checks::Term(event.term.value),
                        event.leader,
                        event.skipped});
  TakeTime();
}

void HostListener::On(const raft::SystemEvent& event) {
  observer_.EventTold(host_, number_, event);
  TakeTime();
}

void HostListener::TakeTime() {
  if (pauses_ == nullptr) return;
  const uint64_t bound = static_cast<uint64_t>(kPauseMax.ns);
  const uint64_t drawn = process_.world().decisions().Uniform(*pauses_, bound);
  if (drawn > 0) process_.SleepFor(Nanoseconds(static_cast<int64_t>(drawn)));
}

}  // namespace ww::scenarios
