#include "raft/controller/controller.h"

#include <algorithm>
#include <utility>

#include "raft/env/sites.h"
#include "raft/meta/balance.h"
#include "raft/meta/repair.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

constexpr uint32_t kPlannedAtOnceMax = 64;

using Planned = std::optional<meta::ControllerAction>;

}  // namespace

void Controller::Start(ServicePort& port) {
  CHECK(port_ == nullptr);
  port_ = &port;
  asker_ = std::make_unique<Asker>(port, options_.answer_timeout);
  changed_ = env().tasks().NewWaitQueue();
  pauses_ = env().tasks().NewWaitQueue();
  ids_ = env().draws().Open(sites::kReplicaId, {});
  task_ = env().tasks().Spawn("controller", [this] { Run(); });
}

void Controller::On(HostId, const WireMessage& message) { asker_->On(message); }

void Controller::Stop() {
  stopping_ = true;
  leads_in_ = Term();
  asker_->Close();
  if (ledger_ != nullptr) ledger_->Close();
  changed_->WakeAll();
  pauses_->WakeAll();
  env().tasks().Join(task_);
}

// The replica here has learnt who leads. It may hear of its own term late, but never of another's
// as its own.
void Controller::On(const LeaderUpdated& event) {
  if (event.who.shard != meta::kMetadataShard || stopping_) return;
  const bool leads = event.leader == event.who.replica;
  leads_in_ = leads ? event.term : Term();
  if (ledger_ != nullptr) ledger_->Close();
  if (changed_ != nullptr) changed_->WakeAll();
  if (pauses_ != nullptr) pauses_->WakeAll();
}

bool Controller::InControl() const {
  return !stopping_ && ledger_ != nullptr && ledger_->in_control();
}

void Controller::Run() {
  while (!stopping_) {
    if (leads_in_.none()) {
      changed_->Wait();
      continue;
    }
    const Term term = leads_in_;
    Govern(term);
    // Whoever was refused, or could not read, and leads on tries again after a while: a quorum may
    // come back.
    if (!stopping_ && leads_in_ == term) {
      changed_->WaitUntil(env().clock().Now() + options_.interval);
    }
  }
}

void Controller::Govern(Term term) {
  CHECK(workers_.empty());
  ledger_ = std::make_unique<Ledger>(env(), *asker_, term);
  watch_ = std::make_unique<HostWatch>(env().clock().Now());
  if (ledger_->TakeControl(options_.file)) {
    tidy_at_ = env().clock().Now() + options_.tidy_interval;
    while (InControl()) {
      WatchHosts();
      if (InControl()) ledger_->Refresh();
      if (InControl()) PlanMigrations();
      if (InControl() && options_.balances) EvenOutLeaders();
      if (InControl()) SetWorkersOn();
      if (InControl()) changed_->WaitUntil(env().clock().Now() + options_.interval);
    }
  }
  EndTerm();
}

void Controller::EndTerm() {
  ledger_->Close();
  pauses_->WakeAll();
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (!worker->done) env().tasks().Join(worker->task);
  }
  workers_.clear();
  ledger_.reset();
  watch_.reset();
}

// --- Hosts ---

void Controller::WatchHosts() {
  std::vector<HostId> hosts;
  for (const meta::HostRecord& host : ledger_->state().hosts) hosts.push_back(host.id);
  watch_->Known(hosts, env().clock().Now());
  auto answers = asker_->AskAll(hosts, ShardId(), DescribeHost{}, ledger_->stamp());
  if (!InControl()) return;
  const LocalTime seen = env().clock().Now();
  for (size_t at = 0; at < hosts.size(); ++at) {
    if (!answers[at].has_value() || !answers[at]->host.has_value()) continue;
    watch_->Described(hosts[at], seen, *std::move(answers[at]->host));
  }
  for (const HostId host : hosts) {
    if (!RecordNews(host, seen)) return;
  }
}

// The disk that a host lives on, and whether it lived when it was looked at: recording what is new
// of others takes time, in which nobody is silent. False when control was lost.
bool Controller::RecordNews(HostId host, LocalTime seen) {
  if (const HostDescription* news = watch_->DescriptionOf(host); news != nullptr) {
    Record([host, disk = news->disk](const meta::State& state) -> Planned {
      const meta::HostRecord* record = state.hosts.Find(host);
      if (record == nullptr || record->disk == disk) return std::nullopt;
      return meta::RecordDisk{host, disk};
    });
  }
  if (options_.repairs && InControl()) {
    const Duration silent = watch_->Silence(host, seen);
    Record([&](const meta::State& state) -> Planned {
      const meta::HostRecord* record = state.hosts.Find(host);
      return record == nullptr ? Planned() : meta::JudgeHost(*record, silent, options_.limits);
    });
  }
  return InControl();
}

// --- Plans ---

bool Controller::Record(
    absl::FunctionRef<std::optional<meta::ControllerAction>(const meta::State&)> plan) {
  const auto decided = ledger_->Decide([&plan](const meta::State& state) -> meta::Wanted {
    std::optional<meta::ControllerAction> action = plan(state);
    if (!action.has_value()) return meta::Wait{};
    return meta::Submit{*std::move(action)};
  });
  return decided.has_value() && std::holds_alternative<meta::Submit>(*decided);
}

