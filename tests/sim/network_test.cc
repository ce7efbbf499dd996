// Delivery: order, delay, bandwidth, incarnations, teardown.
#include "sim/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/link.h"
#include "sim/mailbox.h"
#include "tests/sim/network_world.h"

namespace ww::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Network, DeliversEverythingOnceAndInTheOrderOfSending) {
  NetworkWorld net;
  net.Start(VariedLinks());
  for (uint64_t i = 1; i <= 1000; ++i) {
    net.Send(1, 2, {.number = i});
    net.RunFor(Microseconds(50));
  }
  net.RunFor(Seconds(1));
  EXPECT_EQ(net.Numbers(2), Range(1, 1000));
  EXPECT_EQ(net.network().counters().sent, 1000u);
  EXPECT_EQ(net.network().counters().delivered, 1000u);
  EXPECT_EQ(net.network().counters().dropped, 0u);
  EXPECT_EQ(net.network().in_flight(), 0u);
}

TEST(Network, DeliveriesOfALinkNeverShareAnInstant) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.SendMany(1, 2, 1, 100);
  net.RunFor(Seconds(1));
  ASSERT_EQ(net.received().size(), 100u);
  for (size_t i = 1; i < 100; ++i) {
    EXPECT_EQ((net.received()[i].when - net.received()[i - 1].when).ns, 1);
  }
}

TEST(Network, DelayHasATailAndItIsBounded) {
  NetworkWorld net;
  net.Start(VariedLinks());
  Duration longest;
  for (uint64_t i = 1; i <= 3000; ++i) {
    const TrueTime sent = net.world().now();
    net.Send(1, 2, {.number = i});
    net.RunFor(Milliseconds(50));
    ASSERT_EQ(net.received().size(), i);
    const Duration took = net.received().back().when - sent;
    ASSERT_GE(took, Milliseconds(1));
    ASSERT_LE(took, Milliseconds(1 + 16));
    longest = std::max(longest, took);
  }
  EXPECT_GT(longest, Milliseconds(4));
}

TEST(Network, AllZeroRunDeliversEverythingAfterTheDefaultDelay) {
  NetworkWorld net;
  net.world().decisions().SetBase(SiteBase::kBenign);
  LinkRules rules = VariedLinks();
  rules.loss_on = rules.duplication_on = rules.reordering_on = true;
  rules.loss = rules.duplication = rules.reordering = Ratio(1, 2);
  rules.reordering_max = Milliseconds(5);
  net.Start(rules);
  for (uint64_t i = 1; i <= 100; ++i) {
    const TrueTime sent = net.world().now();
    net.Send(1, 2, {.number = i});
    net.RunFor(Milliseconds(10));
    ASSERT_EQ(net.received().size(), i);
    EXPECT_EQ(net.received().back().when - sent, Milliseconds(1));
  }
}

TEST(Network, SameSeedGivesTheSameFingerprintAndAnotherSeedAnother) {
  const auto run = [](uint64_t seed) {
    NetworkWorld net(3, seed);
    net.Start(VariedLinks());
    net.SendMany(1, 2, 1, 50);
    net.RunFor(Seconds(1));
    return net.world().journal().fingerprint();
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Network, HostReachesItselfAndLateHosts) {
  NetworkWorld net(4);
  net.Start(PlainLinks());
  for (uint64_t from = 1; from <= 4; ++from) {
    for (uint64_t to = 1; to <= 4; ++to) net.Send(from, to, {.number = from * 10 + to});
  }
  net.RunFor(Seconds(1));
  ASSERT_EQ(net.received().size(), 16u);
  for (const Received& one : net.received()) {
    EXPECT_EQ(one.number, one.from.value * 10 + one.to.value);
  }
}

TEST(Network, BandwidthSpacesMessagesByTheirSize) {
  NetworkWorld net;
  LinkRules rules = PlainLinks();
  rules.bytes_per_second = 1'000'000;
  net.Start(rules);
  const TrueTime sent = net.world().now();
  net.Send(1, 2, {.number = 1, .bytes = 1000});
  net.Send(1, 2, {.number = 2, .bytes = 2000});
  net.Send(1, 2, {.number = 3, .bytes = 1});
  net.RunFor(Seconds(1));
  ASSERT_EQ(net.Numbers(2), Range(1, 3));
  EXPECT_EQ(net.received()[0].when - sent, Milliseconds(1 + 1));
  EXPECT_EQ(net.received()[1].when - sent, Milliseconds(1 + 3));
  EXPECT_EQ(net.received()[2].when - sent, Milliseconds(1 + 3) + Microseconds(1));
}

TEST(Network, BoundedQueueLosesWhatDoesNotFit) {
  NetworkWorld net;
  LinkRules rules = PlainLinks();
  rules.bytes_per_second = 1'000'000;
  rules.queue_bytes_max = 3000;
  net.Start(rules);
  for (uint64_t i = 1; i <= 10; ++i) net.Send(1, 2, {.number = i, .bytes = 1000});
  net.RunFor(Milliseconds(2));  // Two have left the queue.
  for (uint64_t i = 11; i <= 20; ++i) net.Send(1, 2, {.number = i, .bytes = 1000});
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(2), ElementsAre(1, 2, 3, 11, 12));
  EXPECT_EQ(net.Dropped(DropReason::kQueueFull), 15u);
}

