#include "raft/store/standing_records.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace ww::raft {
namespace {

bool Before(const StandingOfReplica& a, const ReplicaIdentity& b) {
  return a.who.shard != b.shard ? a.who.shard < b.shard : a.who.replica < b.replica;
}

}  // namespace

const StandingOfReplica* StandingRecords::Find(const ReplicaIdentity& who) const {
  const auto at = std::lower_bound(replicas_.begin(), replicas_.end(), who, Before);
  return at != replicas_.end() && at->who == who ? &*at : nullptr;
}

StandingOfReplica& StandingRecords::At(const ReplicaIdentity& who) {
  const auto at = std::lower_bound(replicas_.begin(), replicas_.end(), who, Before);
  if (at != replicas_.end() && at->who == who) return *at;
  StandingOfReplica standing;
  standing.who = who;
  return *replicas_.insert(at, std::move(standing));
}

void StandingRecords::Note(const RecoveredReplica& recovered) {
  const bool any = !recovered.snapshot.index.none() || recovered.bootstrap.has_value() ||
                   recovered.destroyed || recovered.data_removed;
  if (!any) return;
  StandingOfReplica& standing = At(recovered.who);
  if (!recovered.snapshot.index.none()) {
    standing.snapshot = SnapshotRecord{recovered.snapshot, recovered.base, false};
  }
  standing.bootstrap = recovered.bootstrap;
  standing.destroyed = recovered.destroyed;
  standing.data_removed = recovered.data_removed;
}

void StandingRecords::Note(const LogRecord& record) {
  ++notes_;
  StandingOfReplica& standing = At(record.who);
  if (const auto* snapshot = std::get_if<SnapshotRecord>(&record.body); snapshot != nullptr) {
    const bool older = standing.snapshot.has_value() &&
                       snapshot->position.index < standing.snapshot->position.index;
    // Said again, it must not reset what has been appended since.
    if (!older) standing.snapshot = SnapshotRecord{snapshot->position, snapshot->log_base, false};
  } else if (const auto* bootstrap = std::get_if<BootstrapRecord>(&record.body);
             bootstrap != nullptr) {
    standing.bootstrap = *bootstrap;
  } else if (std::holds_alternative<TombstoneRecord>(record.body)) {
    standing.destroyed = true;
  } else if (std::holds_alternative<DataRemovedRecord>(record.body)) {
    standing.data_removed = true;
    standing.snapshot.reset();
    standing.bootstrap.reset();
  }
}

}  // namespace ww::raft
