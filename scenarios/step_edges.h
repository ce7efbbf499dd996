// StepEdge: how far a migration has come when something happens to it, and whose host that hits.
//
// An edge lies between two records of a migration: it is named after the first. A cell is an edge
// and a role: plans may hang a fault on the record at its beginning, with the host of that role as
// victim (occurrences.h); a crash of such a host, for whatever reason, while the migration is there
// counts as a visit of the cell's reach site. Reach sites of the form TABLE.ROW.COLUMN are cells of
// a table, which reports print.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ww::scenarios {

enum class StepEdge : uint8_t {
  kIntent,
  kAllocated,
  kAdded,
  kStarted,
  kCaughtUp,
  kPromoted,  // Not with joint moves.
  kHandedOver,
  kDeleted,  // Likewise.
  kSwapped,  // Only with those.
  kStopped,
  kDataRemoved,
  kUndo,  // The move was aborted. Then it is undone:
  kUndoDeleted,
  kUndoStopped,
  kUndoDataRemoved,
};
inline constexpr size_t kStepEdges = 15;

enum class StepRole : uint8_t {
  kSource,
  kTarget,
  kLeader,      // Of the shard.
  kController,  // Who leads the metadata shard and was the last to take control.
};
inline constexpr size_t kStepRoles = 4;

struct StepCell {
  StepEdge edge;
  StepRole role;
  std::string event;  // "migration.added.target": an occurrence.
  std::string site;   // "edge.added.target": a reach site.
};
// By edge, then role.
const std::vector<StepCell>& AllStepCells();
const StepCell& CellOf(StepEdge edge, StepRole role);

std::string_view NameOf(StepEdge edge);
std::string_view NameOf(StepRole role);
std::optional<StepEdge> StepEdgeFromName(std::string_view name);
std::optional<StepRole> StepRoleFromName(std::string_view name);
std::vector<std::string_view> StepEdgeNames();
std::vector<std::string_view> StepRoleNames();

// Whether moves of that strategy come there.
bool HasEdge(bool joint, StepEdge edge);

}  // namespace ww::scenarios
