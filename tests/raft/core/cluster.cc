#include "tests/raft/core/cluster.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft::test {

namespace {
constexpr size_t kDeliveriesMax = 100'000;  // More than any test needs: the replicas chatter.
}  // namespace

ReplicaConfig TestConfig() {
  ReplicaConfig config;
  config.shard = ShardId(1);
  config.replica = ReplicaId(1);
  config.election_timeout = kElectionTimeout;
  config.heartbeat_interval = kHeartbeatInterval;
  return config;
}

Member MemberOf(uint64_t replica) {
  return {ReplicaId(replica), HostId(replica), fmt::format("host-{}", replica)};
}

Membership VotersOf(const std::vector<uint64_t>& replicas) {
  Membership membership;
  for (const uint64_t replica : replicas) {
    membership.voters.push_back(MemberOf(replica));
  }
  return membership;
}

std::vector<Entry> LogOf(const std::vector<uint64_t>& terms) {
  std::vector<Entry> entries;
  for (const uint64_t term : terms) {
    entries.push_back({Term(term), EntryType::kCommand, Payload::Copy("p")});
  }
  return entries;
}

RecoveredState DiskOf(const HardState& hard_state, const std::vector<uint64_t>& log_terms) {
  RecoveredState disk;
  disk.hard_state = hard_state;
  disk.entries = LogOf(log_terms);
  return disk;
}

Cluster::Cluster(ReplicaConfig config, Membership membership)
    : config_(config), membership_(std::move(membership)) {
  draw_ = [](ReplicaId id) {
    return kElectionTimeout + Milliseconds(static_cast<int64_t>(id.value % 10) * 100);
  };
  for (const Member& member : MembersOf(membership_)) {
    RecoveredState disk;
    disk.membership = membership_;
    Load(member.replica, std::move(disk));
  }
}

void Cluster::Load(ReplicaId id, RecoveredState disk) {
  disk.membership = membership_;
  Node& node = nodes_[id];
  node.disk = std::move(disk);
  node.writes.clear();
  node.reports.clear();
  Start(id);
}

void Cluster::Join(ReplicaId id) {
  CHECK(nodes_.count(id) == 0 || !alive(id));
  nodes_[id] = Node{};
  Start(id);
}

void Cluster::Start(ReplicaId id) {
  ReplicaConfig config = config_;
  config.replica = id;
  Node& node = nodes_.at(id);
  node.applied = node.disk.snapshot.index;
  node.memberships = {{node.applied, node.disk.membership}};
  node.replica = std::make_unique<Replica>(config, node.disk, now_);
  Step(id, ElectionTimeoutDrawn{draw_(id)});
}

const Membership& Cluster::MembershipAt(const Node& node, Index index) {
  auto after = node.memberships.upper_bound(index);
  CHECK(after != node.memberships.begin());
  return (--after)->second;
}

void Cluster::Crash(ReplicaId id) {
  nodes_.at(id).replica.reset();
  nodes_.at(id).writes.clear();
  nodes_.at(id).reports.clear();
}

void Cluster::Restart(ReplicaId id) {
  CHECK(!alive(id));
  Start(id);
}

std::vector<ReplicaId> Cluster::ids() const {
  std::vector<ReplicaId> ids;
  for (const auto& [id, node] : nodes_) ids.push_back(id);
  return ids;
}

void Cluster::Send(std::vector<Message> messages) {
  for (Message& message : messages) {
    if (cuts_.count({message.from, message.to}) > 0) continue;
    network_.push_back(std::move(message));
  }
}

void Cluster::Step(ReplicaId id, Input input) {
  StepAlone(id, std::move(input));
  if (persist_at_once_ && !nodes_.at(id).writes.empty()) Persist(id, nodes_.at(id).writes.size());
  if (apply_at_once_) Apply(id);
}

void Cluster::StepAlone(ReplicaId id, Input input) {
  Node& node = nodes_.at(id);
  Effects& effects = node.replica->Step(now_, std::move(input));
  if (observer_) observer_(id, effects);
  Send({effects.send_now.begin(), effects.send_now.end()});
  std::vector<Message> held(effects.send_after_durable.begin(), effects.send_after_durable.end());
  if (effects.persists() || !node.writes.empty()) {
    node.writes.push_back(
        {effects.hard_state, effects.install, effects.append, std::nullopt, std::move(held),
         effects.append.has_value() ? node.replica->commit() : Index(), std::nullopt});
  } else {
    Send(std::move(held));
  }
  for (const SendSnapshot& what : effects.send_snapshots) {
    transfers_.push_back({id, what, MembershipAt(node, what.position.index)});
  }
  if (effects.install.has_value()) {
    node.applied = effects.install->index;
    node.memberships = {{node.applied, node.replica->membership()}};
    node.writes.back().membership = node.replica->membership();
  }
  if (effects.draw_election_timeout) StepAlone(id, ElectionTimeoutDrawn{draw_(id)});
}

