#include "scenarios/step_edges.h"

#include <fmt/format.h>

#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

constexpr std::string_view kEdgeNames[kStepEdges] = {
    "intent",   "allocated",   "added",        "started",      "caught-up",
    "promoted", "handed-over", "deleted",      "swapped",      "stopped",
    "removed",  "undo",        "undo-deleted", "undo-stopped", "undo-removed"};
constexpr std::string_view kRoleNames[kStepRoles] = {"source", "target", "leader", "controller"};

}  // namespace

const std::vector<StepCell>& AllStepCells() {
  static const std::vector<StepCell> cells = [] {
    std::vector<StepCell> all;
    for (size_t edge = 0; edge < kStepEdges; ++edge) {
      for (size_t role = 0; role < kStepRoles; ++role) {
        const std::string name = fmt::format("{}.{}", kEdgeNames[edge], kRoleNames[role]);
        all.push_back({static_cast<StepEdge>(edge), static_cast<StepRole>(role),
                       "migration." + name, "edge." + name});
      }
    }
    return all;
  }();
  return cells;
}

const StepCell& CellOf(StepEdge edge, StepRole role) {
  const StepCell& cell =
      AllStepCells()[static_cast<size_t>(edge) * kStepRoles + static_cast<size_t>(role)];
  CHECK(cell.edge == edge && cell.role == role);
  return cell;
}

std::string_view NameOf(StepEdge edge) { return kEdgeNames[static_cast<size_t>(edge)]; }
std::string_view NameOf(StepRole role) { return kRoleNames[static_cast<size_t>(role)]; }

std::optional<StepEdge> StepEdgeFromName(std::string_view name) {
  for (size_t edge = 0; edge < kStepEdges; ++edge) {
    if (kEdgeNames[edge] == name) return static_cast<StepEdge>(edge);
  }
  return std::nullopt;
}

std::optional<StepRole> StepRoleFromName(std::string_view name) {
  for (size_t role = 0; role < kStepRoles; ++role) {
    if (kRoleNames[role] == name) return static_cast<StepRole>(role);
  }
  return std::nullopt;
}

std::vector<std::string_view> StepEdgeNames() {
  return {std::begin(kEdgeNames), std::end(kEdgeNames)};
}
std::vector<std::string_view> StepRoleNames() {
  return {std::begin(kRoleNames), std::end(kRoleNames)};
}

bool HasEdge(bool joint, StepEdge edge) {
  if (edge == StepEdge::kSwapped) return joint;
  return !joint || (edge != StepEdge::kPromoted && edge != StepEdge::kDeleted);
}

}  // namespace ww::scenarios
