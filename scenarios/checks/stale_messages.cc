#include "scenarios/checks/stale_messages.h"

#include <fmt/format.h>

#include <string>

namespace ww::checks {

void StaleMessageChecks::Judge(const ReplicaKey& who, std::string_view what,
                               const HandledMessage& message) {
  if (message.who != who) return;
  const std::string why =
      message.round == 0
          ? std::string("which is below its own")
          : fmt::format("and tells it to campaign after round {}, behind which it has heard others",
                        message.round);
  reporter_.Report(PropertyId::kStaleMessageInert, who.shard,
                   "shard {} replica {}: {}, but the message that it acts on, of "
                   "replica {}, is of term {}, {}",
                   who.shard, who.replica, what, message.from, message.term, why);
}

}  // namespace ww::checks
