#include "raft/host/founding.h"

#include <algorithm>
#include <map>
#include <utility>

#include "raft/core/membership.h"
#include "raft/host/host_state.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

// Claims are repeated after a quarter of an election timeout, then half of it, and so on.
constexpr int64_t kClaimsPerTimeout = 4;
constexpr uint32_t kDoublingsMax = 5;

bool Contains(const std::vector<HostId>& hosts, HostId host) {
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

bool Has(const std::vector<Member>& members, HostId host) {
  return std::any_of(members.begin(), members.end(),
                     [host](const Member& member) { return member.host == host; });
}

}  // namespace

// A majority of the others: any two of them meet.
size_t GrantsNeeded(size_t members) {
  CHECK_GT(members, 0u);
  const size_t others = members - 1;
  return others == 0 ? 0 : others / 2 + 1;
}

// --- Claiming ---

void Host::State::BeginFounding(const ReplicaIdentity& who, std::optional<AdminCall> call) {
  CHECK(FoundingOf(who) == nullptr);
  const ReplicaPage* page = book_.Find(who);
  CHECK(page != nullptr);
  CHECK(!page->bootstrap.founded && page->parked.has_value());
  foundings_.push_back(Founding{who, {}, call, !call.has_value() && PlacedByService(who)});
  EndFoundingIfLetIn(who);
}

bool Host::State::PlacedByService(const ReplicaIdentity& who) const {
  return std::any_of(config_.shards.begin(), config_.shards.end(),
                     [&who](const ShardPlacement& placement) {
                       return placement.shard == who.shard && placement.replica == who.replica &&
                              placement.placed_by_service;
                     });
}

Founding* Host::State::FoundingOf(const ReplicaIdentity& who) {
  const auto at = std::find_if(foundings_.begin(), foundings_.end(),
                               [&who](const Founding& one) { return one.who == who; });
  return at == foundings_.end() ? nullptr : &*at;
}

// One message a host, whatever it shares with this one.
void Host::State::SendClaims() {
  founding_due_ = LocalTime::Never();
  const auto claims = [](const Founding& founding) { return !founding.by_service; };
  if (std::none_of(foundings_.begin(), foundings_.end(), claims)) return;
  const int64_t waits = int64_t{1} << std::min(claims_sent_++, kDoublingsMax);
  founding_due_ = now_ + config_.election_timeout / kClaimsPerTimeout * waits;
  std::map<HostId, std::vector<ReplicaIdentity>> claimed;
  for (const Founding& founding : foundings_) {
    if (!claims(founding)) continue;
    for (const Member& member : book_.Find(founding.who)->bootstrap.members.voters) {
      if (member.host == host_ || Contains(founding.granted, member.host)) continue;
      claimed[member.host].push_back(founding.who);
    }
  }
  for (auto& [host, identities] : claimed) {
    auto claim = std::make_unique<FoundingClaim>();
    claim->from_host = host_;
    claim->disk = log_->tail().disk;
    claim->claimed = std::move(identities);
    transport_.Send(host, std::move(claim));
  }
}

// --- Judging the claims of others ---

void Host::State::OnFoundingClaim(const FoundingClaim& claim) {
  if (claim.from_host.none() || claim.from_host == host_ || claim.disk.none()) {
    COVER("host.stray_message");
    return;
  }
  auto answer = std::make_unique<FoundingVerdict>();
  answer->from_host = host_;
  answer->disk = claim.disk;
  for (const ReplicaIdentity& who : claim.claimed) {
    const std::optional<JudgedClaim> judged = JudgeClaim(who, claim.from_host, claim.disk);
    if (judged.has_value()) answer->judged.push_back(*judged);
  }
  if (answer->judged.empty()) return;
  // Also a place that was given before may have been so in a record that is on its way yet.
  if (queue_.newest() <= durable_record_) {
    transport_.Send(claim.from_host, std::move(answer));
  } else {
    owed_verdicts_.push_back({queue_.newest(), claim.from_host, std::move(answer)});
  }
}

// Only an initial member can speak for the place of another: who came later does not know who was
// there before. But whoever has applied a removal may tell of it.
std::optional<JudgedClaim> Host::State::JudgeClaim(const ReplicaIdentity& claimed, HostId from,
                                                   DiskId disk) {
  for (const ReplicaBook::Entry& entry : book_.Of(claimed.shard)) {
    if (entry.page->fenced) continue;
    const Slot* slot = SlotOf(claimed.shard);
    if (slot != nullptr && IsRemoved(slot->replica.membership(), claimed.replica)) {
      return JudgedClaim{claimed, Verdict::kRemoved, {}};
    }
    const Member* member = FindMember(entry.page->bootstrap.members, claimed.replica);
    if (member == nullptr || member->host != from) continue;
    const DiskId bound_to = Bind(entry.who, claimed.replica, disk);
    if (bound_to == disk) return JudgedClaim{claimed, Verdict::kGranted, disk};
    COVER("host.claim_refused");
    return JudgedClaim{claimed, Verdict::kOtherDisk, bound_to};
  }
  return std::nullopt;
}

