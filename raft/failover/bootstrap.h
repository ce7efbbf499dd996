// Bootstrap: how the instances of a supervised replicaset come to have one shard; a service beside
// the engine of each of their hosts.
//
// On the very first start the chosen instance, and only it, creates the shard: connected to more
// than half of the instances, itself included, it asks them all to agree (agreement.h), and with
// enough agreements and no dissent of anybody connected it starts as the only voter. What is
// missing when the connect timeout is over makes it start over. The others wait for it, say so, and
// nobody stands in for it. Whoever leads then invites the others, and promotes them (growth.h).
// Clients may write once there are as many voters as agreements were needed, and not before. An
// instance that has data, or was invited once, never creates: so one that lost its disk after the
// others had joined joins again, under another replica id, also if it is the chosen one.
//
// An operator may change priorities at any time, here earlier than elsewhere (Reconfigure). What
// was promised holds on; when nobody can keep it any more, because the creator gave it up or lost
// its disk, the one that is chosen now asks everybody again, and creates when all agree.
//
// Two tasks: one decides and waits for others, one answers them; what was promised is changed by
// the second alone. Invariants: nothing that was promised is told before it is durable. No answer
// says nothing.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "raft/failover/agreement.h"
#include "raft/failover/bootstrap_message.h"
#include "raft/failover/config.h"
#include "raft/failover/first_start.h"
#include "raft/failover/growth.h"
#include "raft/failover/promise_file.h"
#include "raft/host/admin.h"
#include "raft/host/service.h"

namespace ww::raft::failover {

struct BootstrapOptions {
  ShardId shard;
  FailoverConfig config;      // Supervised, strategy auto. At the start.
  std::vector<HostId> hosts;  // Of its instances, in their order.
  Duration pause;             // Before it looks, or asks, again.
  uint32_t lane = 0;          // Of its questions: no other service of the host has it.
};

// What an instance does, and what it relies on; reported at that moment.
struct BootstrapEvent {
  enum class Kind : uint8_t {
    kRecalled,  // At a start: what its disk says that it promised. No identity: nothing.
    kWaits,  // For the chosen instance, on the host `creator`; none: for nobody that it knows of.
    kPromised,    // Durably; it is about to say so.
    kStartsOver,  // It is the chosen one, and has too few connections or agreements, or a dissent.
    kCreates,     // With the agreement of `agreed`, itself included.
    kJoins,       // It was invited, and starts a replica.
  };
  ShardId shard;
  Kind kind = Kind::kWaits;
  HostId creator;
  ShardIdentity identity;
  std::span<const HostId> agreed;
  std::span<const HostId> connected;  // kCreates: to whom it was, itself included.
};

class BootstrapWatcher {
 public:
  virtual ~BootstrapWatcher() = default;
  virtual void On(const BootstrapEvent& event) = 0;  // Suspends: never.
};

class Bootstrap final : public Service {
 public:
  // The watcher is borrowed.
  Bootstrap(BootstrapOptions options, BootstrapWatcher& watcher);

  void Start(ServicePort& port) override;
  void On(HostId from, const WireMessage& message) override;
  void Stop() override;
  // From now on this configuration counts here: the same instances, with other priorities or
  // learners. Suspends: never.
  void Reconfigure(FailoverConfig config);

 private:
  // After the first all creators have given up what they wait for; after the second all others.
  static constexpr int kRoundsMax = 3;
  static constexpr size_t kWorkMax = 256;     // Questions not answered yet; more are lost.
  static constexpr size_t kWaitingMax = 256;  // Questions asked at once.

  struct Work {
    HostId from;
    BootstrapMessage message;
  };
  struct Waiting {
    uint64_t request = 0;
    std::optional<AdminReply> reply;  // Of a host.
    std::optional<Stance> stance;     // Of an instance.
    bool answered() const { return reply.has_value() || stance.has_value(); }
  };

  // --- The task that decides ---
  void Decide();
  bool Recall();
  void PassFirstStart();
  void SayThatItWaits(const FirstStart& todo);
  void WriteByConfiguration();
  void TryToCreate(uint32_t needed);
  std::vector<HostId> Connect(LocalTime deadline);
  std::optional<Promise> PromiseMyself();
  void ConvinceAll(const Promise& mine);
  void FoundShard(const Create& create, const std::vector<HostId>& connected, const Promise& mine);
  void Grow();
  std::optional<GrowthView> Look();
  void AdmitWrites(const Membership& membership);
  bool Do(const GrowthStep& step, const GrowthView& view);
  bool Change(const MemberChange& change, const GrowthView& view);
  void InviteHost(const Invite& invite, const GrowthView& view);

  // --- The task that answers ---
  void Serve();
  void AnswerQuestion(const Work& work);
  void AcceptInvitation(const Work& work);
  bool Keep(const Promise& promise);
  OwnState Own(const ShardDescription& mine) const;

  // --- Asking ---
  uint64_t NextRequest();
  uint64_t Send(HostId to, const AdminAction& action);
  struct Question {
    ShardIdentity identity;
    bool by_all = false;
    std::vector<ShardIdentity> given_up = {};
  };
  uint64_t Send(HostId to, const Question& what);
  // Until all have answered or the deadline; in the order of the requests.
  std::vector<Waiting> Await(const std::vector<uint64_t>& requests, LocalTime deadline);
  std::optional<AdminReply> AskHost(HostId to, const AdminAction& action);
  std::optional<ShardDescription> DescribeMyself();
  std::vector<PeerStance> AskInstances(const std::vector<HostId>& hosts, const Question& what,
                                       LocalTime deadline);
  static bool HasData(const ShardDescription& description);

  Env& env() { return port_->env(); }
  LocalTime In(Duration length) { return env().clock().Now() + length; }
  void Pause() { env().tasks().SleepFor(options_.pause); }
  void Say(BootstrapEvent::Kind kind, HostId creator, ShardIdentity identity) {
    watcher_.On({options_.shard, kind, creator, identity, {}, {}});
  }
  HostId Chosen() const;
  std::optional<HostId> HostOf(const std::optional<std::string>& name) const;
  Member MemberOf(ReplicaId replica, HostId host) const;
  std::vector<HostId> Peers() const;

  const BootstrapOptions options_;
  FailoverConfig config_;  // That counts now.
  BootstrapWatcher& watcher_;
  ServicePort* port_ = nullptr;
  HostId self_;
  std::string name_;
  std::optional<PromiseFile> file_;
  std::optional<Promise> promise_;  // Durable.
  bool keeping_ = false;            // Another promise is being written.
  bool creating_ = false;           // It has begun, and will not give up its promise in this life.
  std::optional<HostId> said_;      // For whom it said last that it waits; none: for nobody known.
  MeantDisks meant_;
  bool stopped_ = false;
  uint64_t asked_ = 0;
  std::deque<Work> work_;
  std::vector<Waiting> waiting_;
  std::unique_ptr<WaitQueue> work_came_;
  std::unique_ptr<WaitQueue> answer_came_;
  TaskHandle deciding_;
  std::optional<TaskHandle> serving_;
};

}  // namespace ww::raft::failover
