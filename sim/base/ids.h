// Tagged integers: ids and indices that cannot be mixed up.
//
// Host, shard, replica and client are words of both sides and live here. What only one side knows
// (term, index) is tagged in its own room with the same template.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <utility>

namespace ww {

// A uint64_t that is only comparable with its own kind. Zero means "none" for every id.
template <class Tag>
struct Tagged {
  uint64_t value = 0;

  constexpr Tagged() = default;
  constexpr explicit Tagged(uint64_t raw) : value(raw) {}

  constexpr auto operator<=>(const Tagged&) const = default;
  constexpr bool none() const { return value == 0; }
  constexpr Tagged next() const { return Tagged(value + 1); }
  // The predecessor. Requires: not zero.
  constexpr Tagged previous() const { return Tagged(value - 1); }
  constexpr Tagged operator+(uint64_t n) const { return Tagged(value + n); }
  // Requires: n <= value.
  constexpr Tagged operator-(uint64_t n) const { return Tagged(value - n); }
  // Distance. Requires: other <= *this.
  constexpr uint64_t operator-(Tagged other) const { return value - other.value; }
  Tagged& operator++() {
    ++value;
    return *this;
  }

  template <class H>
  friend H AbslHashValue(H h, Tagged id) {
    return H::combine(std::move(h), id.value);
  }
};

using HostId = Tagged<struct HostTag>;              // A simulated machine; 1, 2, ... in a world.
using ShardId = Tagged<struct ShardTag>;            // One Raft group.
using ReplicaId = Tagged<struct ReplicaTag>;        // A member of a shard, unique in it for ever.
using ClientId = Tagged<struct ClientTag>;          // A client of the workload.
using Incarnation = Tagged<struct IncarnationTag>;  // One life of the process on a host; 1, 2, ...

}  // namespace ww

template <class Tag>
struct fmt::formatter<ww::Tagged<Tag>> : fmt::formatter<uint64_t> {
  template <class Context>
  auto format(ww::Tagged<Tag> id, Context& context) const {
    return fmt::formatter<uint64_t>::format(id.value, context);
  }
};
