// ShardWorker: one task that does what a shard needs: a migration, its first start, a cleanup.
//
// It looks at the shard, lets raft/meta decide on the newest metadata, does that one thing, and
// looks again. It keeps nothing that the next controller would need: a read that it saw complete
// and voters that would not lead are found out anew.
//
// Suspends: Run.
#pragma once

#include <optional>
#include <vector>

#include "raft/controller/host_watch.h"
#include "raft/controller/ledger.h"

namespace ww::raft {

class ShardWorker {
 public:
  struct Parts {
    Env& env;
    Asker& asker;
    Ledger& ledger;
    HostWatch& watch;
    const meta::Limits& limits;
    WaitQueue& pauses;  // Woken when control is lost.
    Duration pause;     // After what did not go through, or has to be waited for.
    DrawHandle ids;     // Of random replica ids.
  };
  ShardWorker(const Parts& parts, ShardId shard) : parts_(parts), shard_(shard) {}

  // Until nothing is left to do, or control is lost.
  void Run();

 private:
  meta::ShardView Look();
  std::vector<HostId> HostsToAsk() const;
  meta::Wanted Want(const meta::State& state, const meta::ShardView& view);
  // The n-th of those that are proposed at once, from 0 on: they differ also when draws do not.
  ReplicaId ProposeId(const meta::State& state, uint64_t nth = 0);

  // Each returns whether it went through; then there is no reason to pause.
  bool Do(const meta::Submit&, const meta::ShardView&) { return true; }
  bool Do(const meta::ChangeMembers& wanted, const meta::ShardView& view);
  bool Do(const meta::HandOver& wanted, const meta::ShardView& view);
  bool Do(const meta::StartOn& wanted, const meta::ShardView& view);
  bool Do(const meta::ReadThrough& wanted, const meta::ShardView& view);
  bool Do(const meta::StopOn& wanted, const meta::ShardView& view);
  bool Do(const meta::RemoveDataOn& wanted, const meta::ShardView& view);
  bool Do(const meta::Wait&, const meta::ShardView&) { return false; }
  bool Ask(HostId host, const AdminAction& action);

  Parts parts_;
  const ShardId shard_;
  std::optional<meta::ReadProof> read_;
  std::vector<ReplicaId> unwilling_;
  HostId leader_host_;  // By the newest view.
};

}  // namespace ww::raft
