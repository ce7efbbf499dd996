#include "scenarios/checks/ghost.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::checks {
namespace {

constexpr uint64_t kSmallIds = 1 << 16;
constexpr uint64_t kHostsMax = 1 << 12;

}  // namespace

ReplicaId GrantedTo(const ReplicaGhost& replica, Term term) {
  for (auto it = replica.grants.rbegin(); it != replica.grants.rend(); ++it) {
    if (it->term == term) return it->candidate;
    if (it->term < term) break;
  }
  return ReplicaId();
}

const ReplicaGhost* ShardGhost::Find(ReplicaId replica) const {
  for (const ReplicaGhost& candidate : replicas) {
    if (candidate.key.replica == replica) return &candidate;
  }
  return nullptr;
}

const Leadership* ShardGhost::LeadershipOf(Term term) const {
  // Nearly always the newest.
  for (auto it = leaderships.rbegin(); it != leaderships.rend(); ++it) {
    if (it->term == term) return &*it;
    if (it->term < term) break;
  }
  return nullptr;
}

std::optional<uint64_t> ShardGhost::LeaderChainAt(const Leadership& leadership, Index index) const {
  if (index > leadership.base) {
    const RegistryRecord* record = registry.Find(index, leadership.term);
    if (record == nullptr) return std::nullopt;
    return record->chain;
  }
  if (!leadership.saved_from.none() && index >= leadership.saved_from) {
    return leadership.saved[index - leadership.saved_from].chain;
  }
  const GhostLog& log = replicas[leadership.slot].log;
  if (index > log.last()) return std::nullopt;
  return log.ChainAt(index);
}

const Config* ShardGhost::FindConfig(const ReplicaGhost& replica, Index index) const {
  if (index.none()) return &configs.front();
  for (const Config& config : configs) {
    if (config.index != index) continue;
    if (config.committed || replica.log.Has(index, config.term)) return &config;
  }
  return nullptr;
}

bool ShardGhost::HoldsDurably(ReplicaId wanted, Index index, uint64_t chain) const {
  const ReplicaGhost* replica = Find(wanted);
  return replica != nullptr && replica->durable.Holds(index, chain);
}

ShardGhost& Ghost::LargeShard(ShardId shard) {
  const auto it = large_ids_.find(shard.value);
  CHECK(it != large_ids_.end(), "an event of shard {} before its ShardCreated", shard.value);
  return shards_[it->second];
}

Ghost::Where Ghost::LookUp(const ReplicaKey& who) {
  ShardGhost& shard = Shard(who.shard);
  // Replicas of a young shard stand at their number.
  const size_t guess = static_cast<size_t>(who.replica.value - 1);
  if (guess < shard.replicas.size() && shard.replicas[guess].key.replica == who.replica) {
    return {shard, shard.replicas[guess]};
  }
  for (ReplicaGhost& replica : shard.replicas) {
    if (replica.key.replica == who.replica) return {shard, replica};
  }
  UNREACHABLE("an event of replica {} of shard {}, which is no voter", who.replica.value,
              who.shard.value);
}

const ShardGhost* Ghost::FindShard(ShardId shard) const {
  if (shard.value < small_ids_.size() && small_ids_[shard.value] != 0) {
    return &shards_[small_ids_[shard.value] - 1];
  }
  const auto it = large_ids_.find(shard.value);
  return it == large_ids_.end() ? nullptr : &shards_[it->second];
}

void Ghost::AddHosts(HostId last) {
  CHECK_LT(last.value, kHostsMax);
  while (hosts_.size() <= last.value) {
    hosts_.emplace_back();
    hosts_.back().id = HostId(hosts_.size() - 1);
  }
  host_count_ = hosts_.size();
}

bool Ghost::Reachable(const ReplicaGhost& replica) const {
  const HostGhost& host = hosts_[replica.host.value];
  return replica.running && host.up && host.reachable;
}

void Ghost::Update(const ShardCreated& event) {
  CHECK(!event.voters.empty());
  CHECK(FindShard(event.shard) == nullptr, "shard {} was created twice", event.shard.value);
  const auto slot = static_cast<uint32_t>(shards_.size());
  if (event.shard.value < kSmallIds) {
    if (small_ids_.size() <= event.shard.value) small_ids_.resize(event.shard.value + 1);
    small_ids_[event.shard.value] = slot + 1;
  } else {
    large_ids_[event.shard.value] = slot;
  }
  newest_at_.reset();
  ShardGhost& shard = shards_.emplace_back();
  shard.id = event.shard;
  shard.slot = slot;
  shard.founding = event.founding;
  shard.configs.emplace_back();
  AddFounders(shard, event.voters);
}

