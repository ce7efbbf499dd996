// Bootstrap of supervised replicasets: who creates their shards, with whose agreement, and that it
// comes about (bootstrap-priority, bootstrap-single, bootstrap-no-fallback, bootstrap-liveness).
//
// The choice is made here a second time, from the configuration as it was written
// (priority_rank.h). What instances promised, which of them have data and who has ever
// started is ghost state: a host's word for what it has just written down, and its bootstrap
// records with the syncs of their file.
//
// And acked-kept of what clients write meanwhile: a command that stands in the log before a change
// that makes more than half of the instances voters was taken too early, since all that
// acknowledged it can be lost with fewer disks than a shard of that size must survive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "scenarios/checks/bootstrap_events.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class BootstrapChecks {
 public:
  BootstrapChecks(Reporter& reporter, Duration election_timeout)
      : reporter_(reporter), election_timeout_(election_timeout) {}

  void On(const ReplicasetSupervised& event);
  void On(const HostStarted& event);
  void On(const HostCrashed& event);
  void On(const HostWiped& event);
  void On(const BootstrapRecalled& event);
  void On(const BootstrapPromised& event);
  void On(const BootstrapBegun& event);
  void On(const BootstrapJoined& event);
  void On(const ReplicaCreated& event);
  void On(const ReplicaStarted& event);
  void On(const RecordWritten& event);
  void On(const FileSynced& event);
  void On(const MembershipChanged& event);
  void On(const EntryApplied& event) {
    if (!sets_.empty() && event.command.has_value()) JudgeCommand(event);
  }
  void On(const PhaseBegan& event);
  void On(const TimePassed& event);

 private:
  struct Instance {
    std::string name;
    HostId host;
    bool counts = false;  // As a connection: neither anonymous nor isolated.
    bool anonymous = false;
  };
  struct Promise {
    HostId creator;
    uint64_t identity = 0;
    friend bool operator==(const Promise&, const Promise&) = default;
  };
  struct Write {
    uint32_t file = 0;
    uint64_t end = 0;
  };
  // One shard on one host.
  struct HostState {
    bool started = false;  // Ever.
    bool up = false;
    bool data = false;             // Durably, or read back.
    bool agreed_to = false;        // It began to create, in this life of its process.
    std::optional<HostId> choice;  // Of the configuration that it has now.
    std::optional<Promise> promise;
    bool replaced = false;       // It had promised something else before.
    std::vector<Write> written;  // Bootstrap records that are not synced yet.
  };
  struct Creation {
    HostId host;
    uint64_t identity = 0;
    bool uncertain = false;  // A crash came before that was known to be durable.
  };
  struct Replicaset {
    std::vector<Instance> instances;
    absl::btree_map<HostId, HostState> hosts;
    std::optional<Creation> begun;
    bool created = false;              // A replica that did not join was made.
    std::vector<ReplicaId> anonymous;  // Replicas that were made on hosts of such instances.
    // The change that first made enough of them voters; none: it is still to come.
    std::optional<Index> writable;
    Duration connect_timeout;
    std::optional<TrueTime> deadline;
  };

  static std::optional<HostId> ChoiceOf(const ReplicasetSupervised& event);
  void JudgeVoters(const MembershipChanged& event, const Replicaset& set);
  static bool AllChooseAlike(const Replicaset& set);
  std::string DefectOfChange(const Replicaset& set, HostId host) const;
  void Hold(ShardId shard, Replicaset& set, HostId host, const Promise& promise);
  Replicaset* Find(ShardId shard);
  static size_t Needed(const Replicaset& set);
  void JudgeCommand(const EntryApplied& event);
  void JudgeCreator(ShardId shard, const Replicaset& set, HostId host);
  std::string DefectOf(const Replicaset& set, const BootstrapBegun& event) const;

  Reporter& reporter_;
  const Duration election_timeout_;
  absl::btree_map<ShardId, Replicaset> sets_;
};

}  // namespace ww::checks
