#include "raft/failover/bootstrap.h"

#include <algorithm>
#include <utility>

#include "raft/env/sites.h"
#include "raft/failover/choice.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft::failover {
namespace {

// The creator's; later ones come from the leader, one more than any before.
constexpr ReplicaId kFirstReplica(1);
// From the top: the host, the life of its process, and what is drawn.
constexpr uint32_t kHostShift = 48;
constexpr uint32_t kIncarnationShift = 16;

// The drawn part keeps anybody from taking the number apart again.
ShardIdentity NewIdentity(Env& env, ShardId shard) {
  const DrawHandle stream = env.draws().Open(sites::kShardIdentity, {shard.value});
  const uint64_t drawn = env.draws().Uniform(stream, uint64_t{1} << kIncarnationShift);
  return ShardIdentity((env.host().value << kHostShift) +
                       (env.incarnation().value << kIncarnationShift) + drawn);
}

}  // namespace

Bootstrap::Bootstrap(BootstrapOptions options, BootstrapWatcher& watcher)
    : options_(std::move(options)), config_(options_.config), watcher_(watcher) {
  CheckInvariants(options_.config);
  CHECK_EQ(options_.hosts.size(), options_.config.instances.size());
  CHECK_LE(options_.hosts.size(), kHostsTold);
  CHECK(options_.config.mode == Mode::kSupervised);
  CHECK(options_.config.connect_timeout.duration.has_value());
  CHECK_GT(options_.pause.ns, 0);
}

void Bootstrap::Start(ServicePort& port) {
  CHECK(port_ == nullptr);
  port_ = &port;
  self_ = env().host();
  const auto at = std::find(options_.hosts.begin(), options_.hosts.end(), self_);
  CHECK(at != options_.hosts.end());
  name_ = options_.config.instances[static_cast<size_t>(at - options_.hosts.begin())].name;
  file_.emplace(env(), options_.shard);
  // Also for a leader that was one before: what it was admitted to ended with its process.
  port_->ShutWrites(options_.shard, WriteGate::kTooFewVoters);
  work_came_ = env().tasks().NewWaitQueue();
  answer_came_ = env().tasks().NewWaitQueue();
  deciding_ = env().tasks().Spawn("bootstrap", [this] { Decide(); });
}

void Bootstrap::Reconfigure(FailoverConfig config) {
  CheckInvariants(config);
  CHECK(HasInstancesOf(config, config_));
  COVER("failover.reconfigured");
  config_ = std::move(config);
}

// Tasks that wait are woken by it, and go no further.
void Bootstrap::Stop() {
  stopped_ = true;
  for (const TaskHandle task : {deciding_, serving_.value_or(deciding_)}) {
    env().tasks().Cancel(task);
    env().tasks().Join(task);
  }
}

HostId Bootstrap::Chosen() const {
  return HostOf(ChooseBootstrapLeader(config_).chosen()).value_or(HostId());
}

std::optional<HostId> Bootstrap::HostOf(const std::optional<std::string>& name) const {
  for (size_t i = 0; i < options_.hosts.size(); ++i) {
    if (options_.config.instances[i].name == name) return options_.hosts[i];
  }
  return std::nullopt;
}

// A host is reached under the name of its instance.
Member Bootstrap::MemberOf(ReplicaId replica, HostId host) const {
  const auto at = std::find(options_.hosts.begin(), options_.hosts.end(), host);
  CHECK(at != options_.hosts.end());
  const auto number = static_cast<size_t>(at - options_.hosts.begin());
  return {replica, host, options_.config.instances[number].name};
}

// Those that count as connections, itself apart.
std::vector<HostId> Bootstrap::Peers() const {
  std::vector<HostId> peers;
  for (size_t i = 0; i < options_.hosts.size(); ++i) {
    const Instance& instance = options_.config.instances[i];
    const bool counts = !instance.anonymous && !instance.isolated;
    if (counts && options_.hosts[i] != self_) peers.push_back(options_.hosts[i]);
  }
  return peers;
}

// --- The first start ---

void Bootstrap::Decide() {
  while (!stopped_ && !Recall()) Pause();
  if (stopped_) return;
  serving_ = env().tasks().Spawn("bootstrap-answers", [this] { Serve(); });
  PassFirstStart();
  Grow();
}

// One that can't tell what it promised agrees to nothing, and waits until it can.
bool Bootstrap::Recall() {
  const absl::StatusOr<std::optional<Promise>> kept = file_->Read();
  if (!kept.ok()) {
    COVER("failover.promise_unreadable");
    return false;
  }
  promise_ = *kept;
  const Promise said = promise_.value_or(Promise{});
  Say(BootstrapEvent::Kind::kRecalled, said.creator, said.identity);
  return true;
}

bool Bootstrap::HasData(const ShardDescription& description) {
  return !description.replica.none() || !description.recorded.empty() ||
         !description.tombstones.empty();
}

