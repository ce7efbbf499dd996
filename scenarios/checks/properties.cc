#include "scenarios/checks/properties.h"

#include <iterator>

#include "sim/base/check.h"

namespace ww::checks {

namespace {

// By name.
constexpr Property kProperties[] = {
    {"ack-honesty", PropertyKind::kSafety,
     "What a message claims is true on stable storage when it leaves: accepted entries, a "
     "granted "
     "vote, the last entry of a campaign, a leader's own copy."},
    {"acked-kept", PropertyKind::kSafety,
     "A command answered as completed at an index is the committed entry there, to the end."},
    {"anonymous-no-vote", PropertyKind::kSafety,
     "An anonymous instance of a supervised replicaset never has a vote, so it never leads."},
    {"apply-deterministic", PropertyKind::kSafety,
     "Replicas that applied an index have the same state and gave the same response."},
    {"apply-once", PropertyKind::kSafety, "A state machine applies every index once."},
    {"balance-settles", PropertyKind::kLiveness,
     "After healing, replicas and leaders are no longer moved for balance when nothing has changed "
     "any load within the bound."},
    {"bootstrap-liveness", PropertyKind::kLiveness,
     "With all instances up and connected and nobody dissenting, a supervised shard is created."},
    {"bootstrap-no-fallback", PropertyKind::kSafety,
     "Nothing is created while the chosen instance has never been started."},
    {"bootstrap-priority", PropertyKind::kSafety,
     "Who creates a supervised shard is the choice over its configuration."},
    {"bootstrap-single", PropertyKind::kSafety,
     "A supervised shard is created once, by nobody with data, and only as enough instances agree; "
     "each agrees once for ever."},
    {"commit-apply-monotonic", PropertyKind::kSafety,
     "In one life commit and applied never decrease, applied <= commit, and apply skips "
     "nothing."},
    {"committed-agreement", PropertyKind::kSafety,
     "At most one entry is ever committed, applied or answered at an index."},
    {"committed-durable", PropertyKind::kSafety,
     "Committed entries are durable on so many voters that every quorum holds one of them."},
    {"config-adjacent", PropertyKind::kSafety,
     "One voter changes at a time, or through a joint membership; whoever was removed stays so."},
    {"config-from-log", PropertyKind::kSafety,
     "A replica's membership is that of the newest change among the entries that it applied."},
    {"config-serialised", PropertyKind::kSafety,
     "A leader appends a change only after it committed in its term, and applied those before; "
     "one that names the change that it follows follows no other."},
    {"definite-failure", PropertyKind::kSafety,
     "A request, of a client or to change the membership, that was definitely refused never takes "
     "effect."},
    {"election-safety", PropertyKind::kSafety,
     "At most one replica, in one life, ever leads in a term."},
    {"entry-unique", PropertyKind::kSafety,
     "One entry is ever created for an index and term, by the leader of that term."},
    {"events-in-order", PropertyKind::kSafety,
     "Every change of leader that a replica reports reaches each listener of its host once, in "
     "order, and none after the host's end."},
    {"eventually-commit", PropertyKind::kLiveness,
     "After healing every request is answered within its bound, and shards make progress."},
    {"eventually-leader", PropertyKind::kLiveness,
     "After healing every shard has a leader that can commit within its bound."},
    {"failover-choice", PropertyKind::kSafety,
     "Whom a coordinator appoints is the choice over the eligible instances that answered it last, "
     "or, by an operator, the one named."},
    {"failover-fencing", PropertyKind::kSafety,
     "Terms of coordinators rise; no instance heeds a command that is older than another one."},
    {"failover-gap-bounded", PropertyKind::kLiveness,
     "Somebody may write within the bound after a writer's crash, and after healing."},
    {"failover-lease-order", PropertyKind::kSafety,
     "Nobody is appointed before the leases of others have ended; a lease is recorded before it is "
     "taken."},
    {"failover-mode", PropertyKind::kSafety,
     "Where nobody is appointed a host takes writes only as its configuration lets it; leadership "
     "is handed over only from who may not write to who may."},
    {"failover-no-failback", PropertyKind::kSafety,
     "Who lives and leads is not displaced but by an operator."},
    {"failover-one-writer", PropertyKind::kSafety,
     "At most one instance of a replicaset may write, and only such do."},
    {"follower-commit-legal", PropertyKind::kSafety,
     "A follower takes as committed only what a leader committed, with the same prefix."},
    {"id-allocation-unique", PropertyKind::kSafety,
     "A replica id that was handed out, or that a replica ever had, is never handed out again."},
    {"leader-append-only", PropertyKind::kSafety,
     "A leader never cuts its log and creates entries of its own term only."},
    {"leader-commit-legal", PropertyKind::kSafety,
     "A leader commits an entry of its term only when a quorum of voters holds it durably."},
    {"leader-completeness", PropertyKind::kSafety,
     "A leader holds every entry that a leader of a lower term ever commits."},
    {"leader-stable", PropertyKind::kLiveness,
     "Long after the last disturbance a healthy leader is not replaced."},
    {"lease-exclusive", PropertyKind::kSafety,
     "While a leader may answer reads by lease, nobody commits in a later term."},
    {"linearizable", PropertyKind::kSafety,
     "Clients see one order of operations that respects real time; lost ones may have happened."},
    {"log-matching", PropertyKind::kSafety,
     "Logs with the same index and term are equal up to there; terms never decrease, no gaps."},
    {"log-snapshot-contiguous", PropertyKind::kSafety,
     "Entries are forgotten, in memory and on disk, only when a durable snapshot covers them."},
    {"migration-data-kept", PropertyKind::kSafety,
     "No member is destroyed, and at the end every voter has applied what was acknowledged."},
    {"migration-no-orphan", PropertyKind::kLiveness,
     "After healing, without a migration, members live, who lives is a member, and all have votes, "
     "within the bound."},
    {"migration-once", PropertyKind::kSafety,
     "A migration goes through its steps in order, each recorded when it is so, and ends once."},
    {"migration-plan-fenced", PropertyKind::kSafety,
     "A host that has heeded a controller of one term heeds none of a lower term, in any life."},
    {"migration-promote-caught-up", PropertyKind::kSafety,
     "A migration's new replica is proposed to vote only after a read through it in its present "
     "life, and close to the commit."},
    {"migration-quorum-kept", PropertyKind::kSafety,
     "A change is proposed only with a quorum of live, caught-up voters before it and after it."},
    {"migration-replace-before-remove", PropertyKind::kSafety,
     "A replica is removed only after its replacement's promotion; a shard has as many voters as "
     "it "
     "is meant to have, or one more."},
    {"migration-terminates", PropertyKind::kLiveness,
     "After healing every migration ends, and every joint membership is left, within its bound."},
    {"no-crash", PropertyKind::kSafety,
     "Engine code neither asserts, throws nor trips a sanitizer."},
    {"no-leak", PropertyKind::kLiveness,
     "After healing a removed replica on a reachable host is gone within its bound."},
    {"no-spin", PropertyKind::kLiveness,
     "At rest, messages and disk calls stay below what heartbeats and signs of life take."},
    {"one-replica-per-host", PropertyKind::kSafety,
     "A host never has two live replicas of a shard, also while the first one is unloading."},
    {"progress-sound", PropertyKind::kSafety,
     "A leader takes of a follower's log only what was once equal and durable in its term, and "
     "never takes that back."},
    {"quorum-membership", PropertyKind::kSafety,
     "Who counts towards a decision is a majority of the voters, each once, and did agree."},
    {"read-completes", PropertyKind::kLiveness,
     "After healing every question to read is answered, or refused, within its bound."},
    {"read-fresh", PropertyKind::kSafety,
     "A read sees every entry that was committed before it was asked for."},
    {"recovery-faithful", PropertyKind::kSafety,
     "What is read back at start is at least what was durable and at most what was written."},
    {"removed-stays-removed", PropertyKind::kSafety,
     "Who has applied its own removal never campaigns; who has applied another's hears nothing "
     "from it."},
    {"repair-restores", PropertyKind::kLiveness,
     "After healing lost voters are replaced within the bound where hosts are left."},
    {"replica-catches-up", PropertyKind::kLiveness,
     "After healing every reachable replica applies what is committed within its bound."},
    {"replica-id-unique", PropertyKind::kSafety,
     "A replica id of a shard is created once, on one host and disk, and lives nowhere else."},
    {"role-eligible", PropertyKind::kSafety,
     "Only voters campaign, lead and are handed the leadership, after committed changes are "
     "applied."},
    {"routing-sane", PropertyKind::kSafety, "A replica acts on messages to its own identity only."},
    {"session-exactly-once", PropertyKind::kSafety,
     "A session's command takes effect at most once and every answer to it is the same; the "
     "session "
     "unused for longest is evicted first."},
    {"shard-isolation", PropertyKind::kSafety,
     "A message of one shard changes nothing of another shard on the same host, and a machine that "
     "fails stops no replica but its own."},
    {"snapshot-faithful", PropertyKind::kSafety,
     "A snapshot holds the state and sessions after its index, as every replica has them, and is "
     "durable when it is published."},
    {"snapshot-no-regress", PropertyKind::kSafety,
     "A snapshot is installed only ahead of commit and applied; a log that holds its last entry "
     "keeps what follows."},
    {"stale-message-inert", PropertyKind::kSafety,
     "A message of a lower term, or an order to campaign of an attempt that is over, changes no "
     "term, vote, role, log, commit, progress, lease or transfer."},
    {"term-monotonic", PropertyKind::kSafety,
     "The term of a replica never decreases, in memory or on disk."},
    {"tombstone-fence", PropertyKind::kSafety,
     "What was destroyed on a host is never created or started there again."},
    {"transfer-outcome-true", PropertyKind::kSafety,
     "What is reported of a leadership transfer is what happened."},
    {"transfer-terminates", PropertyKind::kLiveness,
     "After healing every leadership transfer ends within its bound; to a caught-up voter of a "
     "calm "
     "shard it succeeds."},
    {"truncation-legal", PropertyKind::kSafety,
     "A log is cut only by an append of the leader of its term or a later one, at a conflicting "
     "term, and never where it equals what was committed in its term or before."},
    {"vote-once", PropertyKind::kSafety,
     "A replica, in all its lives, votes for one candidate in a term."},
};

}  // namespace

const std::vector<Property>& AllProperties() {
  static const std::vector<Property> properties(std::begin(kProperties), std::end(kProperties));
  return properties;
}

const Property* FindProperty(std::string_view name) {
  for (const Property& property : AllProperties()) {
    if (property.name == name) return &property;
  }
  return nullptr;
}

const Property& PropertyOf(PropertyId id) {
  CHECK_EQ(AllProperties().size(), kPropertyCount);
  return AllProperties()[static_cast<size_t>(id)];
}

}  // namespace ww::checks