// A change waits until a record says durably that it is committed; one that says only that is
// written when there is none.
void Cluster::Apply(ReplicaId id) {
  Node& node = nodes_.at(id);
  while (node.replica != nullptr && node.applied < node.replica->commit()) {
    const Index next = node.applied.next();
    if (node.replica->EntryAt(next).type != EntryType::kMembership) {
      node.applied = next;
      continue;
    }
    if (node.disk.commit < next) {
      const auto tells = [next](const Write& write) { return write.commit >= next; };
      if (std::any_of(node.writes.begin(), node.writes.end(), tells)) return;
      Write& write = node.writes.emplace_back();
      write.commit = node.replica->commit();
      if (!persist_at_once_) return;
      Persist(id, node.writes.size());
      continue;  // Steps that follow from that may have applied it already.
    }
    node.applied = next;
    StepAlone(id, MembershipApplied{next});
    node.memberships[next] = node.replica->membership();
    if (persist_at_once_ && !node.writes.empty()) Persist(id, node.writes.size());
  }
}

void Cluster::Change(ReplicaId id, const ChangeRequest& change) { Step(id, ProposeChange{change}); }

void Cluster::Propose(ReplicaId id, const std::vector<std::string>& payloads) {
  raft::Propose propose;
  for (const std::string& payload : payloads) {
    propose.entries.push_back({Term(), EntryType::kCommand, Payload::Copy(payload)});
  }
  Step(id, std::move(propose));
}

void Cluster::TakeSnapshot(ReplicaId id, Index index, Index compact_to) {
  Node& node = nodes_.at(id);
  CHECK_LE(index, node.applied);
  const LogPosition position{index, node.replica->EntryAt(index).term};
  Write write;
  write.snapshot =
      CompactedTo{position, std::max(compact_to, node.replica->first_index().previous())};
  // Older than what it started from: such a snapshot is written for nothing.
  write.membership = index < node.memberships.begin()->first ? node.memberships.begin()->second
                                                             : MembershipAt(node, index);
  node.writes.push_back(std::move(write));
  if (persist_at_once_) Persist(id, node.writes.size());
}

void Cluster::EndTransfer(size_t position, const Arrival& arrival) {
  CHECK_LT(position, transfers_.size());
  const Transfer transfer = transfers_[position];
  transfers_.erase(transfers_.begin() + static_cast<ptrdiff_t>(position));
  const SendSnapshot& what = transfer.what;
  const bool arrives =
      arrival.arrives && alive(what.to) && cuts_.count({transfer.from, what.to}) == 0;
  if (arrives)
    Step(what.to, SnapshotReceived{transfer.from, what.term, what.position, transfer.membership});
  if (!arrival.reported || !alive(transfer.from)) return;
  Step(transfer.from, SnapshotStatus{what.to, what.term, what.position, arrives});
}

void Cluster::WriteToDisk(RecoveredState& disk, const Write& write) {
  if (write.hard_state.has_value()) disk.hard_state = *write.hard_state;
  if (write.install.has_value()) {
    disk.snapshot = disk.base = *write.install;
    disk.entries.clear();
    disk.membership = *write.membership;
    disk.commit = std::max(disk.commit, disk.base.index);
  }
  if (write.snapshot.has_value()) {
    if (write.snapshot->snapshot.index <= disk.snapshot.index) return;
    disk.snapshot = write.snapshot->snapshot;
    disk.membership = *write.membership;
    if (write.snapshot->index <= disk.base.index) return;
    const uint64_t dropped = write.snapshot->index - disk.base.index;
    CHECK_LE(dropped, disk.entries.size());
    disk.base = {write.snapshot->index, disk.entries[dropped - 1].term};
    disk.entries.erase(disk.entries.begin(),
                       disk.entries.begin() + static_cast<ptrdiff_t>(dropped));
  }
  if (!write.append.has_value()) {
    disk.commit = std::max(disk.commit, write.commit);
    return;
  }
  CHECK_GT(write.append->first, disk.base.index);
  const size_t kept = write.append->first - disk.base.index - 1;
  CHECK_LE(kept, disk.entries.size());
  CHECK_EQ(write.append->truncates, kept < disk.entries.size());
  disk.entries.resize(kept);
  for (const Entry& entry : write.append->entries) disk.entries.push_back(entry);
  disk.commit = std::max(disk.commit, write.commit);
}

