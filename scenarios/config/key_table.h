// The table behind keys.h: for each key where its value lives, its bounds and what it is for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scenarios/scenario.h"

namespace ww::scenarios {

using FieldRef = std::variant<std::string*, uint64_t*, uint32_t*, bool*, Ratio*, Duration*,
                              NumberRange*, DurationRange*, std::vector<std::string>*>;

// Inclusive, in the field's unit (nanoseconds for durations). No bounds when both are 0.
struct Bounds {
  uint64_t low = 0;
  uint64_t high = 0;
  bool none() const { return low == 0 && high == 0; }
};

struct ScenarioKey {
  std::string_view name;
  FieldRef (*field)(Scenario&);
  Bounds bounds;
  std::string_view unit;
  std::string_view purpose;
  bool drawn = false;
};

struct FaultKey {
  std::string_view name;
  FieldRef (*field)(FaultSpec&);
  Bounds bounds;
  std::string_view unit;
  std::string_view purpose;
};

std::span<const ScenarioKey> ScenarioKeys();
// Those of the sections operator and control, which are among them.
std::span<const ScenarioKey> OperationKeys();
std::span<const FaultKey> FaultKeys();

}  // namespace ww::scenarios
