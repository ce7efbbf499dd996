// Histories that must end in the same place whatever is done to them: every choice of the first
// candidate among logs that went apart, and every exchange or repetition of messages in flight.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/raft/core/cluster.h"

namespace ww::raft::test {
namespace {

using Terms = std::vector<uint64_t>;

// --- Figure 7 of the Raft paper, each of the seven going first ---

struct Held {
  uint64_t term;
  Terms log;
};
const std::vector<Held> kFigureSeven = {
    {7, {1, 1, 1, 4, 4, 5, 5, 6, 6, 6}},
    {6, {1, 1, 1, 4, 4, 5, 5, 6, 6}},
    {4, {1, 1, 1, 4}},
    {6, {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6}},
    {7, {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7}},
    {4, {1, 1, 1, 4, 4, 4, 4}},
    {3, {1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3}},
};

bool UpToDate(const Terms& candidate, const Terms& voter) {
  if (candidate.back() != voter.back()) return candidate.back() > voter.back();
  return candidate.size() >= voter.size();
}

class FirstCandidate : public testing::TestWithParam<uint64_t> {};

TEST_P(FirstCandidate, OfFigureSevenWinsByItsLogAloneAndAllConverge) {
  const uint64_t first = GetParam();
  Cluster cluster(TestConfig(), VotersOf({1, 2, 3, 4, 5, 6, 7}));
  uint64_t supporters = 0;
  for (uint64_t id = 1; id <= 7; ++id) {
    const Held& held = kFigureSeven[id - 1];
    cluster.Load(ReplicaId(id), DiskOf({Term(held.term), ReplicaId()}, held.log));
    supporters += UpToDate(kFigureSeven[first - 1].log, held.log) ? 1 : 0;
  }
  // The refusals of higher terms come first; then it asks again.
  for (int attempt = 0; attempt < 3 && cluster.leader().none(); ++attempt) {
    cluster.ReachDeadline(ReplicaId(first));
    cluster.DeliverAll();
  }
  EXPECT_EQ(cluster.leader(), supporters >= 4 ? ReplicaId(first) : ReplicaId());
  cluster.Pass(kElectionTimeout * 10, true);
  const ReplicaId leader = cluster.leader();
  ASSERT_FALSE(leader.none());
  for (const ReplicaId id : cluster.ids()) {
    EXPECT_EQ(cluster.LogText(id), cluster.LogText(leader));
    EXPECT_EQ(cluster.replica(id).commit(), cluster.replica(leader).last_index());
  }
}

INSTANTIATE_TEST_SUITE_P(All, FirstCandidate, testing::Range<uint64_t>(1, 8));

// --- Messages in flight ---

enum class Twist { kSwap, kRepeat, kLose };

// A short history: an election, two proposals, a second election by another replica, a proposal.
// `moment` deliveries in, two messages change places, or the first is repeated or lost.
struct History {
  size_t moment = 0;
  size_t first = 0;
  size_t second = 0;
  Twist twist = Twist::kSwap;
};

class Closure {
 public:
  // Whether the moment came, with messages at these places.
  bool Run(const History& history) {
    history_ = history;
    cluster_.ReachDeadline(ReplicaId(1));
    Deliver();
    Propose("a");
    Propose("b");
    Deliver();
    cluster_.AdvanceTo(cluster_.now() + kElectionTimeout * 2);
    cluster_.ReachDeadline(ReplicaId(2));
    Deliver();
    Propose("c");
    Deliver();
    cluster_.Pass(kElectionTimeout * 6, true);
    Propose("d");
    cluster_.Pass(kElectionTimeout, true);
    return twisted_;
  }
  Cluster& cluster() { return cluster_; }
  size_t delivered() const { return delivered_; }
  size_t in_flight_max() const { return in_flight_max_; }

 private:
  void Propose(const std::string& payload) {
    const ReplicaId leader = cluster_.leader();
    if (!leader.none()) cluster_.Propose(leader, {payload});
  }
  void Deliver() {
    std::vector<Message>& network = cluster_.network();
    while (!network.empty()) {
      in_flight_max_ = std::max(in_flight_max_, network.size());
      if (delivered_ == history_.moment) Bend(network);
      ++delivered_;
      if (!network.empty()) cluster_.Deliver(0);
    }
  }
  void Bend(std::vector<Message>& network) {
    if (history_.first >= network.size() || history_.second >= network.size()) return;
    twisted_ = true;
    switch (history_.twist) {
      case Twist::kSwap:
        return std::swap(network[history_.first], network[history_.second]);
      case Twist::kRepeat: {
        Message copy = network[history_.first];
        network.push_back(std::move(copy));
        return;
      }
      case Twist::kLose:
        network.erase(network.begin() + static_cast<ptrdiff_t>(history_.first));
        return;
    }
  }

  Cluster cluster_{TestConfig(), VotersOf({1, 2, 3})};
  History history_;
  size_t delivered_ = 0;
  size_t in_flight_max_ = 0;
  bool twisted_ = false;
};

void ExpectSameEnd(const History& history, size_t& bent) {
  Closure closure;
  bent += closure.Run(history) ? 1 : 0;
  Cluster& cluster = closure.cluster();
  const ReplicaId leader = cluster.leader();
  ASSERT_FALSE(leader.none());
  for (const ReplicaId id : cluster.ids()) {
    ASSERT_EQ(cluster.LogText(id), cluster.LogText(leader));
    ASSERT_EQ(cluster.replica(id).commit(), cluster.replica(leader).last_index());
  }
  ASSERT_NE(cluster.LogText(leader).find("=d"), std::string::npos);
}

TEST(Closure, EveryExchangeRepetitionAndLossOfOneMessageEndsWithEqualLogs) {
  Closure plain;
  plain.Run({SIZE_MAX, 0, 0, Twist::kSwap});
  ASSERT_GT(plain.delivered(), 20u);
  size_t bent = 0;
  for (size_t moment = 0; moment < plain.delivered(); ++moment) {
    for (size_t first = 0; first < plain.in_flight_max(); ++first) {
      ASSERT_NO_FATAL_FAILURE(ExpectSameEnd({moment, first, first, Twist::kRepeat}, bent));
      ASSERT_NO_FATAL_FAILURE(ExpectSameEnd({moment, first, first, Twist::kLose}, bent));
      for (size_t second = 0; second < first; ++second) {
        ASSERT_NO_FATAL_FAILURE(ExpectSameEnd({moment, first, second, Twist::kSwap}, bent));
      }
    }
  }
  EXPECT_GT(bent, 100u);
}

}  // namespace
}  // namespace ww::raft::test
