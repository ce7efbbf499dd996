// Sequence: what a fuzzed case does, as a value: commands in order, with faults placed among them.
//
// Commands say what an operator asks for, what goes wrong and when, and how long nothing happens.
// They refer to nothing by position: any sequence whose commands are possible one after the other
// (model.h) is a case (to_case.h), also after some of them were taken out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "faults/plan.h"
#include "raft/meta/records.h"
#include "scenarios/case.h"
#include "scenarios/config/operator_plan.h"
#include "scenarios/step_edges.h"

namespace ww::scenarios::fuzz {

// What is played: controllers move replicas, an operator changes members himself, a supervised
// replicaset starts for the first time, or coordinators appoint who leads it.
enum class Play : uint8_t { kControl, kMembers, kBootstrap, kCoordinated };

// What a sequence plays on; the scenario and the seed have settled it.
struct Ground {
  Play play = Play::kControl;
  uint64_t hosts = 3;
  uint64_t hosts_added = 0;  // Of these, the last ones: not there before they are added.
  uint64_t shards = 1;       // With clients.
  uint64_t voters = 3;       // Of each.
  uint64_t control_voters = 3;
  bool joint = false;       // How migrations are made when the sequence does not choose,
  bool random_ids = false;  // how replicas are named,
  bool repairs = false;     // and whether dead hosts are rebuilt.
  bool may_choose = true;   // A sequence may choose otherwise: nobody set these keys.

  bool editable = false;  // kBootstrap: an operator may edit priorities.

  bool has_metadata() const { return play == Play::kControl || play == Play::kCoordinated; }
  ShardId first_shard() const { return ShardId(has_metadata() ? 2 : 1); }
  ShardId last_shard() const { return ShardId(first_shard().value - 1 + shards); }
};
// Of a resolved case.
Ground GroundOf(const Case& base);

// An operator does it. `waits`: what comes next waits until controllers have nothing under way.
// kCreate names the new shard and the first of its hosts; kCancel comes `lasting` after what is
// before it.
struct Operation {
  OperatorAction action = OperatorAction::kMigrate;
  ShardId shard;
  HostId from;  // kMigrate.
  HostId host;
  Duration lasting;
  bool waits = true;
  friend bool operator==(const Operation&, const Operation&) = default;
};

// When a fault comes; a delay is added.
enum class Moment : uint8_t {
  kHere,    // When everything before it was done.
  kDuring,  // While the last operation is being done: when it began.
  kStep,    // When that step of the last migration came to stand in the metadata.
  kUndo,    // When the last migration, aborted, was undone so far.
  kCall,    // kBootstrap: at a call of the host to its disk, counted from here.
  kDeed,    // kCoordinated: when somebody does that, counted from about here.
};

// What coordinators and instances do that a fault may hang on; by kFailoverEvents.
enum class Deed : uint8_t { kTakesLock, kAppoints, kGrants, kTakesLease, kStepsDown };
inline constexpr size_t kDeeds = 5;

// How far a rollback has come.
inline constexpr std::array kUndoEdges = {StepEdge::kUndo, StepEdge::kUndoDeleted,
                                          StepEdge::kUndoStopped, StepEdge::kUndoDataRemoved};

struct Fault {
  faults::FaultKind kind = faults::FaultKind::kCrash;
  // As in a plan item. Empty for one host: who recorded the step, or does the deed; kUndo: that of
  // `role`.
  std::vector<HostId> hosts;
  ShardId shard;  // kIsolateLeader.
  Moment moment = Moment::kHere;
  raft::meta::MoveStep step = raft::meta::MoveStep::kAdded;
  StepEdge edge = StepEdge::kUndo;  // kUndo; one of rollbacks.
  StepRole role = StepRole::kTarget;
  Deed deed = Deed::kTakesLock;
  uint64_t call = 1;         // kCall, kDeed: the n-th.
  bool before_call = false;  // kCall: the crash comes before the call has its effect.
  Duration delay;
  Duration lasting;
  friend bool operator==(const Fault&, const Fault&) = default;
};

// kBootstrap: the host starts so much later than the first.
struct LateStart {
  HostId host;
  Duration by;
  friend bool operator==(const LateStart&, const LateStart&) = default;
};

// kBootstrap: an operator gives the instance on `host` a priority above those of the configuration
// and of the edits before. All hosts get the new configuration at once, but for `straggler`.
struct Edit {
  HostId host;
  HostId straggler;  // None: nobody is late.
  Duration late;
  friend bool operator==(const Edit&, const Edit&) = default;
};
inline constexpr uint64_t kEditsMax = 4;
inline constexpr uint64_t kEditedPriority = 1'000'000;  // Of the first; one more each.

// Clients work, nobody else does.
struct Idle {
  Duration lasting;
  friend bool operator==(const Idle&, const Idle&) = default;
};

using Command = std::variant<Operation, Fault, LateStart, Edit, Idle>;

enum class Load : uint8_t { kNone, kUsual, kHeavy };

// What holds for the whole run.
struct Choices {
  bool joint = false;
  bool random_ids = false;
  bool repairs = false;
  Load load = Load::kUsual;
  friend bool operator==(const Choices&, const Choices&) = default;
};

struct Sequence {
  Choices choices;
  std::vector<Command> commands;
  friend bool operator==(const Sequence&, const Sequence&) = default;
};

// A line a command for people; first, what holds for the whole run, if anything unusual does.
std::string DescribeCommand(const Command& command);
std::string DescribeChoices(const Choices& choices);  // Empty: nothing unusual.
std::vector<std::string> Describe(const Sequence& sequence);

}  // namespace ww::scenarios::fuzz
