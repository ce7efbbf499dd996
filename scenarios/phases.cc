#include "scenarios/phases.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

constexpr uint64_t kHeartbeatEvents = 10'000;
constexpr Duration kBootstrapStep = Milliseconds(50);
// Clients go on for at least this long after healing, in election timeouts.
constexpr int64_t kConvergeMin = 5;
// And for so long after the last thing that an operator does then.
constexpr int64_t kConvergeCalm = 2;
// How long nothing may have been moved for balance before that, likewise.
constexpr int64_t kBalancedFor = 3;
// How long a replica may take to apply what the final reads put into its log, likewise.
constexpr int64_t kSettleMax = 25;
// How long nobody asks for anything at the end, likewise: what is counted, after what is let pass.
constexpr int64_t kRestBefore = 2;
constexpr int64_t kRestMeasured = 3;

}  // namespace

Phases::Phases(Cluster& cluster, const PhaseSpec& spec, Duration election_timeout, const Caps& caps)
    : cluster_(cluster), spec_(spec), election_timeout_(election_timeout), caps_(caps) {
  CHECK_EQ(spec.chaos.low, spec.chaos.high);
  CHECK_GT(election_timeout.ns, 0);
}

std::optional<PhaseFailure> Phases::Run() {
  if (Bootstrap() && Chaos() && Converge() && EndClients() && Verify() && MeasureRest()) {
    cluster_.observer().PhaseBegan(checks::Phase::kDone);
    cluster_.observer().TimePassed();
    cluster_.observer().Finish();
  }
  return failure_;
}

bool Phases::Bootstrap() {
  cluster_.observer().PhaseBegan(checks::Phase::kBootstrap);
  cluster_.Start();
  // Faults are part of its first start.
  if (cluster_.StartsFromNothing()) return true;
  if (PassUntil(spec_.bootstrap_max, kBootstrapStep, [this] { return cluster_.view().AllLed(); }))
    return true;
  if (!over()) {
    Fail(PhaseFailure::Kind::kNotLed,
         fmt::format("without any fault, not every shard had a leader that committed within {}",
                     spec_.bootstrap_max));
  }
  return false;
}

bool Phases::Chaos() {
  cluster_.observer().TimePassed();
  cluster_.observer().PhaseBegan(checks::Phase::kChaos);
  cluster_.StartFaults();
  cluster_.StartClients();
  return Pass(spec_.chaos.low);
}

bool Phases::Converge() {
  RunObserver& observer = cluster_.observer();
  cluster_.clients().healing = true;
  observer.TimePassed();
  observer.PhaseBegan(checks::Phase::kHeal);
  cluster_.injector().HealAll();
  for (size_t host = 1; host <= cluster_.hosts_max(); ++host) {
    observer.HostReachable(HostId(host), cluster_.world().host(HostId(host)).up());
  }
  observer.PhaseBegan(checks::Phase::kConverge);
  TrueTime not_before = cluster_.world().now() + election_timeout_ * kConvergeMin;
  // What an operator does in the calm meets clients.
  const OperatorPlan& operations = cluster_.spec().operations;
  if (!operations.empty() && operations.back().at > TrueTime{} + spec_.chaos.low) {
    const Duration behind = operations.back().at - (TrueTime{} + spec_.chaos.low);
    not_before =
        std::max(not_before, cluster_.world().now() + behind + election_timeout_ * kConvergeCalm);
  }
  // Not converging in time is for the liveness checks to judge; what follows needs no more.
  PassUntil(spec_.converge_max, election_timeout_ / 2, [&] {
    return cluster_.world().now() >= not_before && cluster_.view().AllLed() &&
           cluster_.view().CaughtUp() && cluster_.view().NoZombies() && ControlRests();
  });
  if (over()) return false;
  const std::vector<ShardId> awaited = observer.AwaitedShards();
  if (awaited.empty()) return true;
  Fail(PhaseFailure::Kind::kNotLed,
       fmt::format("shard {} was asked for, its hosts are up, and it does not exist {} after "
                   "everything was healed",
                   awaited.front(), spec_.converge_max));
  return false;
}