void Ghost::Update(const ShardRecorded& event) {
  if (FindShard(event.shard) != nullptr) Shard(event.shard).founding = false;
}

// Those before them are members of nothing; that somebody counted them shows where it does.
void Ghost::Update(const ShardRefounded& event) {
  ShardGhost& shard = Shard(event.shard);
  newest_at_.reset();
  for (ReplicaGhost& replica : shard.replicas) {
    replica.founder = false;
    replica.given_up = true;
  }
  shard.configs.front().voters.clear();
  AddFounders(shard, event.voters);
}

void Ghost::AddFounders(ShardGhost& shard, std::span<const Voter> founders) {
  for (const Voter& voter : founders) {
    CHECK(shard.Find(voter.replica) == nullptr);
    ReplicaGhost& replica = shard.replicas.emplace_back();
    replica.key = {shard.id, voter.replica};
    replica.host = voter.host;
    replica.founder = true;
    replica.config = 0;
    shard.configs.front().voters.push_back(voter.replica);
    replica.slot = static_cast<uint32_t>(shard.replicas.size() - 1);
    Host(voter.host).replicas.push_back({shard.slot, replica.slot});
  }
}

// Where the first replica of a supervised replicaset stands is known for good when it is created;
// one that a crash took back was nowhere.
void Ghost::Update(const BootstrapBegun& event) {
  ShardGhost& shard = Shard(event.shard);
  ReplicaGhost& first = shard.replicas.front();
  CHECK(first.founder);
  if (first.host == event.host) return;
  newest_at_.reset();
  const uint32_t slot = first.slot;
  std::erase_if(Host(first.host).replicas, [&shard, slot](const HostGhost::Place& place) {
    return place.shard == shard.slot && place.replica == slot;
  });
  ReplicaGhost fresh;
  fresh.key = first.key;
  fresh.host = event.host;
  fresh.founder = true;
  fresh.config = 0;
  fresh.slot = slot;
  first = std::move(fresh);
  Host(event.host).replicas.push_back({shard.slot, slot});
}

// A voter is known before it is created.
void Ghost::Update(const ReplicaCreated& event) {
  ShardGhost& shard = Shard(event.who.shard);
  if (shard.Find(event.who.replica) != nullptr) return;
  newest_at_.reset();
  ReplicaGhost& replica = shard.replicas.emplace_back();
  replica.key = event.who;
  replica.host = event.host;
  replica.slot = static_cast<uint32_t>(shard.replicas.size() - 1);
  Host(event.host).replicas.push_back({shard.slot, replica.slot});
}

void Ghost::Update(const HostStarted& event) {
  HostGhost& host = Host(event.host);
  PutInLimbo(host);  // Without effect after a crash; a graceful stop raises no HostCrashed.
  host.up = true;
  host.incarnation = event.incarnation;
  host.corruption_reported = false;
}

void Ghost::Update(const HostCrashed& event) {
  HostGhost& host = Host(event.host);
  PutInLimbo(host);
  host.up = false;
  for (const HostGhost::Place& place : host.replicas) {
    ReplicaGhost& replica = shards_[place.shard].replicas[place.replica];
    replica.running = false;
    replica.role = Role::kFollower;
  }
}

