// Whom a leader takes for live when it judges a change of membership.
#include <gtest/gtest.h>

#include "tests/raft/core/lone.h"

namespace ww::raft::test {
namespace {

// What a leader of three voters says when it is to delete the second; nothing when it agrees.
class Asked {
 public:
  Asked() : lone(3) {
    lone.cluster().set_observer([this](ReplicaId, const Effects& effects) {
      if (effects.change_refused.has_value()) refusal = effects.change_refused;
    });
    lone.WinElection();
    lone.Acknowledge(2, 1);
  }
  std::optional<ChangeRefusal> Delete() {
    refusal.reset();
    lone.cluster().Change(kSelf, ChangeRequest{DeleteMember{ReplicaId(2)}});
    return refusal;
  }
  Lone lone;
  std::optional<ChangeRefusal> refusal;
};

// The third may be gone for long: nothing was heard from it since the election, and its vote alone
// does not say what it holds.
TEST(LiveQuorum, WhoConfirmedNothingToANewLeaderIsNotLive) {
  Asked asked;
  ASSERT_EQ(asked.lone.role(), Role::kLeader);
  ASSERT_EQ(asked.lone.commit(), 1u);
  EXPECT_EQ(asked.Delete(), ChangeRefusal::kNoLiveQuorum);
}

TEST(LiveQuorum, WhoConfirmedTheNewestEntriesIs) {
  Asked asked;
  asked.lone.Acknowledge(3, 1);
  EXPECT_EQ(asked.Delete(), std::nullopt);
}

TEST(LiveQuorum, WhoWasNotHeardForAnElectionTimeoutIsNotAnyMore) {
  Asked asked;
  asked.lone.Acknowledge(3, 1);
  asked.lone.cluster().AdvanceTo(asked.lone.cluster().now() + kElectionTimeout);
  asked.lone.Acknowledge(2, 1);
  EXPECT_EQ(asked.Delete(), ChangeRefusal::kNoLiveQuorum);
}

}  // namespace
}  // namespace ww::raft::test