// Until there is data here: created, or joined.
void Bootstrap::PassFirstStart() {
  while (!stopped_) {
    const std::optional<ShardDescription> mine = DescribeMyself();
    if (mine.has_value()) {
      const bool invited = promise_.has_value() && promise_->invited;
      const FirstStart todo =
          DecideFirstStart(config_, name_, LocalDisk{HasData(*mine) || invited});
      if (std::holds_alternative<JoinAgain>(todo) && HasData(*mine)) return;
      if (const auto* create = std::get_if<CreateShard>(&todo); create != nullptr) {
        if (WritesByConfiguration(config_.profile)) WriteByConfiguration();
        TryToCreate(create->connections);
      } else {
        SayThatItWaits(todo);
      }
    }
    Pause();
  }
}

// What keeps writes away from it is opened for the whole life of its process.
void Bootstrap::WriteByConfiguration() {
  COVER("failover.writes_by_configuration");
  for (const WriteGate gate : {WriteGate::kTooFewVoters, WriteGate::kNoLease}) {
    port_->AdmitWrites(options_.shard, gate, {});
  }
}

// Not again for the same one.
void Bootstrap::SayThatItWaits(const FirstStart& todo) {
  const auto* wait = std::get_if<WaitFor>(&todo);
  const HostId whom = wait == nullptr ? HostId() : HostOf(wait->name).value_or(HostId());
  if (said_ == whom) return;
  said_ = whom;
  Say(BootstrapEvent::Kind::kWaits, whom, ShardIdentity());
}

// One attempt. Whatever it comes to, the next one finds out for itself.
void Bootstrap::TryToCreate(uint32_t needed) {
  const Duration patience = *config_.connect_timeout.duration;
  std::vector<HostId> connected = Connect(In(patience));
  if (connected.size() + 1 < needed) {
    COVER("failover.too_few_connections");
    return Say(BootstrapEvent::Kind::kStartsOver, self_, ShardIdentity());
  }
  const std::optional<Promise> mine = PromiseMyself();
  if (stopped_ || !mine.has_value() || mine->invited) return;
  if (mine->creator != self_ || mine->by_all) return ConvinceAll(*mine);
  connected.push_back(self_);
  const Outcome outcome =
      JudgeStances(*mine, needed, AskInstances(connected, {mine->identity}, In(patience)));
  if (stopped_) return;
  if (const auto* create = std::get_if<Create>(&outcome); create != nullptr) {
    return FoundShard(*create, connected, *mine);
  }
  if (std::holds_alternative<Dissent>(outcome)) {
    COVER("failover.dissent");
    return ConvinceAll(*mine);
  }
  Say(BootstrapEvent::Kind::kStartsOver, self_, mine->identity);
}

// Somebody holds to what may never be created. It says so of what its creator does not hold to, and
// asks all to agree to its own identity instead. From before the first of them gives something up
// that one needs them all: durably, or it is forgotten with this attempt.
void Bootstrap::ConvinceAll(const Promise& mine) {
  const Duration patience = *config_.connect_timeout.duration;
  const bool held = mine.creator == self_;
  const ShardIdentity identity = held ? mine.identity : NewIdentity(env(), options_.shard);
  std::vector<PeerStance> stances = AskInstances(options_.hosts, {}, In(patience));
  if (held && AllWithoutData(stances)) AskInstances({self_}, {identity, true}, In(options_.pause));
  const bool ready = !held || (promise_.has_value() && promise_->by_all);
  const Promise wanted{self_, identity, false, true};
  const auto all = static_cast<uint32_t>(options_.hosts.size());
  for (int round = 0; round < kRoundsMax && ready && AllWithoutData(stances); ++round) {
    if (stopped_) return;
    stances = AskInstances(options_.hosts, {identity, true, GivenUp(stances)}, In(patience));
    const Outcome outcome = JudgeStances(wanted, all, stances);
    if (!std::holds_alternative<Create>(outcome)) continue;
    COVER("failover.all_convinced");
    std::vector<HostId> peers = Peers();
    peers.push_back(self_);
    std::sort(peers.begin(), peers.end());
    return FoundShard(Create{peers}, peers, wanted);
  }
  Say(BootstrapEvent::Kind::kStartsOver, self_, identity);
}

// Who answers before the deadline. All are waited for, not just enough: one that is slow to answer
// may be the one that knows better.
std::vector<HostId> Bootstrap::Connect(LocalTime deadline) {
  std::vector<HostId> missing = Peers();
  std::vector<HostId> connected;
  while (!missing.empty() && !stopped_ && env().clock().Now() < deadline) {
    const LocalTime round = std::min(deadline, In(options_.pause));
    std::vector<HostId> silent;
    for (const PeerStance& peer : AskInstances(missing, {}, round)) {
      (peer.stance.has_value() ? connected : silent).push_back(peer.host);
      // The shard exists: it waits to be invited, and must not promise anything else before.
      if (peer.stance.has_value() && peer.stance->standing == Standing::kHasData) return {};
    }
    missing = std::move(silent);
  }
  return connected;
}

