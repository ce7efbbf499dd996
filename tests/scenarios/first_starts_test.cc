// Which promises the budget of faults keeps.
#include "scenarios/bind/first_starts.h"

#include <gtest/gtest.h>

#include "faults/budget.h"

namespace ww::scenarios {
namespace {

constexpr ShardId kShard(1);
constexpr uint64_t kIdentity = 7;

// Five instances on hosts 1..5; nothing else has a quorum.
class FirstStartsTest : public testing::Test, public faults::QuorumView {
 protected:
  FirstStartsTest() {
    starts.Supervise(kShard, {HostId(1), HostId(2), HostId(3), HostId(4), HostId(5)});
  }
  std::vector<faults::QuorumGroup> Groups() const override {
    std::vector<faults::QuorumGroup> groups = starts.Groups();
    for (faults::QuorumGroup& group : starts.Awaited()) groups.push_back(std::move(group));
    return groups;
  }
  bool Intact(ShardId, HostId) const override { return true; }
  std::optional<HostId> LeaderHost(ShardId) const override { return std::nullopt; }

  void Hold(uint64_t host, uint64_t creator, uint64_t identity = kIdentity) {
    starts.Holds(kShard, HostId(host), HostId(creator), identity);
  }
  bool MayForget(uint64_t host) const {
    return faults::CheckBudget(*this, {}, {HostId(host)}).within;
  }
  bool MayBreak(uint64_t host) const {
    return faults::CheckBudget(*this, {}, {HostId(host)}, faults::Harm::kForGood).within;
  }
  FirstStarts starts;
};

TEST_F(FirstStartsTest, WhoHoldsToNothingMayLoseItsDisk) {
  EXPECT_TRUE(starts.Awaits(kShard));
  for (uint64_t host = 1; host <= 5; ++host) EXPECT_TRUE(MayForget(host));
}

TEST_F(FirstStartsTest, WhileTheCreatorHoldsToItOnlyTheCreatorMayForget) {
  for (const uint64_t host : {2, 3, 4}) Hold(host, 2);
  EXPECT_TRUE(MayForget(2));
  EXPECT_FALSE(MayForget(3));
  EXPECT_FALSE(MayForget(4));
  EXPECT_TRUE(MayForget(5));
  starts.Wiped(HostId(2));
  starts.WentDown(HostId(2));
  EXPECT_TRUE(MayForget(3));
  EXPECT_TRUE(MayForget(4));
}

TEST_F(FirstStartsTest, WhoeverAskedMayBeAboutToHoldToItInThisLife) {
  for (const uint64_t host : {3, 4, 5}) Hold(host, 2);
  for (const uint64_t host : {3, 4, 5}) EXPECT_FALSE(MayForget(host));
  EXPECT_TRUE(MayForget(2));
  starts.WentDown(HostId(2));
  for (const uint64_t host : {3, 4, 5}) EXPECT_TRUE(MayForget(host));
}

TEST_F(FirstStartsTest, OnceItIsCreatedMoreThanHalfMustRemember) {
  for (const uint64_t host : {2, 3, 4}) Hold(host, 2);
  starts.Created(kShard, HostId(2));
  EXPECT_FALSE(starts.Awaits(kShard));
  for (const uint64_t host : {2, 3, 4}) EXPECT_FALSE(MayForget(host));
  Hold(5, 2);
  for (const uint64_t host : {2, 3, 4, 5}) EXPECT_TRUE(MayForget(host));
  starts.Wiped(HostId(2));
  for (const uint64_t host : {3, 4, 5}) EXPECT_FALSE(MayForget(host));
}

TEST_F(FirstStartsTest, NoDiskBreaksBeforeItIsCreatedOnIt) {
  for (uint64_t host = 1; host <= 5; ++host) EXPECT_FALSE(MayBreak(host));
  EXPECT_TRUE(MayBreak(6));
  for (const uint64_t host : {2, 3, 4, 5}) Hold(host, 2);
  starts.Created(kShard, HostId(2));
  EXPECT_TRUE(MayBreak(3)) << "its members are kept from now on";
}

TEST_F(FirstStartsTest, WhatIsGivenUpCountsNoMore) {
  for (const uint64_t host : {2, 3, 4}) Hold(host, 2);
  starts.WentDown(HostId(2));
  for (const uint64_t host : {2, 3}) Hold(host, 3, 8);
  EXPECT_FALSE(MayForget(2));  // It holds to what host 3 may create.
  EXPECT_TRUE(MayForget(3));
  EXPECT_TRUE(MayForget(4));  // Nobody creates what it holds to.
}

}  // namespace
}  // namespace ww::scenarios
