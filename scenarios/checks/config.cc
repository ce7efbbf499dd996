#include "scenarios/checks/config.h"

#include <fmt/format.h>

namespace ww::checks {

bool Config::SameMembers(const Config& other) const {
  return voters == other.voters && witnesses == other.witnesses &&
         outgoing_voters == other.outgoing_voters &&
         outgoing_witnesses == other.outgoing_witnesses && non_voting == other.non_voting &&
         removed == other.removed;
}

Config ConfigOf(const ConfigView& view) {
  const auto copy = [](std::span<const ReplicaId> ids) {
    return std::vector<ReplicaId>(ids.begin(), ids.end());
  };
  Config config;
  config.voters = copy(view.voters);
  config.witnesses = copy(view.witnesses);
  config.outgoing_voters = copy(view.outgoing_voters);
  config.outgoing_witnesses = copy(view.outgoing_witnesses);
  config.non_voting = copy(view.non_voting);
  config.removed = copy(view.removed);
  return config;
}

std::string Describe(const Config& config) {
  std::string text;
  const auto add = [&text](const char* name, const std::vector<ReplicaId>& ids) {
    if (ids.empty()) return;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
    for (const ReplicaId id : ids) text += fmt::format(" {}", id);
  };
  add("voters", config.voters);
  add("witnesses", config.witnesses);
  add("outgoing voters", config.outgoing_voters);
  add("outgoing witnesses", config.outgoing_witnesses);
  add("non-voting", config.non_voting);
  add("removed", config.removed);
  return text.empty() ? "nobody" : text;
}

}  // namespace ww::checks