// The disk that the member's place was given to: the first that claimed it.
DiskId Host::State::Bind(const ReplicaIdentity& own, ReplicaId member, DiskId disk) {
  ReplicaPage* page = book_.Find(own);
  std::vector<Home>& homes = page->bootstrap.homes;
  const auto at =
      std::lower_bound(homes.begin(), homes.end(), member,
                       [](const Home& home, ReplicaId wanted) { return home.replica < wanted; });
  if (at != homes.end() && at->replica == member) return at->disk;
  homes.insert(at, Home{member, disk});
  Slot* slot = AnySlotOf(own.shard);
  if (slot != nullptr && slot->who != own) slot = nullptr;
  const uint64_t number = queue_.Push(slot == nullptr ? kNoSlot : slot->number,
                                      LogRecord{own, RecordOf(page->bootstrap)});
  if (slot != nullptr) slot->newest_record = number;
  return disk;
}

void Host::State::SendOwedVerdicts() {
  size_t sent = 0;
  for (; sent < owed_verdicts_.size(); ++sent) {
    OwedVerdict& owed = owed_verdicts_[sent];
    if (owed.after_record > durable_record_) break;
    transport_.Send(owed.to, std::move(owed.verdict));
  }
  owed_verdicts_.erase(owed_verdicts_.begin(),
                       owed_verdicts_.begin() + static_cast<ptrdiff_t>(sent));
}

// --- Being judged ---

// A member says nothing of a place that a service keeps, nor the other way round.
void Host::State::OnFoundingVerdict(HostId from, const FoundingVerdict& verdict) {
  if (verdict.disk != log_->tail().disk) {
    COVER("host.verdict_of_other_disk");
    return;
  }
  for (const JudgedClaim& judged : verdict.judged) {
    Founding* founding = FoundingOf(judged.who);
    if (founding == nullptr || founding->by_service != (from == host_)) continue;
    if (judged.verdict != Verdict::kGranted) {
      GiveUpFounding(judged);
    } else if (founding->by_service) {
      EndFounding(judged.who);
    } else if (Has(book_.Find(judged.who)->bootstrap.members.voters, verdict.from_host) &&
               !Contains(founding->granted, verdict.from_host)) {
      founding->granted.push_back(verdict.from_host);
      EndFoundingIfLetIn(judged.who);
    }
  }
}

void Host::State::EndFoundingIfLetIn(const ReplicaIdentity& who) {
  const Founding& founding = *FoundingOf(who);
  const size_t voters = book_.Find(who)->bootstrap.members.voters.size();
  if (!founding.by_service && founding.granted.size() >= GrantsNeeded(voters)) EndFounding(who);
}

// The replica begins to take part.
void Host::State::EndFounding(const ReplicaIdentity& who) {
  const Founding founding = *FoundingOf(who);
  Bootstrap& bootstrap = book_.Find(who)->bootstrap;
  CHECK(!bootstrap.founded);
  ForgetFounding(who);
  bootstrap.founded = true;
  observer_.On(ReplicaCreated{who, false, bootstrap.members.voters});
  to_record_.push_back(who);
  Announce(who, *book_.Find(who)->parked);
  StartParked(who);
  if (!founding.call.has_value()) return;
  Owe(*founding.call, "started");
  if (queue_.newest() <= durable_record_) PayOwed();
}

// What the identity promised is on another disk, or nowhere. It never takes part on this one.
void Host::State::GiveUpFounding(const JudgedClaim& judged) {
  COVER("host.founding_refused");
  const std::optional<AdminCall> call = FoundingOf(judged.who)->call;
  const char* keepers = FoundingOf(judged.who)->by_service ? "records" : "members";
  const bool removed = judged.verdict == Verdict::kRemoved;
  const std::string why =
      removed
          ? fmt::format("replica {} of shard {} was removed from it", judged.who.replica,
                        judged.who.shard)
          : fmt::format("the {} of shard {} know replica {} on disk {}, this is disk {}", keepers,
                        judged.who.shard, judged.who.replica, judged.bound_to, log_->tail().disk);
  observer_.On(ReplicaStopped{judged.who, absl::FailedPreconditionError(why)});
  Destroy(judged.who);
  if (call.has_value()) {
    Refuse(*call, removed ? AdminReason::kTombstoned : AdminReason::kOtherDisk, why);
  }
}

void Host::State::ForgetFounding(const ReplicaIdentity& who) {
  std::erase_if(foundings_, [&who](const Founding& one) { return one.who == who; });
}

}  // namespace ww::raft