TEST(Network, HostWithoutAProcessLosesWhatArrives) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.Send(1, 2, {.number = 1});
  net.world().host(HostId(2)).Crash();
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(2), IsEmpty());
  EXPECT_EQ(net.Dropped(DropReason::kNoProcess), 1u);
}

TEST(Network, MessageReachesTheIncarnationThatRunsWhenItArrives) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.Send(1, 2, {.number = 1});
  net.world().host(HostId(2)).Crash();
  net.world().host(HostId(2)).Start();
  net.RunFor(Seconds(1));
  ASSERT_EQ(net.received().size(), 1u);
  EXPECT_EQ(net.received()[0].incarnation, Incarnation(2));
}

// An inbox that outlives the incarnation it was registered for.
class CountingInbox : public Inbox {
 public:
  void Deliver(Arrival) override { ++delivered_; }
  int delivered() const { return delivered_; }

 private:
  int delivered_ = 0;
};

TEST(Network, InboxOfADeadIncarnationHearsNothingOfTheNext) {
  NetworkWorld net;
  net.Start(PlainLinks());
  CountingInbox inbox;
  Host& host = net.world().AddHost({.name = "forgetful", .clock_offset = {}}, PlainLinks());
  host.SetMain([&inbox](Process& process) {
    if (process.incarnation() == Incarnation(1)) process.world().network().Listen(process, inbox);
    WaitQueue forever(process);
    forever.Wait();
  });
  host.Start();
  net.Send(1, 4, {.number = 1});
  net.RunFor(Milliseconds(5));
  EXPECT_EQ(inbox.delivered(), 1);
  host.Crash();
  host.Start();
  net.Send(1, 4, {.number = 2});
  net.RunFor(Milliseconds(5));
  EXPECT_EQ(inbox.delivered(), 1);
  EXPECT_EQ(net.Dropped(DropReason::kNoProcess), 1u);
}

TEST(Network, MessageOutlivesItsSender) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.Send(1, 2, {.number = 1});
  net.world().host(HostId(1)).Crash();
  net.RunFor(Seconds(1));
  EXPECT_EQ(net.Numbers(2), Range(1, 1));
}

TEST(Network, InboxOfAPausedHostStillReceives) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.world().host(HostId(2)).Pause();
  net.Send(1, 2, {.number = 1});
  net.RunFor(Seconds(1));
  EXPECT_EQ(net.Numbers(2), Range(1, 1));
}

TEST(Network, TeardownFreesMessagesInFlight) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.network().Clog(HostId(1), HostId(2));
  net.SendMany(1, 2, 1, 10);
  net.RunFor(Milliseconds(5));  // Held by the clog.
  net.network().AddKindRule({.kind = 9, .action = KindAction::kHold});
  net.Send(1, 3, {.number = 1, .kind = 9});  // Held by the rule.
  net.SendMany(1, 3, 1, 10);                 // On their way.
  EXPECT_EQ(net.network().in_flight(), 21u);
  EXPECT_EQ(net.alive(), 21);
  net.DestroyWorld();
  EXPECT_EQ(net.alive(), 0);
}

