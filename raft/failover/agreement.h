// Agreement: what the instances of a replicaset say to the one that wants to create its shard.
//
// Each instance holds to one (creator, identity), durably, before it says so. More than half of
// them agreeing, and nobody who is connected dissenting, create. Two such sets have an instance in
// common, so that one identity is created at most: also when an operator edits priorities while a
// first start is stuck, and two instances are chosen one after the other.
//
// A promise is given up in two cases, and in both nobody can create any more what it was made for.
// Its holder is invited into the shard, and the creator that it waited for has joined that, or is
// itself. Or it is asked to by the instance that its configuration now chooses, which has heard
// everybody, found nobody with data, and knows that the creator does not hold to it either: because
// that one gave it up, or has lost its disk, and what it may have created with it. What others gave
// something up for is created only when all instances together agree (README.md has the argument).
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
  // Others may have given up something for it: only all instances together create it.
  bool by_all = false;
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
  HostId self;
  bool creating = false;  // It has all that it needs, and has begun.
};
struct Asked {
  HostId asking;
  ShardIdentity identity;  // None: it is only asked who it is.
  // Everybody was heard, and nobody has data.
  bool by_all = false;
  std::vector<ShardIdentity> given_up;  // By their creators.
};
struct Answer {
  Stance stance;
  std::optional<Promise> promise;  // To be kept before the stance is told, and to be durable then.
};
Answer AnswerTo(const OwnState& own, const Asked& asked);

// Whether one that was invited may join: hosts in `joined` have data of the shard of this identity.
bool MayJoin(const OwnState& own, ShardIdentity identity, const std::vector<HostId>& joined);

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

// What instances hold to, and its creator, who answered, does not. Sorted.
std::vector<ShardIdentity> GivenUp(const std::vector<PeerStance>& stances);
// Everybody answered, and nobody has data.
bool AllWithoutData(const std::vector<PeerStance>& stances);

// Of the answers of everybody who was connected when `mine` was asked for, the creator itself
// included. Who was connected and is silent may dissent: it counts like nobody, and nothing is
// created.
Outcome JudgeStances(const Promise& mine, uint32_t needed, const std::vector<PeerStance>& stances);

}  // namespace ww::raft::failover
