// The published schema: which keys there are, and what a scalar is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "raft/failover/value.h"

namespace ww::raft::failover {

// The type that the published reader gives a scalar. An integer beyond +-(10^14 - 1) is no number.
enum class ScalarType : uint8_t { kString, kBoolean, kNumber, kBigInteger };
ScalarType TypeOf(std::string_view text, bool plain);

// What stands there, for an error message.
std::string Describe(const ConfigValue& value);

// A section of the options that each scope may have.
struct Section {
  std::string_view name;
  std::string_view fields;  // Separated by spaces; "*": whatever it holds.

  std::vector<std::string_view> Fields() const;
};

// Nothing for an unknown name. `failover`, `replication` and `database` are among them.
const Section* FindSection(std::string_view name);
std::vector<std::string_view> SectionNames();

// The first template variable that the published system would not know; empty when there is none.
// Known: instance_name, replicaset_name, group_name, and whatever the context defines.
std::string_view UnknownVariable(std::string_view text);

}  // namespace ww::raft::failover
