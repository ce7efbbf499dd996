// What hosts say of those who control them, in the checks' vocabulary.
#include "scenarios/bind/observer.h"

namespace ww::scenarios {

void HostObserver::On(const raft::ControllerCommand& event) {
  run_.Record(run_.kinds_.command, host_, event.shard, event.term, event.version, event.action,
              event.heeded);
  run_.Feed(checks::ControllerCommand{host_, event.shard, event.term.value, event.version,
                                      event.action, event.heeded});
}

}  // namespace ww::scenarios