// One after the other, each planned on what the one before made of the metadata. Bounded, so that
// one that the shard does not take is tried again later, and not for ever.
void Controller::PlanMigrations() {
  for (uint32_t planned = 0; planned < kPlannedAtOnceMax && InControl(); ++planned) {
    const bool more = Record([this](const meta::State& state) -> Planned {
      if (const auto next = meta::NextToBegin(state, options_.limits)) {
        return meta::BeginMigration{*next};
      }
      if (auto repair = meta::PlanRepair(state, options_.limits)) return *std::move(repair);
      if (!options_.balances) return std::nullopt;
      if (auto balance = meta::PlanBalance(state, options_.limits)) return *std::move(balance);
      return std::nullopt;
    });
    if (!more) return;
  }
}

// At most one transfer a look: the next is planned on what this one brought about.
void Controller::EvenOutLeaders() {
  std::vector<meta::Leadership> leaders;
  std::vector<HostId> healthy;
  absl::btree_map<ShardId, HostId> led_from;
  const LocalTime now = env().clock().Now();
  for (const meta::HostRecord& host : ledger_->state().hosts) {
    const HostDescription* news = watch_->DescriptionOf(host.id);
    if (news == nullptr || watch_->Silence(host.id, now) > options_.interval) continue;
    healthy.push_back(host.id);
    for (const HostedReplica& hosted : news->replicas) {
      if (!hosted.leads || !led_from.emplace(hosted.shard, host.id).second) continue;
      leaders.push_back({hosted.shard, hosted.replica});
    }
  }
  std::optional<meta::RecordTransfer> transfer;
  const bool recorded = Record([&](const meta::State& state) -> Planned {
    transfer = meta::PlanTransfer(state, leaders, healthy, options_.limits);
    return transfer.has_value() ? Planned(*transfer) : std::nullopt;
  });
  if (!recorded || !InControl()) return;
  COVER("controller.leader_moved");
  asker_->Ask(led_from.at(transfer->shard), transfer->shard, TransferLeadership{transfer->to},
              ledger_->stamp());
}

// --- Shards ---

bool Controller::HasWork(ShardId shard) const {
  const meta::State& state = ledger_->state();
  const LocalTime now = port_->env().clock().Now();
  const meta::ShardRecord& record = state.shards.Get(shard);
  if (record.phase != meta::ShardPhase::kLive) return true;
  const meta::Migration* migration = state.migrations.Find(record.migration);
  if (migration != nullptr && !meta::IsWaiting(*migration)) return true;
  if (migration == nullptr && LacksReplica(record, now)) return true;
  return std::any_of(state.owed.begin(), state.owed.end(), [&](const meta::OwedCleanup& owed) {
    return owed.id.shard == shard && watch_->Silence(owed.host, now) < options_.interval * 2;
  });
}

// A member does not live where it should: it may have to be rebuilt.
bool Controller::LacksReplica(const meta::ShardRecord& shard, LocalTime now) const {
  return std::any_of(shard.placements.begin(), shard.placements.end(), [&](const auto& placement) {
    return placement.state == meta::PlacementState::kMember &&
           watch_->Misses(placement.host, shard.id, placement.replica, now, options_.interval * 2);
  });
}

// One shard after the other, however many there are.
ShardId Controller::NextToTidy() {
  const LocalTime now = env().clock().Now();
  if (now < tidy_at_) return ShardId();
  tidy_at_ = now + options_.tidy_interval;
  const meta::ShardRecord* first = nullptr;
  for (const meta::ShardRecord& shard : ledger_->state().shards) {
    if (first == nullptr) first = &shard;
    if (shard.id > tidied_) return tidied_ = shard.id;
  }
  return tidied_ = first == nullptr ? ShardId() : first->id;
}

void Controller::SetWorkersOn() {
  std::erase_if(workers_, [](const std::unique_ptr<Worker>& worker) { return worker->done; });
  std::vector<ShardId> wanting;
  for (const meta::ShardRecord& shard : ledger_->state().shards) {
    if (HasWork(shard.id)) wanting.push_back(shard.id);
  }
  const ShardId tidied = NextToTidy();
  if (!tidied.none()) wanting.push_back(tidied);
  for (const ShardId shard : wanting) {
    const bool employed = std::any_of(workers_.begin(), workers_.end(),
                                      [shard](const auto& one) { return one->shard == shard; });
    if (!employed) Employ(shard);
  }
}

void Controller::Employ(ShardId shard) {
  workers_.push_back(std::make_unique<Worker>());
  Worker* worker = workers_.back().get();
  worker->shard = shard;
  const ShardWorker::Parts parts{env(),           *asker_,  *ledger_,       *watch_,
                                 options_.limits, *pauses_, options_.pause, ids_};
  worker->task = env().tasks().Spawn("controller.shard", [this, worker, parts] {
    ShardWorker(parts, worker->shard).Run();
    worker->done = true;
    changed_->WakeAll();
  });
}

}  // namespace ww::raft
