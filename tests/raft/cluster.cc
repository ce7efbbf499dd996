#include "tests/raft/cluster.h"

#include <utility>

#include "sim/base/check.h"

namespace ww::raft {

void RecordingObserver::Note(const char* what, const ReplicaIdentity& who,
                             const std::string& text) {
  if (keep_events) events.push_back(fmt::format("{} {}/{} {}", what, who.shard, who.replica, text));
}

void RecordingObserver::On(const ReplicaCreated& event) {
  Note("created", event.who, event.joins ? "joins" : "");
}
void RecordingObserver::On(const ReplicaUnloaded& event) { Note("unloaded", event.who, ""); }
void RecordingObserver::On(const ReplicaDestroyed& event) { Note("destroyed", event.who, ""); }
void RecordingObserver::On(const ReplicaStarted& event) {
  recovered[event.who.shard.value].assign(event.entries.begin(), event.entries.end());
  Note("started", event.who, fmt::format("entries {}", event.entries.size()));
}
void RecordingObserver::On(const HardStateChanged& event) {
  Note("hard_state", event.who, fmt::format("term {} vote {}", event.state.term, event.state.vote));
}
void RecordingObserver::On(const RoleChanged& event) {
  Note("role", event.who,
       fmt::format("{} term {} last {}", static_cast<int>(event.role), event.term,
                   event.last.index));
  if (event.role != Role::kLeader) return;
  const auto [at, inserted] = agreement_.leaders.try_emplace(
      {event.who.shard.value, event.term.value}, event.who.replica.value);
  if (!inserted) agreement_.disagreements.push_back("two leaders of a term");
}
void RecordingObserver::On(const EntriesAppended& event) {
  Note("appended", event.who,
       fmt::format("{}+{}{}{}", event.first, event.entries.size(),
                   event.truncates ? " truncates" : "", event.created ? " created" : ""));
}
void RecordingObserver::On(const RecordWritten& event) {
  switch (event.kind) {
    case RecordKind::kHardState:
      return Note("written", event.who,
                  fmt::format("hard_state term {} bytes {}", event.hard_state.term, event.bytes));
    case RecordKind::kEntries:
      return Note(
          "written", event.who,
          fmt::format("entries {}+{} bytes {}", event.first, event.entries.size(), event.bytes));
    case RecordKind::kCommit:
      return Note("written", event.who, fmt::format("commit {}", event.commit));
    case RecordKind::kSnapshot:
      return Note("written", event.who,
                  fmt::format("snapshot {} base {}{}", event.snapshot.index, event.log_base.index,
                              event.resets ? " resets" : ""));
    case RecordKind::kBootstrap:
      return Note("written", event.who, "bootstrap");
    case RecordKind::kTombstone:
      return Note("written", event.who, "tombstone");
    case RecordKind::kDataRemoved:
      return Note("written", event.who, "data removed");
  }
}
void RecordingObserver::On(const BelievedDurable&) {}
void RecordingObserver::On(const CommitAdvanced& event) {
  Note("commit", event.who, fmt::format("{} leads {}", event.index, event.leads));
}
void RecordingObserver::On(const EntryApplied& event) {
  ++applied;
  const Agreement::Effect effect{event.term, event.state_digest, std::string(event.response)};
  const auto [at, inserted] =
      agreement_.effects.try_emplace({event.who.shard.value, event.index.value}, effect);
  if (!inserted && !(at->second == effect)) {
    agreement_.disagreements.push_back(
        fmt::format("host {} differs at {}/{}", host_, event.who.shard, event.index));
  }
}
void RecordingObserver::On(const RestChanged& event) { rests.push_back(event); }
void RecordingObserver::On(const ReadsConfirmed& event) {
  ++(event.lease ? lease_confirmations : confirmations);
}
void RecordingObserver::On(const LeaseChanged&) {}
void RecordingObserver::On(const TransferChanged& event) { transfers.push_back(event); }
void RecordingObserver::On(const SnapshotPublished& event) { published.push_back(event); }
void RecordingObserver::On(const SnapshotFailed& event) { snapshot_failures.push_back(event); }
// What a snapshot holds is what applying its index did elsewhere.
void RecordingObserver::On(const SnapshotInstalled& event) {
  installed.push_back(event);
  if (event.metadata) return;
  const auto at = agreement_.effects.find({event.who.shard.value, event.position.index.value});
  if (at == agreement_.effects.end() || at->second.digest != event.state_digest) {
    agreement_.disagreements.push_back(fmt::format("host {} installs another state at {}/{}", host_,
                                                   event.who.shard, event.position.index));
  }
}
void RecordingObserver::On(const LogCompacted& event) { compactions.push_back(event); }
void RecordingObserver::On(const TransferEnded& event) { snapshot_transfers.push_back(event); }
void RecordingObserver::On(const ReplicaStopped& event) { stops.push_back(event); }
void RecordingObserver::On(const CorruptionFound& event) { corruptions.push_back(event.offset); }

// Keeps what comes back.
class Cluster::Client final : public sim::Inbox {
 public:
  void Deliver(sim::Arrival arrival) override {
    if (arrival.message->kind() == kAdminReplyKind) {
      const auto& answer = static_cast<const AdminReply&>(*arrival.message);
      admin_replies.insert_or_assign(answer.request, answer);
      return;
    }
    if (arrival.message->kind() == kLogAnswerKind) {
      const auto& answer = static_cast<const LogAnswer&>(*arrival.message);
      log_answers.insert_or_assign(answer.request, answer);
      return;
    }
    CHECK_EQ(arrival.message->kind(), kClientReplyKind);
    const auto& reply = static_cast<const ClientReply&>(*arrival.message);
    replies.insert_or_assign(reply.request, reply);
  }
  std::map<uint64_t, ClientReply> replies;
  std::map<uint64_t, AdminReply> admin_replies;
  std::map<uint64_t, LogAnswer> log_answers;
  uint64_t requests = 0;
};

Cluster::Cluster(const ClusterOptions& options) : options_(options) {
  sim::AddWorldKinds(schema_);
  client_ = std::make_unique<Client>();
  world_ = std::make_unique<sim::World>(options.seed, sim::World::Parts{schema_, fibers_});
  if (options.benign) world_->decisions().SetBase(sim::SiteBase::kBenign);
  sim::LinkRules links;
  links.delay = {Microseconds(500), Microseconds(500), 0};
  for (uint64_t id = 1; id <= options.hosts + 1; ++id) {
    const bool engine = id <= options.hosts;
    sim::Host& host = world_->AddHost({.name = engine ? "h" : "client", .engine = engine}, links);
    CHECK_EQ(host.id().value, id);
    host.disk().rules().sync = {Microseconds(100), Microseconds(100), 0};
    observers_.push_back(std::make_unique<RecordingObserver>(host.id(), agreement_));
    running_.push_back(nullptr);
    ended_.emplace_back();
    if (engine) {
      host.SetMain([this](sim::Process& process) { RunEngine(process); });
    } else {
      host.SetMain([this](sim::Process& process) {
        world_->network().Listen(process, *client_);
        sim::WaitQueue for_ever(process);
        for_ever.Wait();
      });
    }
    host.Start();
  }
}

Cluster::~Cluster() = default;

HostConfig Cluster::ConfigOf(HostId host) const {
  HostConfig config = options_.config;
  for (uint64_t shard = 1; shard <= options_.shards; ++shard) {
    ShardPlacement placement{ShardId(shard), ReplicaId(10 * shard + host.value), {}};
    placement.placed_by_service = options_.placed_by_service;
    for (uint64_t id = 1; id <= options_.hosts; ++id) {
      placement.membership.voters.push_back(Member{ReplicaId(10 * shard + id), HostId(id)});
    }
    config.shards.push_back(std::move(placement));
  }
  return config;
}

void Cluster::RunEngine(sim::Process& process) {
  const HostId id = process.host().id();
  // Also when the process is unwound.
  struct Listed {
    Host*& place;
    ~Listed() { place = nullptr; }
  };
  ended_[id.value - 1].reset();
  bind::SimEnv env(process, observer(id), options_.env);
  Host host(env, ConfigOf(id));
  const Listed listed{running_[id.value - 1]};
  listed.place = &host;
  if (options_.before_run) options_.before_run(env, host);
  ended_[id.value - 1] = host.Run();
}

void Cluster::RunFor(Duration length) { world_->RunUntil(world_->now() + length); }

bool Cluster::RunUntil(absl::FunctionRef<bool()> done, Duration limit) {
  return done() || world_->RunUntil(world_->now() + limit, done);
}

void Cluster::Start(HostId host) { world_->host(host).Start(); }

uint64_t Cluster::Send(HostId host, ShardId shard, const Command& command) {
  auto request = std::make_unique<ClientRequest>();
  request->request = ++client_->requests;
  request->shard = shard;
  request->command = EncodeCommand(command);
  sim::Process* process = world_->host(HostId(options_.hosts + 1)).process();
  CHECK(process != nullptr);
  world_->network().Send(*process, host, std::move(request));
  return client_->requests;
}

uint64_t Cluster::SendQuery(HostId host, ShardId shard, std::string_view key,
                            Consistency consistency) {
  auto query = std::make_unique<ClientQuery>();
  query->request = ++client_->requests;
  query->shard = shard;
  query->consistency = consistency;
  query->key = std::string(key);
  sim::Process* process = world_->host(HostId(options_.hosts + 1)).process();
  CHECK(process != nullptr);
  world_->network().Send(*process, host, std::move(query));
  return client_->requests;
}

std::optional<AdminReply> Cluster::Ask(HostId host, ShardId shard, const AdminAction& action,
                                       const ControllerStamp& stamp) {
  auto message = std::make_unique<AdminRequest>();
  const uint64_t request = ++client_->requests;
  message->request = request;
  message->shard = shard;
  message->action = action;
  message->stamp = stamp;
  world_->network().Send(*world_->host(HostId(options_.hosts + 1)).process(), host,
                         std::move(message));
  const std::map<uint64_t, AdminReply>& replies = client_->admin_replies;
  RunUntil([&] { return replies.contains(request); }, Seconds(1));
  const auto at = replies.find(request);
  return at == replies.end() ? std::nullopt : std::optional<AdminReply>(at->second);
}

std::optional<LogAnswer> Cluster::AskLog(HostId host, LogQuery query) {
  query.request = ++client_->requests;
  const uint64_t request = query.request;
  world_->network().Send(*world_->host(HostId(options_.hosts + 1)).process(), host, query.Clone());
  const std::map<uint64_t, LogAnswer>& answers = client_->log_answers;
  RunUntil([&] { return answers.contains(request); }, Seconds(1));
  const auto at = answers.find(request);
  return at == answers.end() ? std::nullopt : std::optional<LogAnswer>(at->second);
}

const ClientReply* Cluster::ReplyTo(uint64_t request) const {
  const auto at = client_->replies.find(request);
  return at == client_->replies.end() ? nullptr : &at->second;
}

std::optional<ClientReply> Cluster::Execute(ShardId shard, const Command& command) {
  for (int attempt = 0; attempt < 50; ++attempt) {
    if (!WaitForLeader(shard)) return std::nullopt;
    const uint64_t request = Send(*Leader(shard), shard, command);
    RunUntil([&] { return ReplyTo(request) != nullptr; }, Seconds(1));
    const ClientReply* reply = ReplyTo(request);
    if (reply != nullptr && reply->outcome != Outcome::kNotLeader) return *reply;
  }
  return std::nullopt;
}

std::optional<ReplicaSummary> Cluster::Summary(HostId host, ShardId shard) const {
  const Host* running = running_[host.value - 1];
  if (running == nullptr || !world_->host(host).up()) return std::nullopt;
  for (const ReplicaSummary& summary : running->Summarise()) {
    if (summary.shard == shard) return summary;
  }
  return std::nullopt;
}

std::optional<HostId> Cluster::Leader(ShardId shard) const {
  std::optional<HostId> leader;
  Term term;
  for (uint64_t id = 1; id <= options_.hosts; ++id) {
    const std::optional<ReplicaSummary> summary = Summary(HostId(id), shard);
    if (!summary.has_value() || summary->role != Role::kLeader || summary->term < term) continue;
    leader = HostId(id);
    term = summary->term;
  }
  return leader;
}

bool Cluster::WaitForLeader(ShardId shard) {
  return RunUntil([&] { return Leader(shard).has_value(); }, Seconds(20));
}

bool Cluster::AllApplied(ShardId shard) const {
  std::optional<Index> applied;
  for (uint64_t id = 1; id <= options_.hosts; ++id) {
    const std::optional<ReplicaSummary> summary = Summary(HostId(id), shard);
    if (!summary.has_value() || summary->applied != summary->last) return false;
    if (applied.has_value() && *applied != summary->applied) return false;
    applied = summary->applied;
  }
  return applied.has_value() && applied->value > 0;
}

}  // namespace ww::raft