void Ghost::Update(const ReplicaStarted& event, Where where, GhostLog recovered) {
  ReplicaGhost& replica = where.replica;
  // A life that a crash cut short in the midst of a message.
  if (handled_.has_value() && handled_->who == event.who) handled_.reset();
  const Index equal = MatchingPrefix(replica.log, recovered, recovered.last());
  KeepLeadershipsBeforeCut(where.shard, replica, equal.next());
  replica.running = true;
  replica.incarnation = event.incarnation;
  replica.role = Role::kFollower;
  replica.state = {event.term, event.vote};
  replica.commit = Index(0);
  replica.applied = Index(0);
  replica.round_term = Term();
  replica.round = 0;
  replica.config = replica.founder ? std::optional<size_t>(0) : std::nullopt;
  for (size_t i = 1; i < where.shard.configs.size(); ++i) {
    const Config& config = where.shard.configs[i];
    if (config.index > event.snapshot || !config.committed) continue;
    const Config* newest = where.shard.ConfigOf(replica);
    if (newest == nullptr || config.index > newest->index) replica.config = i;
  }
  replica.published = event.snapshot;
  // What a crash left and recovery read is on the platter; what it did not read is gone. Not so
  // after a failed sync: what was read may come from a cache that will never be written, so only
  // what was durable before still is, until the rest is written once more.
  const auto in_doubt = [&where, &replica](const WrittenRecord& record) {
    return record.doubtful && !record.settled && record.shard == where.shard.slot &&
           record.replica == replica.slot;
  };
  const std::vector<WrittenRecord>& limbo = Host(replica.host).limbo.records;
  const bool doubtful = std::any_of(limbo.begin(), limbo.end(), in_doubt);
  replica.written = recovered;
  if (!doubtful) {
    replica.durable = recovered;
    replica.durable_state = replica.state;
    replica.durable_marks = {event.commit, event.snapshot, event.base};
  }
  if (replica.intact != kEverythingIntact) {  // What was lost with the damage is seen now.
    lowered_.push_back(where.shard.slot);
    noted_ = true;
  }
  replica.intact = kEverythingIntact;
  replica.state_damaged = false;
  replica.damaged_at_tail = false;
  for (Index index = recovered.base().next(); index <= recovered.last(); ++index) {
    const LogCell cell = recovered.At(index);
    if (where.shard.registry.Find(index, cell.term) == nullptr) {
      where.shard.registry.Insert(index, {cell.term, cell.chain, ReplicaId()});
    }
  }
  replica.log = std::move(recovered);
  for (WrittenRecord& record : Host(replica.host).limbo.records) {
    const bool mine = record.shard == where.shard.slot && record.replica == replica.slot;
    if (mine && !record.doubtful) record.settled = true;
  }
  UpdateDurableMatch(where.shard, replica);
}

void Ghost::Update(const SnapshotPublished& event, Where where) {
  where.replica.published = std::max(where.replica.published, event.index);
  where.replica.machineless = event.metadata;
}

// What a snapshot stands for is the committed log; whatever else the replica held is gone.
void Ghost::Update(const SnapshotInstalled& event, Where where) {
  ReplicaGhost& replica = where.replica;
  const GhostLog& committed = where.shard.committed;
  replica.applied = event.index;
  if (event.at_start) return;
  replica.commit = std::max(replica.commit, event.index);
  if (event.index > committed.last()) return;  // Reported.
  if (replica.log.Holds(event.index, committed.ChainAt(event.index))) return;
  const Index equal = MatchingPrefix(replica.log, committed, event.index);
  KeepLeadershipsBeforeCut(where.shard, replica, equal.next());
  replica.log = Prefix(committed, event.index);
}

void Ghost::Update(const ReplicaStopped&, Where where) {
  where.replica.running = false;
  where.replica.role = Role::kFollower;
}

void Ghost::Update(const TermChanged& event, Where where) {
  where.replica.state = {event.term, event.vote};
}

void Ghost::RecordGrant(ReplicaGhost& replica, const Grant& grant) {
  if (!GrantedTo(replica, grant.term).none()) return;  // The first one stays.
  auto place = replica.grants.end();
  while (place != replica.grants.begin() && std::prev(place)->term > grant.term) --place;
  replica.grants.insert(place, grant);
}

void Ghost::Update(const VoteAnswered& event, Where where) {
  if (event.granted && !event.pre_vote) RecordGrant(where.replica, {event.term, event.candidate});
}

void Ghost::Update(const RoleChanged& event, Where where) {
  ReplicaGhost& replica = where.replica;
  replica.role = event.role;
  if (event.role == Role::kLeader && std::find(event.elected_by.begin(), event.elected_by.end(),
                                               event.who.replica) != event.elected_by.end()) {
    RecordGrant(replica, {event.term, event.who.replica});  // It counted its own vote.
  }
  if (event.role != Role::kLeader || where.shard.LeadershipOf(event.term) != nullptr) return;
  Leadership leadership;
  leadership.term = event.term;
  leadership.replica = event.who.replica;
  leadership.slot = replica.slot;
  leadership.incarnation = event.incarnation;
  leadership.base = replica.log.last();
  auto& all = where.shard.leaderships;
  auto place = all.end();
  while (place != all.begin() && std::prev(place)->term > event.term) --place;
  all.insert(place, std::move(leadership));
}

