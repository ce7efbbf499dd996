// When a controller takes a host for silent.
#include "raft/controller/host_watch.h"

#include <gtest/gtest.h>

namespace ww::raft {
namespace {

LocalTime At(Duration duration) { return LocalTime{} + duration; }

TEST(HostWatch, TakesAHostThatWasNeverHeardForSilentSinceItBegan) {
  HostWatch watch(At(Seconds(10)));
  EXPECT_EQ(watch.Silence(HostId(1), At(Seconds(14))), Seconds(4));
  watch.Known({HostId(1)}, At(Seconds(11)));
  EXPECT_EQ(watch.Silence(HostId(1), At(Seconds(14))), Seconds(4));
  watch.Heard(HostId(1), At(Seconds(13)));
  EXPECT_EQ(watch.Silence(HostId(1), At(Seconds(14))), Seconds(1));
}

TEST(HostWatch, TakesOneThatCameLaterForSilentSinceThen) {
  HostWatch watch(At(Seconds(10)));
  watch.Known({HostId(1)}, At(Seconds(11)));
  watch.Known({HostId(1), HostId(2)}, At(Seconds(60)));
  EXPECT_EQ(watch.Silence(HostId(1), At(Seconds(61))), Seconds(51));
  EXPECT_EQ(watch.Silence(HostId(2), At(Seconds(61))), Seconds(1));
  watch.Known({HostId(1), HostId(2)}, At(Seconds(62)));
  EXPECT_EQ(watch.Silence(HostId(2), At(Seconds(63))), Seconds(3));
}

TEST(HostWatch, MissesAReplicaWhereTheHostSaidLatelyThatItDoesNotLive) {
  HostWatch watch(At(Seconds(10)));
  const auto misses = [&](uint64_t replica, Duration now) {
    return watch.Misses(HostId(1), ShardId(3), ReplicaId(replica), At(now), Seconds(2));
  };
  EXPECT_FALSE(misses(7, Seconds(11))) << "it has said nothing";
  watch.Described(
      HostId(1), At(Seconds(12)),
      {DiskId(5), Incarnation(1), {{ShardId(2), ReplicaId(8)}, {ShardId(3), ReplicaId(7)}}});
  EXPECT_FALSE(misses(7, Seconds(13)));
  EXPECT_TRUE(misses(8, Seconds(13)));
  EXPECT_FALSE(misses(8, Seconds(15))) << "that was long ago";
  watch.Described(HostId(1), At(Seconds(16)), {DiskId(5), Incarnation(1), {}});
  EXPECT_TRUE(misses(7, Seconds(17)));
}

}  // namespace
}  // namespace ww::raft
