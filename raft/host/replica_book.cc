#include "raft/host/replica_book.h"

#include <fmt/format.h>

#include <utility>

#include "raft/core/membership_codec.h"
#include "sim/base/check.h"

namespace ww::raft {

namespace {

constexpr uint8_t kDetailsVersion = 1;

}  // namespace

BootstrapRecord RecordOf(const Bootstrap& bootstrap) {
  CHECK_EQ(bootstrap.joins, bootstrap.members.voters.empty());
  BootstrapRecord record;
  CHECK(bootstrap.founded || !bootstrap.joins);
  CHECK(bootstrap.homes.empty() || !bootstrap.joins);
  record.joins = bootstrap.joins;
  record.founded = bootstrap.founded;
  record.role = static_cast<uint8_t>(bootstrap.role);
  ByteWriter out;
  out.Fixed8(kDetailsVersion);
  if (!bootstrap.joins) EncodeMembership(bootstrap.members, out);
  out.Varint(bootstrap.homes.size());
  for (const Home& home : bootstrap.homes) {
    out.Varint(home.replica.value);
    out.Varint(home.disk.value);
  }
  out.Varint(bootstrap.ask.size());
  for (const HostId host : bootstrap.ask) out.Varint(host.value);
  record.details = Payload::Copy(out.view());
  return record;
}

namespace {

// Both lists rise, so that equal bootstraps have equal bytes.
bool ReadHomes(ByteReader& in, std::vector<Home>& homes) {
  const uint64_t count = in.Varint();
  if (!in.ok() || count > kMembersMax) return false;
  ReplicaId previous;
  for (uint64_t i = 0; i < count; ++i) {
    Home home{ReplicaId(in.Varint()), {}};
    home.disk = DiskId(in.Varint());
    if (!in.ok() || home.replica <= previous || home.disk.none()) return false;
    previous = home.replica;
    homes.push_back(home);
  }
  return true;
}

bool ReadHosts(ByteReader& in, std::vector<HostId>& hosts) {
  const uint64_t count = in.Varint();
  if (!in.ok() || count > kAskMax) return false;
  HostId previous;
  for (uint64_t i = 0; i < count; ++i) {
    const HostId host(in.Varint());
    if (!in.ok() || host <= previous) return false;
    previous = host;
    hosts.push_back(host);
  }
  return true;
}

}  // namespace

std::optional<Bootstrap> BootstrapOf(const BootstrapRecord& record) {
  if (record.role > static_cast<uint8_t>(MemberRole::kWitness)) return std::nullopt;
  Bootstrap bootstrap;
  bootstrap.joins = record.joins;
  bootstrap.founded = record.founded;
  bootstrap.role = static_cast<MemberRole>(record.role);
  ByteReader in(record.details.view());
  if (in.Fixed8() != kDetailsVersion) return std::nullopt;
  if (!record.joins) {
    std::optional<Membership> members = DecodeMembership(in);
    if (!members.has_value()) return std::nullopt;
    bootstrap.members = *std::move(members);
  }
  if (!ReadHomes(in, bootstrap.homes) || !ReadHosts(in, bootstrap.ask)) return std::nullopt;
  if (in.remaining() != 0 || (record.joins && !bootstrap.homes.empty())) return std::nullopt;
  return bootstrap;
}

const ReplicaPage* ReplicaBook::Find(const ReplicaIdentity& who) const {
  const auto shard = pages_.find(who.shard);
  if (shard == pages_.end()) return nullptr;
  const auto page = shard->second.find(who.replica);
  return page == shard->second.end() ? nullptr : &page->second;
}

ReplicaPage* ReplicaBook::Find(const ReplicaIdentity& who) {
  return const_cast<ReplicaPage*>(std::as_const(*this).Find(who));
}

ReplicaPage& ReplicaBook::Add(const ReplicaIdentity& who, const Bootstrap& bootstrap) {
  CHECK(!who.shard.none());
  CHECK(!who.replica.none());
  const auto [page, added] = pages_[who.shard].try_emplace(who.replica);
  CHECK(added, "replica {} of shard {} is recorded twice", who.replica, who.shard);
  page->second.bootstrap = bootstrap;
  return page->second;
}

void ReplicaBook::Fence(const ReplicaIdentity& who) {
  CHECK(!who.replica.none());
  ReplicaPage& page = pages_[who.shard][who.replica];
  page.fenced = true;
  page.parked.reset();
}

namespace {

bool AreHosts(const std::vector<HostId>& hosts) {
  HostId previous;
  for (const HostId host : hosts) {
    if (host <= previous) return false;
    previous = host;
  }
  return hosts.size() <= kAskMax;
}

}  // namespace

StartRefusal ReplicaBook::JudgeStart(ShardId shard, HostId host, const StartReplica& action) const {
  CHECK(!shard.none());
  if (action.replica.none()) return {AdminReason::kIdZero, "replica id 0"};
  const ReplicaPage* page = Find({shard, action.replica});
  if (page != nullptr && page->fenced) {
    return {AdminReason::kTombstoned,
            fmt::format("replica {} of shard {} was destroyed here", action.replica, shard)};
  }
  if (action.join && !action.members.empty()) {
    return {AdminReason::kJoinWithMembers, "a joining replica learns its members from the shard"};
  }
  if (!action.ask.empty() && (!action.join || !AreHosts(action.ask))) {
    return {AdminReason::kBadMembers, "hosts to ask are for who joins, few, and in order"};
  }
  if (page == nullptr) return JudgeFirst(shard, host, action);
  const Bootstrap& before = page->bootstrap;
  if ((action.join && !before.joins) || (!action.members.empty() && before.joins)) {
    return {AdminReason::kJoinDiffers,
            before.joins ? "it joined before" : "it did not join before"};
  }
  if (!action.members.empty() && action.members != before.members.voters) {
    return {AdminReason::kMembersDiffer, "it was started with other members before"};
  }
  return {};
}

// Of an identity that this host has no record of.
StartRefusal ReplicaBook::JudgeFirst(ShardId shard, HostId host, const StartReplica& action) const {
  for (const Entry& other : Of(shard)) {
    if (other.page->fenced) continue;
    return {AdminReason::kOtherRecorded,
            fmt::format("data of replica {} of the shard is kept here", other.who.replica)};
  }
  if (action.join) return {};
  if (action.members.empty()) {
    return {AdminReason::kNoMembers,
            fmt::format("nothing is kept of replica {} of shard {}", action.replica, shard)};
  }
  Membership members;
  members.voters = action.members;
  const std::string_view defect = Defect(members);
  if (!defect.empty()) return {AdminReason::kBadMembers, std::string(defect)};
  const Member* own = FindMember(members, action.replica);
  if (own == nullptr || own->host != host) {
    return {AdminReason::kNotAMember,
            fmt::format("the members have no replica {} on host {}", action.replica, host)};
  }
  return {};
}

std::vector<ReplicaBook::Entry> ReplicaBook::Of(ShardId shard) const {
  std::vector<Entry> all;
  const auto at = pages_.find(shard);
  if (at == pages_.end()) return all;
  for (const auto& [replica, page] : at->second) all.push_back({{shard, replica}, &page});
  return all;
}

std::vector<ReplicaBook::Entry> ReplicaBook::All() const {
  std::vector<Entry> all;
  for (const auto& [shard, replicas] : pages_) {
    for (const auto& [replica, page] : replicas) all.push_back({{shard, replica}, &page});
  }
  return all;
}

}  // namespace ww::raft
