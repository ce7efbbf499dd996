// ChangeStorm: replicas that come and go under loss, duplication, late persistence, late
// application, cuts and crashes. Changes of every kind are proposed at random. Asserted at every
// step: one leader a term, one entry an index, leaders that hold what was committed, quorums of
// durable copies; at the end everybody who belongs to the shard agrees on who does.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "tests/raft/core/cluster.h"

namespace ww::raft::test {

class ChangeStorm {
 public:
  ChangeStorm(uint64_t seed, const std::vector<uint64_t>& voters);

  void Run(size_t steps);

  size_t committed() const { return committed_.size(); }
  size_t changes() const { return changes_; }  // Committed ones.
  size_t leaders() const { return leaders_.size(); }
  // Names of the refusals that were given.
  const std::set<std::string>& refusals() const { return refusals_; }

 private:
  // What every replica must hold at an index, with or without its payload.
  struct Fact {
    Term term;
    EntryType type;
    uint64_t digest;
    Term by;  // In which it was first seen committed.
  };
  static Fact FactOf(const Entry& entry, Term by);
  static bool Same(const Fact& a, const Fact& b);

  void Observe(ReplicaId id, const Effects& effects);
  void OnLeader(ReplicaId id, Term term);
  void OnCommit(ReplicaId id, const CommitEffect& commit);

  uint64_t Draw(uint64_t bound);
  ReplicaId Any();
  void Act();
  void OnNetwork();
  void OnDisk(ReplicaId id);
  void OnClock(ReplicaId id);
  void OnChange();
  void StartMembers(ReplicaId leader);
  void RetireRemoved(ReplicaId leader);
  ChangeRequest DrawChange(const Membership& membership);
  ReplicaId DrawMember(const Membership& membership);
  MemberChange DrawMemberChange(const Membership& membership);
  void OnFault(ReplicaId id);
  void Converge();

  uint64_t state_;
  uint64_t next_id_ = 20;
  uint64_t proposals_ = 0;
  size_t changes_ = 0;
  std::map<Term, ReplicaId> leaders_;
  std::vector<Fact> committed_;
  std::set<std::string> refusals_;
  std::set<ReplicaId> retired_;  // Removed, and gone for ever.
  Cluster cluster_;
};

ReplicaConfig ChangeStormConfig();

}  // namespace ww::raft::test