AppendFacts Ghost::Update(const EntriesAppended& event, Where where) {
  ReplicaGhost& replica = where.replica;
  EntryRegistry& registry = where.shard.registry;
  AppendFacts facts;
  if (event.first <= replica.log.base() || event.first > replica.log.last().next()) {
    facts.gap = true;
    return facts;
  }
  if (event.first <= replica.log.last()) {
    KeepLeadershipsBeforeCut(where.shard, replica, event.first);
    replica.log.CutFrom(event.first);
  }
  Term before = replica.log.TermAt(replica.log.last());
  for (const EntryView& entry : event.entries) {
    const LogCell cell = replica.log.Append(entry);
    const Index index = replica.log.last();
    if (entry.term < before && facts.decreasing.none()) facts.decreasing = index;
    before = entry.term;
    const RegistryRecord* known = registry.Find(index, entry.term);
    if (known == nullptr) {
      if (!event.created && facts.unknown.none()) facts.unknown = index;
      registry.Insert(index,
                      {entry.term, cell.chain, event.created ? event.who.replica : ReplicaId()});
    } else if (event.created && facts.created_again.none()) {
      facts.created_again = index;
      facts.known = *known;
    } else if (known->chain != cell.chain && facts.conflict.none()) {
      facts.conflict = index;
      facts.chain = cell.chain;
      facts.known = *known;
    }
  }
  return facts;
}

void Ghost::Update(const CommitAdvanced& event, Where where) {
  ShardGhost& shard = where.shard;
  ReplicaGhost& replica = where.replica;
  replica.commit = event.index;
  if (!event.leads) return;
  for (auto it = shard.leaderships.rbegin(); it != shard.leaderships.rend(); ++it) {
    if (it->term > event.term) continue;
    if (it->term == event.term && it->slot == replica.slot) {
      it->committed = std::max(it->committed, event.index);
    }
    break;
  }
  const Index top = std::min(event.index, replica.log.last());
  // A leader whose log contradicts what is committed was reported; it must not extend the ghost's.
  if (top <= shard.commit() ||
      !replica.log.Holds(shard.commit(), shard.committed.ChainAt(shard.commit()))) {
    return;
  }
  for (Index index = shard.commit().next(); index <= top; ++index) {
    shard.committed.Push(replica.log.At(index));
  }
  for (size_t i = 1; i < shard.configs.size(); ++i) {
    Config& config = shard.configs[i];
    if (config.committed || config.index > shard.commit()) continue;
    config.committed = shard.committed.Has(config.index, config.term);
    if (!config.committed || config.index <= shard.CommittedConfig().index) continue;
    shard.committed_config = i;
  }
  for (ReplicaGhost& each : shard.replicas) UpdateDurableMatch(shard, each);
}

void Ghost::Update(const ConfigAppended& event, Where where) {
  std::vector<Config>& configs = where.shard.configs;
  for (const Config& known : configs) {
    if (known.index == event.index && known.term == event.term) return;
  }
  Config& config = configs.emplace_back(ConfigOf(event.config));
  config.index = event.index;
  config.term = event.term;
}

void Ghost::Update(const MembershipChanged& event, Where where) {
  const Config* config = where.shard.FindConfig(where.replica, event.index);
  if (config == nullptr) return;
  where.replica.config = static_cast<size_t>(config - where.shard.configs.data());
}

void Ghost::Update(const HostReachable& event) { Host(event.host).reachable = event.reachable; }

void Ghost::KeepLeadershipsBeforeCut(ShardGhost& shard, const ReplicaGhost& replica, Index first) {
  for (Leadership& leadership : shard.leaderships) {
    if (leadership.slot != replica.slot) continue;
    const Index end = leadership.saved_from.none() ? leadership.base.next() : leadership.saved_from;
    if (first >= end) continue;
    std::vector<LogCell> cells;
    for (Index index = first; index < end && index <= replica.log.last(); ++index) {
      cells.push_back(replica.log.At(index));
    }
    cells.insert(cells.end(), leadership.saved.begin(), leadership.saved.end());
    leadership.saved = std::move(cells);
    leadership.saved_from = first;
  }
}

void Ghost::UpdateDurableMatch(ShardGhost& shard, ReplicaGhost& replica) {
  const Index before = replica.durable_match;
  replica.durable_match = MatchingPrefix(replica.durable, shard.committed, replica.intact);
  if (replica.durable_match < before) {
    lowered_.push_back(shard.slot);
    noted_ = true;
  }
}

}  // namespace ww::checks
