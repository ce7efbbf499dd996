// OperatorPlan: what an operator does to the replicas of a case, drawn up front or listed in the
// scenario: a list that a person can read, edit and shrink.
//
// An item says when, what, to which shard and on which host. Which replica that is, is found out
// when the item's time has come; an item that finds nothing to do does nothing and says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace ww::scenarios {

enum class OperatorAction : uint8_t {
  kRestart,   // The replica on `host` is stopped, and started again after `lasting`.
  kTransfer,  // Leadership goes to the replica on `host`; where none lives, the leader chooses.
  kAdd,       // A replica is added on `host` without a vote, started, and promoted once it may be.
  kReplace,   // Likewise, and in the same step as its promotion a voter elsewhere is deleted.
  kWitness,   // A witness is added on `host`.
  kRemove,    // The replica on `host` is deleted from the shard, stopped, and its data removed.
  kForget,    // A voter on `host` is deleted, and nobody tells the host; after `lasting` somebody
              // who has not heard of it starts the replica again.
  kSnapshot,  // The replica on `host` takes a snapshot.
  kJoin,      // A replica is added on `host` without a vote, started, and stays so.
  kAddZero,   // Replica id 0 is added on `host` as a voter.
  kMeddle,    // Somebody asks for what must be refused, for several changes at once, or too early.
  kRefill,    // Where `host` has lost its replica, that one is deleted and another added there.
  kCalmTransfer,  // As kTransfer, but after healing, when nothing is in its way.
  kSleep,         // Does nothing for `lasting`.
  // Asked of the metadata shard; its controllers carry it out.
  kMigrate,        // The voter on `from`, or on any other host, moves to `host`.
  kMigrateShard,   // All voters move to hosts that have none, `host` and those after it first.
  kDrain,          // `host` is drained for `lasting`, then takes replicas again.
  kMigrateBack,    // What this operator moved last in the shard goes back to the host that it left,
                   // as soon as the shard is free for it.
  kMigrateLeader,  // The leader's replica moves to `host`, or the next one that has none.
  kCancel,         // What this operator asked for last in the shard is given up.
  kCrowd,          // A replica of each shard moves to `host`, and leadership to it.
  kAwait,          // Waits until nothing is under way there, at most for `lasting`.
  // Asked there too, of coordinators.
  kSwitch,  // The instance on `host` shall lead, whatever its priority.
  // Of controllers again.
  kCreate,  // A new shard, `shard`, on `host` and those after it.
  // Of the instance itself.
  kByHand,  // Clients may write on `host` for `lasting`, whoever was appointed.
  // Of members again.
  kPromote,  // The replica without a vote on `host` gets one.
  // Of controllers again.
  kAddHost,  // The machine `host` is set up, with an empty disk, and recorded in the metadata.
};
inline constexpr size_t kOperatorActions = 27;

struct OperatorActionInfo {
  OperatorAction action;
  std::string_view name;  // Stable, used in scenarios and cases.
  std::string_view purpose;
};
const std::vector<OperatorActionInfo>& AllOperatorActions();
std::string_view NameOf(OperatorAction action);
// Whether it is asked of controllers.
inline bool IsOfControl(OperatorAction action) {
  const bool moves = action >= OperatorAction::kMigrate && action < OperatorAction::kByHand;
  return moves || action == OperatorAction::kAddHost;
}
// Whether it is done to a shard and a host: then the item names both.
inline bool HasSubject(OperatorAction action) {
  return action != OperatorAction::kSleep && action != OperatorAction::kAwait;
}
std::optional<OperatorAction> OperatorActionFromName(std::string_view name);

// Shards that an operator creates have ids above those of a case, at most so far above.
inline constexpr uint64_t kCreatedShardsMax = 16;

struct OperatorItem {
  uint32_t id = 0;  // 1, 2, ... in a plan; stays when others are removed.
  OperatorAction action = OperatorAction::kRestart;
  TrueTime at;  // Counted from the start of chaos. Items wait for those before them.
  ShardId shard;
  HostId host;
  Duration lasting;
  HostId from{};  // None: the operator chooses.
  friend bool operator==(const OperatorItem&, const OperatorItem&) = default;
};
using OperatorPlan = std::vector<OperatorItem>;  // By time, then id.

// "restart at=4s shard=1 host=2 lasting=500ms"; the id is not part of it. What stands in a scenario
// (operator.items) and in texts for people.
std::string Describe(const OperatorItem& item);
// The highest shard that the item may name when those of its case end at `last_shard`: with
// controllers, one that may have been created.
uint64_t ShardMaxOf(const OperatorItem& item, uint64_t last_shard, bool control);
// The lowest, likewise.
uint64_t ShardMinOf(const OperatorItem& item, uint64_t last_shard);
absl::StatusOr<OperatorItem> ParseOperatorItem(std::string_view text);

}  // namespace ww::scenarios