void Cluster::Persist(ReplicaId id, size_t count) {
  Node& node = nodes_.at(id);
  Persisted persisted;
  std::vector<Message> released;
  std::vector<CompactedTo> compactions;
  for (; count > 0 && !node.writes.empty(); --count) {
    Write write = std::move(node.writes.front());
    node.writes.pop_front();
    WriteToDisk(node.disk, write);
    if (write.hard_state.has_value()) persisted.hard_state = write.hard_state;
    if (write.install.has_value()) persisted.installed = write.install;
    if (write.snapshot.has_value()) compactions.push_back(*write.snapshot);
    if (write.append.has_value()) {
      persisted.last = LogPosition{write.append->last(), write.append->entries.back().term};
    }
    for (Message& message : write.held) released.push_back(std::move(message));
  }
  Send(std::move(released));
  if (persisted.last.has_value() || persisted.hard_state.has_value() ||
      persisted.installed.has_value()) {
    node.reports.push_back(persisted);
    if (!report_late_) Report(id, node.reports.size() - 1);
  }
  for (const CompactedTo& compaction : compactions) Step(id, compaction);
  if (apply_at_once_) Apply(id);
}

void Cluster::Report(ReplicaId id, size_t position) {
  std::vector<Persisted>& reports = nodes_.at(id).reports;
  CHECK_LT(position, reports.size());
  const Persisted report = reports[position];
  reports.erase(reports.begin() + static_cast<ptrdiff_t>(position));
  Step(id, report);
}

Index Cluster::FirstUnpersisted(ReplicaId id) const {
  Index first;
  for (const Write& write : nodes_.at(id).writes) {
    if (!write.append.has_value()) continue;
    if (first.none() || write.append->first < first) first = write.append->first;
  }
  return first;
}

void Cluster::ReachDeadline(ReplicaId id) {
  CHECK(!replica(id).NextDeadline().never());
  AdvanceTo(replica(id).NextDeadline());
  Step(id, DeadlineReached{});
}

std::optional<ReplicaId> Cluster::NextDue(LocalTime until) {
  std::optional<ReplicaId> due;
  LocalTime earliest = until;
  for (const ReplicaId id : ids()) {
    if (!alive(id) || replica(id).NextDeadline() > earliest) continue;
    if (due.has_value() && replica(id).NextDeadline() == earliest) continue;
    due = id;
    earliest = replica(id).NextDeadline();
  }
  return due;
}

void Cluster::Pass(Duration length, bool deliver) {
  const LocalTime until = now_ + length;
  if (deliver) DeliverAll();
  while (const std::optional<ReplicaId> due = NextDue(until)) {
    ReachDeadline(*due);
    if (deliver) DeliverAll();
  }
  AdvanceTo(until);
}

void Cluster::Deliver(size_t position) {
  CHECK_LT(position, network_.size());
  Message message = std::move(network_[position]);
  network_.erase(network_.begin() + static_cast<ptrdiff_t>(position));
  const ReplicaId to = message.to;
  if (nodes_.count(to) > 0 && alive(to)) Step(to, Received{std::move(message)});
}

void Cluster::DeliverAll() {
  size_t delivered = 0;
  for (; !network_.empty() || (transfer_at_once_ && !transfers_.empty()); ++delivered) {
    CHECK_LT(delivered, kDeliveriesMax);
    if (!network_.empty()) {
      Deliver(0);
    } else {
      EndTransfer(0, {});
    }
  }
}

void Cluster::Isolate(ReplicaId id) {
  for (const ReplicaId other : ids()) {
    if (other == id) continue;
    Cut(id, other);
    Cut(other, id);
  }
}

ReplicaId Cluster::leader() {
  ReplicaId leader;
  Term highest;
  for (const ReplicaId id : ids()) {
    if (!alive(id) || replica(id).role() != Role::kLeader) continue;
    if (replica(id).term() <= highest) continue;
    leader = id;
    highest = replica(id).term();
  }
  return leader;
}

std::string Cluster::LogText(ReplicaId id) {
  std::string text;
  for (Index index = replica(id).first_index(); index <= replica(id).last_index(); ++index) {
    const Entry& entry = replica(id).EntryAt(index);
    if (!text.empty()) text += ' ';
    text += fmt::format("{}@{}", index, entry.term);
    if (entry.type == EntryType::kMembership) {
      text += "=change";
    } else if (!entry.payload.empty()) {
      text += fmt::format("={}", entry.payload.view());
    }
  }
  return text;
}

}  // namespace ww::raft::test
