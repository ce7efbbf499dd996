#include "scenarios/checks/stale_messages.h"

#include <fmt/format.h>

namespace ww::checks {

void StaleMessageChecks::Judge(const ReplicaKey& who, std::string_view what,
                               const HandledMessage& message) {
  if (message.who != who) return;
  reporter_.Report(PropertyId::kStaleMessageInert, who.shard,
                   fmt::format("shard {} replica {}: {}, but the message that it acts on, of "
                               "replica {}, is of term {}, which is below its own",
                               who.shard, who.replica, what, message.from, message.term));
}

}  // namespace ww::checks
