// An acceptance that waits for its entries to become durable, and what becomes of it when its term
// is left meanwhile. The other members are played by the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;

constexpr ShardId kShard{1};
constexpr HostId kHost{1};
const ReplicaId kOwn(11);

// Acceptances that leave any host: the term they are of, and up to where.
class Acceptances final : public bind::SendWatcher {
 public:
  void OnSend(HostId, const WireMessage& message) override {
    if (message.kind() != static_cast<uint32_t>(MessageKind::kAppendReply)) return;
    const auto& peer = static_cast<const PeerMessage&>(message);
    const auto& reply = std::get<AppendReply>(peer.message.body);
    if (reply.accepted) seen.emplace_back(peer.message.term.value, reply.match.value);
  }
  std::vector<std::pair<uint64_t, uint64_t>> seen;
};

class Played {
 public:
  Played() : cluster_(Options(acceptances)) {
    cluster_.sim_host(HostId(2)).Crash();
    cluster_.sim_host(HostId(3)).Crash();
    cluster_.RunFor(Milliseconds(10));
    // A sync takes so long that everything below happens during the first one.
    cluster_.sim_host(kHost).disk().rules().sync = {Milliseconds(100), {}, 0};
  }

  // A leader on another host puts one entry of its term at index 1.
  void Append(uint64_t leader, uint64_t term) {
    AppendRequest append;
    append.entries.push_back(
        Entry{Term(term), EntryType::kCommand, Payload::Copy(std::string(term, 'x'))});
    Send(leader, term, std::move(append));
  }
  void Send(uint64_t from, uint64_t term, MessageBody body) {
    Message message{ReplicaId(10 + from), kOwn, Term(term), std::move(body)};
    sim::Process* process = cluster_.world().host(HostId(4)).process();
    ASSERT_NE(process, nullptr);
    cluster_.world().network().Send(
        *process, kHost, std::make_unique<PeerMessage>(kShard, HostId(from), std::move(message)));
    cluster_.RunFor(Milliseconds(5));
  }
  void RunFor(Duration length) { cluster_.RunFor(length); }

  Acceptances acceptances;

 private:
  static ClusterOptions Options(Acceptances& watcher) {
    ClusterOptions options;
    options.benign = true;
    options.env.watcher = &watcher;
    return options;
  }
  Cluster cluster_;
};

TEST(OutdatedAcceptance, LeavesOnceItsEntriesAreDurableAndNotBefore) {
  Played played;
  played.Append(2, 5);
  EXPECT_THAT(played.acceptances.seen, ElementsAre());
  played.RunFor(Milliseconds(300));
  EXPECT_THAT(played.acceptances.seen, ElementsAre(std::pair(5, 1)));
}

// The entries that it speaks of are durable, and cut by the next batch.
TEST(OutdatedAcceptance, IsDroppedWhenItsTermIsLeftWhileItWaits) {
  Played played;
  played.Append(2, 5);
  played.Append(3, 6);
  played.RunFor(Milliseconds(500));
  EXPECT_THAT(played.acceptances.seen, ElementsAre(std::pair(6, 1)));
}

TEST(OutdatedAcceptance, IsDroppedAlsoWhenOnlyAVoteLeftItsTerm) {
  Played played;
  played.Append(2, 5);
  played.Send(3, 7, VoteRequest{false, {Index(9), Term(5)}, true});
  played.RunFor(Milliseconds(500));
  EXPECT_THAT(played.acceptances.seen, ElementsAre());
}

}  // namespace
}  // namespace ww::raft
