// Ledger: what a controller knows of the metadata shard, and how it writes there.
//
// A copy of the state, which is as new as the last word that this controller has of it: every
// command of its own is applied to the copy once the shard has accepted it, and whenever something
// else may have changed it is read anew. Tasks decide and record one after the other, each on the
// newest copy, so that the stamp of a command names the very version that it was decided on.
//
// Control is taken by recording the term and lost for good when the shard refuses it, when its
// leader is elsewhere, or when nobody can say.
//
// Suspends: TakeControl, Decide, Refresh.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "raft/controller/asker.h"
#include "raft/meta/commands.h"
#include "raft/meta/decide.h"
#include "raft/meta/state.h"

namespace ww::raft {

// What the cluster file says, which every host is started with.
struct ClusterFile {
  meta::Found found;
  std::vector<meta::AdoptShard> shards;  // That hosts start by themselves.
};

class Ledger {
 public:
  Ledger(Env& env, Asker& asker, Term term);

  // Founds the cluster when nobody has, and records this controller's term. False: not in control.
  bool TakeControl(const ClusterFile& file);
  // From now on nobody is; who waits is woken.
  void Close();
  bool in_control() const { return in_control_; }

  // What `decide` wants on the newest state; a Submit is carried out before anybody else decides.
  // Nothing when control was lost, before or by it.
  std::optional<meta::Wanted> Decide(absl::FunctionRef<meta::Wanted(const meta::State&)> decide);

  // Brings in what others have asked for.
  void Refresh();

  const meta::State& state() const { return state_; }
  ControllerStamp stamp() const { return {term_, state_.version.value}; }

 private:
  // Whether the shard has done it; otherwise the copy is new, or control is lost.
  bool Submit(const meta::Command& command);
  void Reload();
  bool Lose();

  Env& env_;
  Asker& asker_;
  const Term term_;
  meta::State state_;
  bool in_control_ = false;
  bool closed_ = false;
  bool busy_ = false;  // Somebody decides or records.
  std::unique_ptr<WaitQueue> free_;
};

}  // namespace ww::raft
