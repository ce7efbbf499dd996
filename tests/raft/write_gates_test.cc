// What keeps client writes away from a leader: the gates themselves, and a leader behind one.
#include "raft/host/write_gates.h"

#include <gtest/gtest.h>

#include "raft/host/service.h"
#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

constexpr ShardId kShard(1);
constexpr LocalTime kNow{1000};

TEST(WriteGates, NobodyShutOneSoItIsOpen) {
  WriteGates gates;
  EXPECT_EQ(gates.Meets(kShard, Term(1), kNow), std::nullopt);
  gates.Shut(ShardId(2), WriteGate::kNoLease);
  EXPECT_EQ(gates.Meets(kShard, Term(1), kNow), std::nullopt);
  EXPECT_EQ(gates.Meets(ShardId(2), Term(1), kNow), WriteGate::kNoLease);
}

TEST(WriteGates, EveryGateOfAShardHasToBeOpen) {
  WriteGates gates;
  gates.Shut(kShard, WriteGate::kNoLease);
  gates.Shut(kShard, WriteGate::kTooFewVoters);
  EXPECT_EQ(gates.Meets(kShard, Term(1), kNow), WriteGate::kTooFewVoters);
  gates.Open(kShard, WriteGate::kTooFewVoters, {});
  EXPECT_EQ(gates.Meets(kShard, Term(1), kNow), WriteGate::kNoLease);
  gates.Open(kShard, WriteGate::kNoLease, {});
  EXPECT_EQ(gates.Meets(kShard, Term(1), kNow), std::nullopt);
  gates.Shut(kShard, WriteGate::kTooFewVoters);
  EXPECT_EQ(gates.Meets(kShard, Term(1), kNow), WriteGate::kTooFewVoters);
}

TEST(WriteGates, OpenForOneTermAndUntilATimeAndNoLonger) {
  WriteGates gates;
  gates.Open(kShard, WriteGate::kNoLease, {Term(3), kNow});
  EXPECT_EQ(gates.Meets(kShard, Term(3), LocalTime{kNow.ns - 1}), std::nullopt);
  EXPECT_EQ(gates.Meets(kShard, Term(3), kNow), WriteGate::kNoLease);
  EXPECT_EQ(gates.Meets(kShard, Term(2), LocalTime{kNow.ns - 1}), WriteGate::kNoLease);
  EXPECT_EQ(gates.Meets(kShard, Term(4), LocalTime{kNow.ns - 1}), WriteGate::kNoLease);
}

// Shuts the gate of each host when it starts.
class Keeper final : public Service {
 public:
  void Start(ServicePort& port) override {
    port_ = &port;
    port.ShutWrites(kShard, WriteGate::kNoLease);
  }
  void On(HostId, const WireMessage&) override {}
  void Stop() override {}
  void Admit(const Admission& admission) {
    port_->AdmitWrites(kShard, WriteGate::kNoLease, admission);
  }
  void Shut() { port_->ShutWrites(kShard, WriteGate::kNoLease); }
  void Transfer(ReplicaId target) {
    auto request = std::make_unique<AdminRequest>();
    request->request = 1;
    request->shard = kShard;
    request->action = TransferLeadership{target};
    port_->Send(port_->env().host(), std::move(request));
  }

 private:
  ServicePort* port_ = nullptr;
};

struct Gated : testing::Test {
  Gated() {
    ClusterOptions options;
    options.before_run = [this](Env& env, Host& host) {
      host.AddService(keepers[env.host().value - 1]);
    };
    cluster = std::make_unique<Cluster>(options);
    CHECK(cluster->WaitForLeader(kShard));
    cluster->RunFor(Seconds(1));
    leader = *cluster->Leader(kShard);
  }
  Keeper& keeper() { return keepers[leader.value - 1]; }
  const ClientReply& Reply(uint64_t request) {
    CHECK(cluster->RunUntil([&] { return cluster->ReplyTo(request) != nullptr; }, Seconds(3)));
    return *cluster->ReplyTo(request);
  }
  Keeper keepers[3];
  std::unique_ptr<Cluster> cluster;
  HostId leader;
};

TEST_F(Gated, ALeaderRefusesWritesAndSaysWhy) {
  const ClientReply reply = Reply(cluster->Send(leader, kShard, Put("k", "v")));
  EXPECT_EQ(reply.outcome, Outcome::kNotAdmitted);
  EXPECT_EQ(reply.response, NameOf(WriteGate::kNoLease));
  EXPECT_TRUE(cluster->AllApplied(kShard));
}

TEST_F(Gated, ReadsPassAndAnybodyElseStillSaysWhoLeads) {
  EXPECT_EQ(Reply(cluster->SendQuery(leader, kShard, "k", Consistency::kLinearizable)).outcome,
            Outcome::kCompleted);
  const HostId other(leader.value % 3 + 1);
  const ClientReply reply = Reply(cluster->Send(other, kShard, Put("k", "v")));
  EXPECT_EQ(reply.outcome, Outcome::kNotLeader);
  EXPECT_EQ(reply.leader_host, leader);
}

TEST_F(Gated, WritesPassWhileItIsOpenForThisLeader) {
  keeper().Admit({cluster->Summary(leader, kShard)->term, LocalTime{1}});
  EXPECT_EQ(Reply(cluster->Send(leader, kShard, Put("k", "v"))).outcome, Outcome::kNotAdmitted);
  keeper().Admit({cluster->Summary(leader, kShard)->term});
  EXPECT_EQ(Reply(cluster->Send(leader, kShard, Put("k", "v"))).outcome, Outcome::kCompleted);
  keeper().Admit({Term(1000)});
  EXPECT_EQ(Reply(cluster->Send(leader, kShard, Put("k", "v"))).outcome, Outcome::kNotAdmitted);
}

// What waits for the end of a transfer was taken while the gate was open.
TEST_F(Gated, WhatWaitsForATransferMeetsAGateThatHasShut) {
  keeper().Admit({});
  // It never gets there, so the transfer goes on for an election timeout.
  const HostId other(leader.value % 3 + 1);
  cluster->sim_host(other).Crash();
  keeper().Transfer(ReplicaId(10 + other.value));
  cluster->RunFor(Milliseconds(50));
  const uint64_t request = cluster->Send(leader, kShard, Put("k", "v"));
  cluster->RunFor(Milliseconds(50));
  EXPECT_EQ(cluster->ReplyTo(request), nullptr);
  keeper().Shut();
  EXPECT_EQ(Reply(request).outcome, Outcome::kNotAdmitted);
  EXPECT_EQ(cluster->Leader(kShard), leader);
}

}  // namespace
}  // namespace ww::raft
