// events-in-order: what listeners are told of leaders is what happened, each change once, in order.
//
// Every change of (term, leader) that a replica reports is owed to each listener of its host. An
// event that stands for earlier ones names how many; those are then never told by themselves, and
// that is judged too: what a later event has overtaken must be among the skipped ones. At the end
// of an engine nothing is owed any more; a crash forgets what was owed with the process. At the end
// of a run a prompt listener is owed nothing that is older than its bound.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class ListenerChecks {
 public:
  ListenerChecks(Reporter& reporter, Duration election_timeout)
      : reporter_(reporter), election_timeout_(election_timeout) {}

  void On(const ListenerAdded& event);
  void On(const HostCrashed& event);
  void On(const EngineReturned& event);
  void On(const ReplicaStarted& event, Ghost::Where where);
  void On(const RoleChanged& event, Ghost::Where where);
  void On(const LeaderTold& event);
  void Finish();

 private:
  struct Known {
    Term term;
    ReplicaId leader;
    friend bool operator==(const Known&, const Known&) = default;
  };
  struct Owed {
    ReplicaKey who;
    Known change;
    TrueTime since;
    bool overtaken = false;  // Something later was told before it.
  };
  struct Listener {
    HostId host;
    Incarnation incarnation;
    uint32_t number = 0;
    bool prompt = false;
    bool ended = false;  // Its process or its engine has.
    std::vector<Owed> owed;
  };

  Known& KnownOf(Ghost::Where where);
  Listener* Find(const LeaderTold& event);
  void Tell(Listener& listener, const LeaderTold& event);
  void ReportOwed(const Listener& listener, const char* when);

  Reporter& reporter_;
  const Duration election_timeout_;
  std::vector<Listener> listeners_;        // Of the newest life of each host.
  std::vector<std::vector<Known>> known_;  // By slots of shard and replica.
};

}  // namespace ww::checks
