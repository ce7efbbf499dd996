#include "raft/meta/place.h"

#include "sim/base/check.h"

namespace ww::raft::meta {

PlaceOwner OwnerOf(const State& state, const AskedPlace& place) {
  CHECK(!place.disk.none());
  const ShardRecord* shard = state.shards.Find(place.who.shard);
  if (shard == nullptr) return PlaceOwner::kUnknown;
  const Placement* placement = PlacementOf(*shard, place.who.replica);
  if (placement == nullptr || placement->host != place.host) return PlaceOwner::kNobody;
  if (placement->state == PlacementState::kLeaving) return PlaceOwner::kNobody;
  if (placement->disk.none()) return PlaceOwner::kUnknown;
  return placement->disk == place.disk ? PlaceOwner::kAsker : PlaceOwner::kOtherDisk;
}

}  // namespace ww::raft::meta
