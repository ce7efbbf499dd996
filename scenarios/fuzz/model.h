// Model: what becomes of a cluster when every request of a sequence goes through; and which command
// is possible next.
//
// Preconditions are those of somebody who has watched: a replica is moved from a host that has one
// to one that has none and is there; a shard is not asked twice at once; nothing is lost that a
// majority of any shard needs. A fault may let a request fail: then the cluster is elsewhere than
// the model, and later requests are refused. That is legal too; the model only keeps sequences
// sensible.
//
// Pure: the same commands give the same model.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "scenarios/fuzz/sequence.h"

namespace ww::scenarios::fuzz {

class Model {
 public:
  Model(const Ground& ground, const Choices& choices);

  bool Possible(const Command& command) const;
  // Requires: it is possible.
  void Apply(const Command& command);

  // --- What there is to choose from ---
  const Ground& ground() const { return ground_; }
  std::vector<ShardId> Shards() const;  // All; the metadata shard first, if any.
  const std::vector<HostId>& Members(ShardId shard) const;
  const std::vector<HostId>& Joined(ShardId shard) const;  // Those without a vote.
  std::vector<ShardId> Cancellable() const;       // What was asked of them last can be given up.
  std::vector<HostId> Free(ShardId shard) const;  // There, and without a replica of it.
  std::vector<HostId> Present() const;            // Not lost.
  std::vector<HostId> Absent() const;             // To be added.
  bool joint() const { return joint_; }
  // The shard of the last migration, while nothing else was asked for since.
  std::optional<ShardId> last_moved() const { return last_moved_; }
  // Whether that one was given up.
  bool cancelled() const;
  // Where that one comes from and goes to; empty without one.
  const std::vector<HostId>& last_hosts() const { return last_hosts_; }
  bool operated() const { return operated_; }
  // The one to be created next; more than there may be, maybe.
  ShardId NextShard() const;

  // How often the step was recorded before the last operation, if all went well.
  uint64_t StepsBefore(ShardId shard, raft::meta::MoveStep step) const;
  // How many migrations were given up before that.
  uint64_t UndosBefore(ShardId shard) const;

 private:
  struct Shard {
    ShardId id;
    std::vector<HostId> members;
    bool busy = false;        // A migration may be under way, or it may not exist yet:
    bool young = false;       // it is created here.
    uint64_t moves = 0;       // Asked for, the last one's included.
    uint64_t last_moves = 0;  // Of these, the last operation's.
    std::vector<HostId> joined = {};
    // Members before what can be given up.
    std::optional<std::vector<HostId>> before = std::nullopt;
    uint64_t cancels = 0;       // Asked for, the last operation's included.
    uint64_t last_cancels = 0;  // Of these, the last operation's.
    uint64_t migrations = 0;
    uint64_t last_migrations = 0;
  };

  const Shard* Find(ShardId id) const;
  bool Usable(HostId host) const;
  bool PossibleOperation(const Operation& operation) const;
  bool PossibleMove(const Shard& shard, const Operation& operation) const;
  bool PossibleDrain(HostId host) const;
  bool PossibleCreation(const Operation& operation) const;
  std::vector<HostId> Founders(HostId first) const;
  bool Founding() const;
  bool PossibleEdit(const Edit& edit) const;
  bool PossibleFault(const Fault& fault) const;
  bool PossibleMoment(const Fault& fault) const;
  bool Survives(HostId lost) const;
  void ApplyOperation(const Operation& operation);
  void ApplyTo(Shard& shard, const Operation& operation);
  void Cancel(Shard& shard);
  void Move(Shard& shard, HostId from, HostId to);
  void Settle();

  Ground ground_;
  bool joint_ = false;
  bool repairs_ = false;
  std::vector<Shard> shards_;
  std::vector<bool> lost_;    // By host.
  std::vector<bool> wiped_;   // By host; until its replicas were made anew.
  std::vector<bool> late_;    // By host.
  std::vector<bool> absent_;  // By host; counted as lost.
  uint64_t edits_ = 0;
  std::optional<ShardId> last_moved_;
  std::vector<HostId> last_hosts_;
  bool operated_ = false;
  bool created_last_ = false;        // By the last operation.
  bool waited_ = false;              // The metadata have heard of all disks by then.
  bool waited_before_last_ = false;  // The last operation.
};

// The commands that are possible one after the other; what is not is left out.
std::vector<Command> Legalised(const Ground& ground, const Choices& choices,
                               const std::vector<Command>& commands);
bool Valid(const Ground& ground, const Sequence& sequence);

}  // namespace ww::scenarios::fuzz
