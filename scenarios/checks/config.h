// Config: who belongs to a shard from one change of membership to the next, as checks know it.
//
// Invariants: no list holds an id twice. Without voters it is the membership of one who knows
// nobody: it has no quorum.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "scenarios/checks/events.h"

namespace ww::checks {

struct Config {
  Index index;  // Of the entry that brought it; none: the first one.
  Term term;    // Of that entry.
  bool committed = false;
  std::vector<ReplicaId> voters;
  std::vector<ReplicaId> witnesses;
  std::vector<ReplicaId> outgoing_voters;  // Not empty: joint.
  std::vector<ReplicaId> outgoing_witnesses;
  std::vector<ReplicaId> non_voting;
  std::vector<ReplicaId> removed;

  bool joint() const { return !outgoing_voters.empty(); }
  bool Counts(ReplicaId id) const {
    return In(voters, id) || In(witnesses, id) || In(outgoing_voters, id) ||
           In(outgoing_witnesses, id);
  }
  bool MayLead(ReplicaId id) const { return In(voters, id) || In(outgoing_voters, id); }
  bool IsMember(ReplicaId id) const { return Counts(id) || In(non_voting, id); }
  bool IsWitness(ReplicaId id) const { return In(witnesses, id) || In(outgoing_witnesses, id); }
  bool SameMembers(const Config& other) const;

  // Whether those for whom `holds` holds are a majority, of each half.
  template <class Holds>
  bool HasQuorum(Holds holds) const {
    return Majority(voters, witnesses, holds) &&
           (!joint() || Majority(outgoing_voters, outgoing_witnesses, holds));
  }
  // Whether every quorum has one for whom `holds` holds: the others have none.
  template <class Holds>
  bool MeetsEveryQuorum(Holds holds) const {
    return !HasQuorum([&holds](ReplicaId id) { return !holds(id); });
  }

  // For texts: "2 of 3 voters", and of the outgoing half.
  template <class Holds>
  std::string Tally(Holds holds) const {
    const std::string now = HeldOf(voters, witnesses, holds) + " voters";
    if (!joint()) return now;
    return now + " and " + HeldOf(outgoing_voters, outgoing_witnesses, holds) + " outgoing ones";
  }
  size_t counting() const { return voters.size() + witnesses.size(); }
  size_t quorum() const { return counting() / 2 + 1; }

  static bool In(const std::vector<ReplicaId>& ids, ReplicaId id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  }

 private:
  template <class Holds>
  static std::string HeldOf(const std::vector<ReplicaId>& some,
                            const std::vector<ReplicaId>& others, Holds& holds) {
    const auto held = std::count_if(some.begin(), some.end(), holds) +
                      std::count_if(others.begin(), others.end(), holds);
    return std::to_string(held) + " of " + std::to_string(some.size() + others.size());
  }
  template <class Holds>
  static bool Majority(const std::vector<ReplicaId>& voters,
                       const std::vector<ReplicaId>& witnesses, Holds& holds) {
    size_t held = 0;
    for (const ReplicaId id : voters) held += holds(id) ? 1 : 0;
    for (const ReplicaId id : witnesses) held += holds(id) ? 1 : 0;
    return 2 * held > voters.size() + witnesses.size();
  }
};

Config ConfigOf(const ConfigView& view);
// "voters 1 2, non-voting 3".
std::string Describe(const Config& config);

}  // namespace ww::checks
