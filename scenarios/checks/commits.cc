#include "scenarios/checks/commits.h"

#include <algorithm>
#include <string>

namespace ww::checks {

using enum PropertyId;

namespace {

// "1: durable to 7, 2: durable to 5 (differs), ..." for messages about an entry.
std::string DescribeDurable(const ShardGhost& shard, Index index, uint64_t chain) {
  std::string text;
  for (const ReplicaGhost& replica : shard.replicas) {
    const bool differs = index <= replica.durable.last() && !replica.durable.Holds(index, chain);
    text += fmt::format("{}replica {} durable to {}{}", text.empty() ? "" : ", ",
                        replica.key.replica, replica.durable.last(), differs ? " (differs)" : "");
  }
  return text;
}

}  // namespace

void CommitChecks::On(const RoleChanged& event, Ghost::Where where) {
  if (event.role != Role::kLeader) return;
  const ShardGhost& shard = where.shard;
  const Leadership* newest = nullptr;
  for (const Leadership& leadership : shard.leaderships) {
    if (leadership.term >= event.term) break;
    if (newest == nullptr || leadership.committed > newest->committed) newest = &leadership;
  }
  if (newest == nullptr || newest->committed.none()) return;
  reporter_.Count(kLeaderCompleteness);
  const Index index = std::min(newest->committed, shard.commit());
  if (index <= shard.horizon && index <= where.replica.log.last()) return;  // In its snapshot.
  if (where.replica.log.Holds(index, shard.committed.At(index).chain)) return;
  reporter_.Report(kLeaderCompleteness, shard.id,
                   "shard {}: replica {} leads term {} with a log that ends at index {} (term {}), "
                   "but does not hold index {} (term {}), which the leader of term {} committed",
                   shard.id, event.who.replica, event.term, where.replica.log.last(),
                   where.replica.log.At(where.replica.log.last()).term, index,
                   shard.committed.At(index).term, newest->term);
}

void CommitChecks::Before(const CommitAdvanced& event, Ghost::Where where) {
  const ReplicaGhost& replica = where.replica;
  reporter_.Count(kCommitApplyMonotonic);
  if (event.index < replica.commit) {
    reporter_.Report(kCommitApplyMonotonic, event.who.shard,
                     "shard {} replica {}: commit goes to index {}, but was {} in the same life",
                     event.who.shard, event.who.replica, event.index, replica.commit);
  }
  if (event.index > replica.log.last()) {
    reporter_.Report(event.leads ? kLeaderCommitLegal : kFollowerCommitLegal, event.who.shard,
                     "shard {} replica {}: commit goes to index {}, but its log ends at "
                     "{}",
                     event.who.shard, event.who.replica, event.index, replica.log.last());
    return;
  }
  if (event.leads) {
    JudgeLeader(event, where);
  } else {
    JudgeFollower(event, where);
  }
  JudgeAgreement(event, where);
}

void CommitChecks::JudgeLeader(const CommitAdvanced& event, Ghost::Where where) {
  const ShardGhost& shard = where.shard;
  const ReplicaGhost& replica = where.replica;
  reporter_.Count(kLeaderCommitLegal);
  const LogCell cell = replica.log.At(event.index);
  if (replica.role != Role::kLeader || cell.term != replica.state.term) {
    reporter_.Report(kLeaderCommitLegal, shard.id,
                     "shard {}: replica {} commits index {} of term {} by counting, but {} term {}",
                     shard.id, event.who.replica, event.index, cell.term,
                     replica.role == Role::kLeader ? "leads" : "does not lead in its",
                     replica.state.term);
  }
  JudgeCounted(event, where, cell);
  const Config* config = shard.ConfigOf(replica);
  const auto holds = [&](ReplicaId id) { return shard.HoldsDurably(id, event.index, cell.chain); };
  if (config == nullptr || !config->HasQuorum(holds)) {
    reporter_.Report(
        kLeaderCommitLegal, shard.id,
        "shard {}: the leader of term {}, replica {}, commits index {}, but {} hold it "
        "durably and a quorum is {}: {}",
        shard.id, event.term, event.who.replica, event.index,
        config == nullptr ? "none" : config->Tally(holds), config == nullptr ? 0 : config->quorum(),
        DescribeDurable(shard, event.index, cell.chain));
  }
  JudgeLaterLeaders(event, shard, cell);
}

void CommitChecks::JudgeCounted(const CommitAdvanced& event, Ghost::Where where,
                                const LogCell& cell) {
  for (const ReplicaId member : event.counted) {
    const ReplicaGhost* voter = where.shard.Find(member);
    if (voter == nullptr || voter->durable.Holds(event.index, cell.chain)) continue;
    reporter_.Report(kLeaderCommitLegal, where.shard.id,
                     "shard {}: the leader of term {}, replica {}, counts replica {} for index {}, "
                     "which does not hold it durably: {}",
                     where.shard.id, event.term, event.who.replica, member, event.index,
                     DescribeDurable(where.shard, event.index, cell.chain));
    return;
  }
}

void CommitChecks::JudgeLaterLeaders(const CommitAdvanced& event, const ShardGhost& shard,
                                     const LogCell& cell) {
  for (auto it = shard.leaderships.rbegin(); it != shard.leaderships.rend(); ++it) {
    if (it->term <= event.term) break;
    reporter_.Count(kLeaderCompleteness);
    if (event.index <= it->base && shard.LeaderChainAt(*it, event.index) == cell.chain) continue;
    reporter_.Report(kLeaderCompleteness, shard.id,
                     "shard {}: the leader of term {}, replica {}, commits index {}, "
                     "which the leader of term {}, replica {}, did not hold when it was "
                     "elected with a log that ended at {}",
                     shard.id, event.term, event.who.replica, event.index, it->term, it->replica,
                     it->base);
  }
}

void CommitChecks::JudgeFollower(const CommitAdvanced& event, Ghost::Where where) {
  const ShardGhost& shard = where.shard;
  reporter_.Count(kFollowerCommitLegal);
  if (event.index > shard.commit()) {
    reporter_.Report(kFollowerCommitLegal, shard.id,
                     "shard {}: replica {} (term {}) takes index {} as committed, but "
                     "leaders committed up to {} only",
                     shard.id, event.who.replica, event.term, event.index, shard.commit());
    return;
  }
  const LogCell mine = where.replica.log.At(event.index);
  const LogCell committed = shard.committed.At(event.index);
  if (mine.chain == committed.chain) return;
  reporter_.Report(kFollowerCommitLegal, shard.id,
                   "shard {}: replica {} (term {}) takes index {} as committed and holds term {} "
                   "({:016x}) there, but committed is term {} ({:016x})",
                   shard.id, event.who.replica, event.term, event.index, mine.term, mine.chain,
                   committed.term, committed.chain);
}

void CommitChecks::JudgeAgreement(const CommitAdvanced& event, Ghost::Where where) {
  const ShardGhost& shard = where.shard;
  reporter_.Count(kCommittedAgreement);
  const Index index = std::min(event.index, shard.commit());
  if (where.replica.log.ChainAt(index) == shard.committed.ChainAt(index)) return;
  const LogCell committed = shard.committed.At(index);
  const LogCell mine = where.replica.log.At(index);
  reporter_.Report(kCommittedAgreement, shard.id,
                   "shard {}: replica {} commits index {} and holds term {} ({:016x}) at "
                   "index {}, where term {} ({:016x}) was committed before",
                   shard.id, event.who.replica, event.index, mine.term, mine.chain, index,
                   committed.term, committed.chain);
}

// Whoever reads a log was told what is committed, and that it will stay.
void CommitChecks::On(const LogTold& event, const ShardGhost& shard) {
  reporter_.Count(kCommittedAgreement);
  const Index end = event.first + event.entries.size();
  if (end > shard.commit().next()) {
    return reporter_.Report(
        kCommittedAgreement, shard.id,
        "shard {}: host {} tells of index {} as committed, but leaders committed up "
        "to {} only",
        shard.id, event.host, end.value - 1, shard.commit());
  }
  uint64_t chain = shard.committed.ChainAt(Index(event.first.value - 1));
  for (size_t i = 0; i < event.entries.size(); ++i) {
    const Index index = event.first + i;
    // What is forgotten was compared when it was there.
    if (index <= shard.committed.base()) {
      chain = shard.committed.ChainAt(index);
      continue;
    }
    chain = ExtendChain(chain, event.entries[i]);
    if (chain == shard.committed.ChainAt(index)) continue;
    return reporter_.Report(
        kCommittedAgreement, shard.id,
        "shard {}: host {} tells of an entry of term {} at index {} as committed, but "
        "committed there is another one, of term {}",
        shard.id, event.host, event.entries[i].term, index, shard.committed.TermAt(index));
  }
}

void CommitChecks::After(const CommitAdvanced& event, Ghost::Where where) {
  if (event.leads) JudgeHolders(where.shard);
}

void CommitChecks::AfterLoss(const Ghost& ghost) {
  for (const uint32_t slot : ghost.lowered()) JudgeHolders(ghost.shards()[slot]);
}

namespace {

// What is damaged on its disk is held by a replica until it has read back less: while it runs it
// goes by what it wrote, and one that can't read it back must not start at all.
bool Holds(const ReplicaGhost& replica, const ShardGhost& shard) {
  if (replica.durable_match >= shard.commit()) return true;
  if (replica.intact == kEverythingIntact) return false;
  return MatchingPrefix(replica.durable, shard.committed, kEverythingIntact) >= shard.commit();
}

}  // namespace

void CommitChecks::JudgeHolders(const ShardGhost& shard) {
  if (shard.commit().none() || shard.founding) return;
  reporter_.Count(kCommittedDurable);
  const Config& config = shard.CommittedConfig();
  const auto holds = [&shard](ReplicaId id) {
    const ReplicaGhost* replica = shard.Find(id);
    return replica != nullptr && Holds(*replica, shard);
  };
  if (config.MeetsEveryQuorum(holds)) return;
  std::string who;
  for (const ReplicaGhost& replica : shard.replicas) {
    who += fmt::format("{}replica {} to {}", who.empty() ? "" : ", ", replica.key.replica,
                       replica.durable_match);
  }
  reporter_.Report(kCommittedDurable, shard.id,
                   "shard {}: index {} (term {}) is committed, but only {} hold the committed log "
                   "durably that far, so a quorum can miss it: {}",
                   shard.id, shard.commit(), shard.committed.At(shard.commit()).term,
                   config.Tally(holds), who);
}

}  // namespace ww::checks
