// Metadata: the metadata shard's state behind bytes, as a machine is driven.
//
// Deterministic: two that applied the same commands answer and digest the same. Bytes that are no
// command are refused like any other (Refusal::kMalformed).
//
// Suspends: never.
#pragma once

#include <string>
#include <string_view>

#include "raft/meta/state.h"

namespace ww::raft::meta {

// What a query asks for; anything else is answered with nothing.
inline constexpr std::string_view kImageQuery = "";             // The state's bytes (DecodeState).
inline constexpr std::string_view kTextQuery = "text";          // The same for people.
inline constexpr std::string_view kFailoverQuery = "failover";  // Of it: DecodeFailover.
// The state's bytes, or nothing where it is at that version: an image of many shards is large.
std::string ImageUnlessAt(Version version);

class Metadata {
 public:
  // The bytes of a Command; returns those of its Result.
  std::string Apply(std::string_view command);
  std::string Query(std::string_view query) const;

  // Equal states give equal bytes.
  std::string Save() const;
  // False when the bytes are no state; this one then stays as it is.
  bool Load(std::string_view image);

  uint64_t digest() const { return DigestOf(state_); }
  const State& state() const { return state_; }

 private:
  State state_;
};

// Every host, shard, migration and owed cleanup on a line of its own.
std::string TextOf(const State& state);

}  // namespace ww::raft::meta
