// stale-message-inert: a message of a lower term than its receiver's changes nothing that matters,
// nor does an order to campaign of an attempt that is over: its receiver has heard later rounds of
// that leader.
//
// What changes is told by events, so one that comes while such a message is handled is the
// violation. What no event tells of (progress, contact, promises, pending reads) stands in a digest
// that the engine gives before and after.
#pragma once

#include <string_view>

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class StaleMessageChecks {
 public:
  explicit StaleMessageChecks(Reporter& reporter) : reporter_(reporter) {}

  // After the ghost took it.
  void On(const MessageAccepted&, const Ghost& ghost) {
    if (ghost.handled()->late) reporter_.Count(PropertyId::kStaleMessageInert);
  }
  // Before.
  void On(const MessageHandled& event, const Ghost& ghost) {
    if (event.before != event.after) OnChange(event.who, "what it knows of others changes", ghost);
  }
  // A replica's state changes.
  void OnChange(const ReplicaKey& who, std::string_view what, const Ghost& ghost) {
    if (!ghost.handled().has_value() || !ghost.handled()->late) return;
    Judge(who, what, *ghost.handled());
  }

 private:
  void Judge(const ReplicaKey& who, std::string_view what, const HandledMessage& message);

  Reporter& reporter_;
};

}  // namespace ww::checks
