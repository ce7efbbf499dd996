// Small states and shorthands that the tests of the metadata share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "raft/meta/apply.h"
#include "raft/meta/codec.h"
#include "raft/meta/commands.h"
#include "raft/meta/state.h"
#include "raft/meta/steps.h"

namespace ww::raft::meta {

inline std::string TargetOf(HostId host) { return "host-" + std::to_string(host.value); }
inline DiskId DiskOf(HostId host) { return DiskId(1000 + host.value); }

inline std::vector<Seat> Seats(const std::vector<uint64_t>& hosts) {
  std::vector<Seat> seats;
  for (const uint64_t host : hosts) {
    seats.push_back(Seat{ReplicaId(seats.size() + 1), HostId(host)});
  }
  return seats;
}

// Applies commands; everything is judged after each of them.
struct Bench {
  State state;
  Term term{1};

  Result Do(const Command& command) {
    const State before = state;
    const Result result = Apply(state, command);
    EXPECT_EQ(Defect(state), "") << "after " << NameOf(command);
    if (std::holds_alternative<Refused>(result)) {
      EXPECT_EQ(state, before) << "a refusal had an effect: " << NameOf(command);
      EXPECT_EQ(std::get<Refused>(result).version, before.version);
    } else {
      // Controllers need not hear of what coordinators record.
      const bool counts = !std::holds_alternative<Failover>(command);
      EXPECT_EQ(state.version, counts ? before.version.next() : before.version);
      EXPECT_EQ(std::get<Done>(result).version, state.version);
    }
    return result;
  }
  // As the controller that is in control.
  Result Act(const ControllerAction& action) {
    return Do(Stamped{{state.controller.term, state.version}, action});
  }
  Done Must(const Command& command) {
    const Result result = Do(command);
    const auto* refused = std::get_if<Refused>(&result);
    EXPECT_EQ(refused, nullptr) << NameOf(command) << ": " << NameOf(refused->why);
    return refused == nullptr ? std::get<Done>(result) : Done{};
  }
  Done MustAct(const ControllerAction& action) {
    return Must(Stamped{{state.controller.term, state.version}, action});
  }
  const Migration& migration(MigrationId id) const { return state.migrations.Get(id); }
  const ShardRecord& shard(uint64_t id) const { return state.shards.Get(ShardId(id)); }
};

// Hosts 1 to `hosts`, all with their disks known; the metadata shard on the first three; host 1 in
// control in term 1.
inline Bench Cluster(uint64_t hosts, IdMode ids = IdMode::kIncreasing) {
  Bench bench;
  Found found{ClusterId(7), ids, {}, Seats({1, 2, 3})};
  for (uint64_t host = 1; host <= hosts; ++host) {
    found.hosts.push_back(HostSeat{HostId(host), TargetOf(HostId(host))});
  }
  bench.Must(found);
  bench.Must(TakeControl{{Term(1), HostId(1)}});
  for (uint64_t host = 1; host <= hosts; ++host) {
    bench.MustAct(RecordDisk{HostId(host), DiskOf(HostId(host))});
  }
  return bench;
}

inline constexpr ShardId kShard{2};

// As Cluster, with shard 2 on hosts 1 to `voters`.
inline Bench ClusterWithShard(uint64_t hosts, uint64_t voters = 3,
                              IdMode ids = IdMode::kIncreasing) {
  Bench bench = Cluster(hosts, ids);
  std::vector<uint64_t> on;
  for (uint64_t host = 1; host <= voters; ++host) on.push_back(host);
  bench.Must(AdoptShard{kShard, {"", "m"}, Seats(on)});
  return bench;
}

inline RequestMove MoveOf(uint64_t source, uint64_t target,
                          Strategy strategy = Strategy::kStepwise) {
  return RequestMove{kShard, strategy, {{HostId(source), HostId(target)}}};
}

// Requested, begun and taken to `step`.
inline MigrationId Take(Bench& bench, const RequestMove& request, MoveStep to) {
  const MigrationId id = bench.Must(request).migration;
  bench.MustAct(BeginMigration{id});
  while (true) {
    const auto* moving = std::get_if<Moving>(&bench.migration(id).progress);
    if (moving == nullptr || moving->step == to) return id;
    if (moving->step == MoveStep::kIntent) {
      const ReplicaId proposed(bench.state.ids == IdMode::kRandom ? 900 + id.value : 0);
      bench.MustAct(AllocateReplica{id, proposed});
    } else {
      bench.MustAct(RecordStep{id, moving->move, *StepAfter(request.strategy, moving->step)});
    }
  }
}

}  // namespace ww::raft::meta