TEST(Network, EveryMessageDiesOnce) {
  NetworkWorld net;
  LinkRules rules = VariedLinks();
  rules.loss_on = rules.duplication_on = rules.reordering_on = true;
  rules.loss = rules.duplication = rules.reordering = Ratio(1, 3);
  rules.reordering_max = Milliseconds(5);
  net.Start(rules);
  net.SendMany(1, 2, 1, 500);
  net.RunFor(Seconds(1));
  EXPECT_EQ(net.alive(), 0);
  const NetworkCounters& counters = net.network().counters();
  EXPECT_EQ(counters.delivered + counters.dropped, counters.sent + counters.duplicated);
}

TEST(NetworkDeathTest, RefusesASendToAHostThatIsNotThere) {
  NetworkWorld net;
  net.Start(PlainLinks());
  EXPECT_DEATH(net.network().Send(*net.world().host(HostId(1)).process(), HostId(9),
                                  std::make_unique<NumberMessage>(NumberMessage::Spec{})),
               "hosts_");
}

TEST(LinkTable, IndicesStayWhileHostsJoinAndAreAllDifferent) {
  LinkTable table;
  std::vector<uint32_t> seen;
  for (uint64_t n = 1; n <= 9; ++n) {
    table.AddHost(HostId(n), PlainLinks());
    seen.clear();
    for (uint64_t from = 1; from <= n; ++from) {
      for (uint64_t to = 1; to <= n; ++to) {
        const uint32_t index = table.IndexOf(HostId(from), HostId(to));
        ASSERT_LT(index, table.size());
        EXPECT_EQ(table.at(index).from(), HostId(from));
        EXPECT_EQ(table.at(index).to(), HostId(to));
        seen.push_back(index);
      }
    }
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

// A host whose main task receives `count` messages, then ends.
void ReceiveAll(Process& process, size_t count, std::vector<uint64_t>& numbers) {
  Mailbox mailbox(process);
  for (size_t i = 0; i < count; ++i) {
    const std::optional<Arrival> arrival = mailbox.Receive();
    if (!arrival.has_value()) return;
    numbers.push_back(arrival->message->digest());
  }
}

TEST(Mailbox, GivesMessagesInTheOrderTheyCame) {
  NetworkWorld net;
  net.Start(PlainLinks());
  std::vector<uint64_t> numbers;
  Host& host = net.world().AddHost({.name = "receiver", .clock_offset = {}}, PlainLinks());
  host.SetMain([&numbers](Process& process) { ReceiveAll(process, 100, numbers); });
  host.Start();
  net.RunFor(Milliseconds(1));
  net.SendMany(1, 4, 1, 100);
  net.RunFor(Seconds(1));
  EXPECT_EQ(numbers, Range(1, 100));
}

TEST(Mailbox, ReceiveEndsAtItsDeadline) {
  NetworkWorld net;
  net.Start(PlainLinks());
  bool timed_out = false;
  LocalTime ended;
  Host& host = net.world().AddHost({.name = "receiver", .clock_offset = {}}, PlainLinks());
  host.SetMain([&](Process& process) {
    Mailbox mailbox(process);
    timed_out = !mailbox.Receive(LocalTime{Milliseconds(5).ns}).has_value();
    ended = process.host().LocalNow();
  });
  host.Start();
  net.RunFor(Seconds(1));
  EXPECT_TRUE(timed_out);
  EXPECT_EQ(ended, LocalTime{Milliseconds(5).ns});
}

TEST(Mailbox, KeepsWhatCameWhileItsHostWasPaused) {
  NetworkWorld net;
  net.Start(PlainLinks());
  std::vector<uint64_t> numbers;
  Host& host = net.world().AddHost({.name = "receiver", .clock_offset = {}}, PlainLinks());
  host.SetMain([&numbers](Process& process) { ReceiveAll(process, 3, numbers); });
  host.Start();
  net.RunFor(Milliseconds(1));
  host.Pause();
  net.SendMany(1, 4, 1, 3);
  net.RunFor(Milliseconds(10));
  EXPECT_THAT(numbers, IsEmpty());
  host.Resume();
  net.RunFor(Milliseconds(10));
  EXPECT_EQ(numbers, Range(1, 3));
}

}  // namespace
}  // namespace ww::sim
