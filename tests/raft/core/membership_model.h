// A second implementation of the rules of membership, for tests: a map from ids to facts, written
// from the rules and sharing nothing with raft/core/membership.cc.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "raft/core/membership.h"

namespace ww::raft::model {

struct Seat {
  std::optional<MemberRole> now;   // In the incoming membership.
  std::optional<MemberRole> then;  // In the outgoing half; voters and witnesses only.
  uint64_t host = 0;
  std::string target;  // In lower case, without blanks around it.
};

struct Shard {
  std::map<uint64_t, Seat> seats;  // Members of either half.
  std::set<uint64_t> removed;
  bool joint = false;
};

using Verdict = std::optional<ChangeRefusal>;

std::string Plain(const std::string& target);
Shard FromMembership(const Membership& membership);
// What the rules say to the change; when nothing, `shard` has become its result.
Verdict Judge(Shard& shard, const ChangeRequest& change, Index current);
// Whether `set` (bits by id) is a quorum in every half there is.
bool IsQuorum(const Shard& shard, uint64_t set);

}  // namespace ww::raft::model
