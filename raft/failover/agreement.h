// Agreement: what the instances of a replicaset say to the one that wants to create its shard.
//
// Each instance agrees to at most one (creator, identity) for ever, durably, before it says so.
// More than half of them agreeing, and nobody who is connected dissenting, create. Two such sets
// have an instance in common, so that one identity is created at most: also when an operator edits
// priorities while a first start is stuck, and two instances are chosen one after the other. What
// an instance with a wiped disk had agreed to is forgotten; that is safe once everybody has joined,
// because whoever has data dissents.
//
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "raft/failover/config.h"
#include "sim/base/ids.h"

namespace ww::raft::failover {

// Tells a shard from any other that was created under its number. Never 0.
using ShardIdentity = Tagged<struct ShardIdentityTag>;

// What an instance agreed to.
struct Promise {
  HostId creator;
  ShardIdentity identity;
  // It was invited into the shard, which exists: it never creates, whatever it is asked or chosen.
  bool invited = false;
  friend bool operator==(const Promise&, const Promise&) = default;
};

// Where an instance stands when it is asked.
enum class Standing : uint8_t {
  kFree,           // It has agreed to nobody.
  kPromised,       // To the creator and the identity that the answer names.
  kWaitsForOther,  // By its configuration somebody else creates.
  kHasData,        // The shard exists.
};
inline constexpr Standing kLastStanding = Standing::kHasData;
std::string_view NameOf(Standing standing);

struct Stance {
  Standing standing = Standing::kFree;
  HostId creator;          // Of its promise; none without one.
  ShardIdentity identity;  // Likewise.
  friend bool operator==(const Stance&, const Stance&) = default;
};

// What an instance knows of itself when it is asked.
struct OwnState {
  bool has_data = false;
  std::optional<Promise> promise;
  HostId chosen;  // By its own configuration; none when nobody is.
};
// Whether it has to promise before it answers with the stance that this gives: kFree, and asked to
// agree. `identity` none: it is only asked who it is.
Stance StanceOf(const OwnState& own, HostId asking, ShardIdentity identity);
bool MustPromise(const Stance& stance, ShardIdentity identity);

struct PeerStance {
  HostId host;
  std::optional<Stance> stance;  // None: it has not answered.
};

struct Create {
  std::vector<HostId> agreed;  // The creator included, in order of their ids.
};
struct Dissent {
  HostId host;
  Stance stance;
};
struct TooFew {
  uint32_t agreed = 0;
};
using Outcome = std::variant<Create, Dissent, TooFew>;

// Of the answers of everybody who was connected when `mine` was asked for, the creator itself
// included. Who was connected and is silent may dissent: it counts like nobody, and nothing is
// created.
Outcome JudgeStances(const Promise& mine, uint32_t needed, const std::vector<PeerStance>& stances);

}  // namespace ww::raft::failover