// Before anybody else is asked, so that a crash does not leave others with a promise that the
// creator itself has forgotten. It asks itself like anybody, and may have promised before.
std::optional<Promise> Bootstrap::PromiseMyself() {
  if (!promise_.has_value()) {
    const ShardIdentity identity = NewIdentity(env(), options_.shard);
    AskInstances({self_}, {identity}, In(options_.pause));
  }
  return promise_;
}

void Bootstrap::FoundShard(const Create& create, const std::vector<HostId>& connected,
                           const Promise& mine) {
  CHECK(mine.creator == self_ && !mine.invited);
  const std::optional<ShardDescription> now = DescribeMyself();
  // An operator, or an invitation, may have come in between.
  if (!now.has_value() || promise_ != mine || keeping_ || Chosen() != self_) return;
  creating_ = true;
  watcher_.On({options_.shard, BootstrapEvent::Kind::kCreates, self_, mine.identity, create.agreed,
               connected});
  AskHost(self_, StartReplica{kFirstReplica,
                              false,
                              MemberRole::kVoter,
                              {MemberOf(kFirstReplica, self_)},
                              {},
                              now->disk});
}

// --- While it leads ---

void Bootstrap::Grow() {
  while (!stopped_) {
    Pause();
    const std::optional<GrowthView> view = Look();
    if (!view.has_value()) continue;
    for (const GrowthStep& step : StepsOf(config_, *view)) {
      // What was seen is out of date after a change.
      if (stopped_ || Do(step, *view)) break;
    }
  }
}

// Nothing unless its replica leads, and it knows the identity that others are to be told.
std::optional<GrowthView> Bootstrap::Look() {
  const std::optional<ShardDescription> mine = DescribeMyself();
  if (mine.has_value()) AdmitWrites(mine->membership);
  if (!mine.has_value() || mine->role != Role::kLeader) {
    meant_.clear();
    return std::nullopt;
  }
  if (!promise_.has_value()) return std::nullopt;
  GrowthView view{mine->membership, self_, options_.hosts, {}, meant_};
  std::vector<uint64_t> requests;
  for (const HostId host : options_.hosts) requests.push_back(Send(host, Describe{}));
  for (const Waiting& one : Await(requests, In(options_.pause))) {
    const bool told = one.reply.has_value() && one.reply->description.has_value();
    view.seen.push_back(std::nullopt);
    if (!told) continue;
    const ShardDescription& seen = *one.reply->description;
    view.seen.back() = Seen{seen.replica, seen.recorded, seen.disk};
  }
  return view;
}

// Once it has seen as many voters as create: a later leader has no fewer to thank, also when one of
// them is being replaced.
void Bootstrap::AdmitWrites(const Membership& membership) {
  if (membership.voters.size() < ConnectionsNeeded(PeersOf(config_))) return;
  port_->AdmitWrites(options_.shard, WriteGate::kTooFewVoters, {});
}

// Whether the membership may be another now.
bool Bootstrap::Do(const GrowthStep& step, const GrowthView& view) {
  if (const auto* add = std::get_if<AddInstance>(&step); add != nullptr) {
    meant_[add->replica] = add->disk;
    return Change(AddMember{MemberRole::kNonVoting, MemberOf(add->replica, add->host)}, view);
  }
  if (const auto* promote = std::get_if<Promote>(&step); promote != nullptr) {
    return Change(AddMember{MemberRole::kVoter, MemberOf(promote->replica, promote->host)}, view);
  }
  if (const auto* replace = std::get_if<Replace>(&step); replace != nullptr) {
    COVER("failover.lost_member_replaced");
    return Change(DeleteMember{replace->replica}, view);
  }
  const auto& invite = std::get<Invite>(step);
  InviteHost(invite, view);
  return false;
}

bool Bootstrap::Change(const MemberChange& change, const GrowthView& view) {
  ChangeRequest request;
  std::visit([&request](const auto& one) { request.what = one; }, change);
  request.expected = view.membership.change_index;
  const std::optional<AdminReply> reply = AskHost(self_, ChangeMembership{request});
  return !reply.has_value() || reply->outcome != AdminOutcome::kRefused;
}

void Bootstrap::InviteHost(const Invite& invite, const GrowthView& view) {
  CHECK(promise_.has_value());
  auto message = std::make_unique<BootstrapMessage>();
  message->step = BootstrapStep::kInvitation;
  message->shard = options_.shard;
  message->stance.creator = promise_->creator;
  message->stance.identity = promise_->identity;
  message->replica = invite.replica;
  message->disk = invite.disk;
  message->ask = options_.hosts;
  std::sort(message->ask.begin(), message->ask.end());
  for (size_t i = 0; i < view.hosts.size(); ++i) {
    const std::optional<Seen>& seen = view.seen[i];
    if (seen.has_value() && !seen->recorded.empty()) message->joined.push_back(view.hosts[i]);
  }
  port_->Send(invite.host, std::move(message));
}

}  // namespace ww::raft::failover
