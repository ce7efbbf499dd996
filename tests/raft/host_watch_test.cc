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

}  // namespace
}  // namespace ww::raft