// What controllers have begun has ended, and leaders and replicas are where they want them.
bool Phases::ControlRests() const {
  if (!cluster_.spec().control.has_value()) return true;
  const TrueTime balanced = cluster_.view().control().balanced;
  return cluster_.view().ControlAtRest() &&
         cluster_.world().now() - balanced >= election_timeout_ * kBalancedFor;
}

bool Phases::EndClients() {
  ClientControl& clients = cluster_.clients();
  clients.stopping = true;
  PassUntil(spec_.converge_max, election_timeout_ / 2, [&] { return clients.active == 0; });
  if (over()) return false;
  if (clients.active == 0) return true;
  Fail(PhaseFailure::Kind::kNotAnswered,
       fmt::format("{} clients still wait for an answer {} after everything was healed",
                   clients.active, spec_.converge_max));
  return false;
}

bool Phases::Verify() {
  cluster_.observer().PhaseBegan(checks::Phase::kVerify);
  cluster_.StartReader();
  PassUntil(spec_.converge_max, election_timeout_ / 2, [this] { return cluster_.reader_done(); });
  if (over()) return false;
  if (!cluster_.reader_done() || cluster_.reads_unanswered() > 0) {
    Fail(PhaseFailure::Kind::kNotAnswered,
         fmt::format("not every key could be read within {} after everything was healed",
                     spec_.converge_max));
    return false;
  }
  PassUntil(election_timeout_ * kSettleMax, election_timeout_ / 2,
            [this] { return cluster_.view().CaughtUp(); });
  return !over();
}

bool Phases::MeasureRest() {
  if (!Pass(election_timeout_ * kRestBefore)) return false;
  const Work before = WorkOfHosts();
  const Duration length = election_timeout_ * kRestMeasured;
  if (!Pass(length)) return false;
  const Work after = WorkOfHosts();
  cluster_.observer().RestEnded({length, cluster_.spec().engine.heartbeat_interval,
                                 cluster_.hosts_max(), after.messages - before.messages,
                                 after.disk_calls - before.disk_calls});
  return !over();
}

// Clients are silent by now: what is sent is sent by engine hosts.
Phases::Work Phases::WorkOfHosts() const {
  sim::World& world = cluster_.world();
  Work work{world.network().counters().sent, 0};
  for (size_t host = 1; host <= cluster_.hosts_max(); ++host) {
    work.disk_calls += world.host(HostId(host)).disk().io_points();
  }
  return work;
}

bool Phases::PassUntil(Duration length, Duration step, absl::FunctionRef<bool()> condition) {
  const TrueTime until = cluster_.world().now() + length;
  while (!condition()) {
    const TrueTime now = cluster_.world().now();
    if (now >= until || !Pass(std::min(step, until - now))) return false;
    cluster_.observer().TimePassed();
    if (over()) return false;
  }
  return true;
}

bool Phases::Pass(Duration length) {
  cluster_.RunFor(length, [this] { return OverCap(); });
  return !over();
}

// Called after every event: two comparisons, usually.
bool Phases::OverCap() {
  const sim::Scheduler& scheduler = cluster_.world().scheduler();
  if (scheduler.executed_at_now() > caps_.events_at_instant_max) [[unlikely]] {
    Fail(PhaseFailure::Kind::kSpin,
         fmt::format("more than {} events at one instant", caps_.events_at_instant_max));
    return true;
  }
  if (scheduler.executed() < next_heartbeat_) return false;
  next_heartbeat_ = scheduler.executed() + kHeartbeatEvents;
  if (caps_.heartbeat != nullptr) (*caps_.heartbeat)(scheduler.executed());
  if (scheduler.executed() <= caps_.events_max) {
    next_heartbeat_ = std::min(next_heartbeat_, caps_.events_max + 1);
    return false;
  }
  Fail(PhaseFailure::Kind::kEventsCap, fmt::format("more than {} events", caps_.events_max));
  return true;
}

void Phases::Fail(PhaseFailure::Kind kind, std::string message) {
  if (!failure_.has_value()) failure_ = PhaseFailure{kind, std::move(message)};
}

}  // namespace ww::scenarios
