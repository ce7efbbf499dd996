// A small engine cluster in a world, for tests of the host: hosts, one client host, an observer
// that compares what replicas apply.
//
// Hosts are 1..n; the client's host is n + 1. Every shard has one replica on each engine host, with
// replica id 10 * shard + host.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "raft/host/admin.h"
#include "raft/host/host.h"
#include "raft/host/log_query.h"
#include "raft/host/wire.h"
#include "raft/machine/command.h"
#include "scenarios/bind/env.h"
#include "sim/world.h"

namespace ww::raft {

// Hears what one engine host reports, in order, as short texts; checks what all replicas agree on.
class Agreement {
 public:
  // What an entry did, by (shard, index): equal wherever it is applied.
  struct Effect {
    Term term;
    uint64_t digest = 0;
    std::string response;
    bool operator==(const Effect&) const = default;
  };
  std::map<std::pair<uint64_t, uint64_t>, Effect> effects;
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> leaders;  // (shard, term) -> replica
  std::vector<std::string> disagreements;
};

class RecordingObserver final : public Observer {
 public:
  RecordingObserver(HostId host, Agreement& agreement) : host_(host), agreement_(agreement) {}
  void On(const ReplicaCreated& event) override;
  void On(const ReplicaStarted& event) override;
  void On(const HardStateChanged& event) override;
  void On(const RoleChanged& event) override;
  void On(const EntriesAppended& event) override;
  void On(const RecordWritten& event) override;
  void On(const BelievedDurable& event) override;
  void On(const CommitAdvanced& event) override;
  void On(const EntryApplied& event) override;
  void On(const RestChanged& event) override;
  void On(const ReadsConfirmed& event) override;
  void On(const ReadAnswered&) override {}
  void On(const LeaseChanged& event) override;
  void On(const TransferChanged& event) override;
  void On(const MembershipChanged& event) override { memberships.push_back(*event.membership); }
  void On(const ChangeRefused& event) override { refusals.push_back(event.refusal); }
  void On(const SnapshotPublished& event) override;
  void On(const SnapshotFailed& event) override;
  void On(const SnapshotInstalled& event) override;
  void On(const LogCompacted& event) override;
  void On(const TransferEnded& event) override;
  void On(const ReplicaStopped& event) override;
  void On(const ReplicaUnloaded& event) override;
  void On(const ReplicaDestroyed& event) override;
  void On(const CorruptionFound& event) override;
  void On(const MatchChanged&) override {}
  void On(const MessageAccepted&) override {}
  void On(const MessageDone&) override {}
  void On(const MessageRefused& event) override { refused.push_back(event.why); }
  void On(const ControllerCommand& event) override { commands.push_back(event); }

  std::vector<std::string> events;  // All but EntryApplied and BelievedDurable.
  std::vector<RestChanged> rests;
  std::vector<ReplicaStopped> stops;
  std::vector<RefusalOfMessage> refused;
  std::vector<TransferChanged> transfers;
  std::vector<ControllerCommand> commands;
  uint64_t confirmations = 0;  // Of reads.
  uint64_t lease_confirmations = 0;
  std::vector<Membership> memberships;
  std::vector<ChangeRefusal> refusals;
  std::vector<uint64_t> corruptions;                 // Offsets.
  std::map<uint64_t, std::vector<Entry>> recovered;  // By shard, of the newest start.
  uint64_t applied = 0;
  std::vector<SnapshotPublished> published;
  std::vector<SnapshotFailed> snapshot_failures;
  std::vector<SnapshotInstalled> installed;
  std::vector<LogCompacted> compactions;
  std::vector<TransferEnded> snapshot_transfers;
  bool keep_events = false;

 private:
  void Note(const char* what, const ReplicaIdentity& who, const std::string& text);
  HostId host_;
  Agreement& agreement_;
};

// As the engine is given, but for disks: a replica begins at once, whoever else is there.
inline HostConfig WithoutFounding() {
  HostConfig config;
  config.rules.disks_bound = false;
  return config;
}

struct ClusterOptions {
  uint64_t hosts = 3;
  uint64_t shards = 1;
  uint64_t seed = 1;
  bool benign = false;                    // All draws 0.
  HostConfig config = WithoutFounding();  // Without shards.
  bool placed_by_service = false;         // Of all shards.
  bind::SimEnvOptions env = {};
  std::function<void(Env&, Host&)> before_run = {};  // Called in each life of each host.
};

class Cluster {
 public:
  explicit Cluster(const ClusterOptions& options);
  ~Cluster();

  void RunFor(Duration length);
  // False when `done` was not true within `limit`.
  bool RunUntil(absl::FunctionRef<bool()> done, Duration limit);

  // Sends a command to a host; returns the request's number.
  uint64_t Send(HostId host, ShardId shard, const Command& command);
  // Asks for a key; returns the request's number.
  uint64_t SendQuery(HostId host, ShardId shard, std::string_view key, Consistency consistency);
  // The reply, once it came.
  const ClientReply* ReplyTo(uint64_t request) const;
  // Sends to whoever leads, again while it is refused for want of a leader; the reply.
  std::optional<ClientReply> Execute(ShardId shard, const Command& command);

  // Asks a host as an operator would; nothing when no answer came within a second.
  std::optional<AdminReply> Ask(HostId host, ShardId shard, const AdminAction& action,
                                const ControllerStamp& stamp = {});

  // Asks a host what is in its log; nothing when no answer came within a second.
  std::optional<LogAnswer> AskLog(HostId host, LogQuery query);

  // The host whose replica leads in the highest term.
  std::optional<HostId> Leader(ShardId shard) const;
  bool WaitForLeader(ShardId shard);
  std::optional<ReplicaSummary> Summary(HostId host, ShardId shard) const;
  bool AllApplied(ShardId shard) const;

  void Start(HostId host);
  sim::Host& sim_host(HostId host) { return world_->host(host); }
  sim::World& world() { return *world_; }
  RecordingObserver& observer(HostId host) { return *observers_[host.value - 1]; }
  Agreement& agreement() { return agreement_; }
  // How Run ended on a host, if it did.
  const std::optional<absl::Status>& ended(HostId host) const { return ended_[host.value - 1]; }
  uint64_t hosts() const { return options_.hosts; }

 private:
  class Client;
  HostConfig ConfigOf(HostId host) const;
  void RunEngine(sim::Process& process);

  ClusterOptions options_;
  Schema schema_;
  sim::FiberPool fibers_;
  Agreement agreement_;
  std::vector<std::unique_ptr<RecordingObserver>> observers_;
  std::vector<Host*> running_;  // Null while down.
  std::vector<std::optional<absl::Status>> ended_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<sim::World> world_;
};

}  // namespace ww::raft
