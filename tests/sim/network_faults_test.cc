// Faults of the network: each fires, is counted, and touches nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "sim/network.h"
#include "sim/trace/text.h"
#include "tests/sim/network_world.h"

namespace ww::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr HostId kA{1};
constexpr HostId kB{2};
constexpr HostId kC{3};

TEST(NetworkFaults, LossLosesSomeAndCountsThem) {
  NetworkWorld net;
  LinkRules rules = PlainLinks();
  rules.loss_on = true;
  rules.loss = Ratio(1, 4);
  net.Start(rules);
  net.SendMany(1, 2, 1, 1000);
  net.RunFor(Seconds(1));
  EXPECT_GT(net.Dropped(DropReason::kLoss), 180u);
  EXPECT_LT(net.Dropped(DropReason::kLoss), 320u);
  const std::vector<uint64_t> numbers = net.Numbers(2);
  EXPECT_EQ(numbers.size() + net.Dropped(DropReason::kLoss), 1000u);
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

// Ten bytes; believes whatever has that length.
class Digits final : public WireFormat {
 public:
  std::string Encode(const WireMessage& message) const override {
    return fmt::format("{:010}", message.digest());
  }
  std::unique_ptr<WireMessage> Decode(std::string_view bytes) const override {
    if (bytes.size() != 10) return nullptr;
    return std::make_unique<NumberMessage>(
        NumberMessage::Spec{.number = 1'000'000 + HashBytes(bytes) % 1000, .kind = 2});
  }
};

TEST(NetworkFaults, WhatItsReceiverRefusesOfADamagedMessageIsDroppedWhenItArrives) {
  NetworkWorld net;
  const Digits format;
  LinkRules rules = PlainLinks();
  rules.truncation_on = true;
  rules.truncation = Ratio(1, 4);
  net.network().SetWireFormat(&format);
  net.Start(rules);
  net.SendMany(1, 2, 1, 1000);
  net.RunFor(Nanoseconds(1));
  EXPECT_EQ(net.Dropped(DropReason::kDamaged), 0u);
  net.RunFor(Seconds(1));
  const uint64_t truncated = net.network().counters().truncated;
  EXPECT_GT(truncated, 180u);
  EXPECT_LT(truncated, 320u);
  EXPECT_EQ(net.Dropped(DropReason::kDamaged), truncated);
  EXPECT_EQ(net.Numbers(2).size(), 1000 - truncated);
  EXPECT_EQ(net.network().counters().believed, 0u);
}

TEST(NetworkFaults, WhatItsReceiverBelievesOfADamagedMessageIsDeliveredAsThat) {
  NetworkWorld net;
  const Digits format;
  LinkRules rules = PlainLinks();
  rules.corruption_on = true;
  rules.corruption = Ratio(1, 4);
  net.network().SetWireFormat(&format);
  net.Start(rules);
  net.SendMany(1, 2, 1, 1000);
  net.RunFor(Seconds(1));
  const uint64_t corrupted = net.network().counters().corrupted;
  EXPECT_GT(corrupted, 180u);
  EXPECT_LT(corrupted, 320u);
  EXPECT_EQ(net.network().counters().believed, corrupted);
  const std::vector<uint64_t> numbers = net.Numbers(2);
  EXPECT_EQ(numbers.size(), 1000u);
  EXPECT_EQ(std::count_if(numbers.begin(), numbers.end(),
                          [](uint64_t number) { return number >= 1'000'000; }),
            static_cast<std::ptrdiff_t>(corrupted));
}

TEST(NetworkFaults, DuplicationDeliversSomeTwice) {
  NetworkWorld net;
  LinkRules rules = PlainLinks();
  rules.duplication_on = true;
  rules.duplication = Ratio(1, 4);
  net.Start(rules);
  net.SendMany(1, 2, 1, 1000);
  net.RunFor(Seconds(1));
  const uint64_t duplicated = net.network().counters().duplicated;
  EXPECT_GT(duplicated, 180u);
  EXPECT_LT(duplicated, 320u);
  const std::vector<uint64_t> numbers = net.Numbers(2);
  EXPECT_EQ(numbers.size(), 1000 + duplicated);
  EXPECT_EQ(std::set<uint64_t>(numbers.begin(), numbers.end()).size(), 1000u);
}

TEST(NetworkFaults, ReorderingOvertakesWithinItsBound) {
  NetworkWorld net;
  LinkRules rules = PlainLinks();
  rules.reordering_on = true;
  rules.reordering = Ratio(1, 10);
  rules.reordering_max = Milliseconds(3);
  net.Start(rules);
  std::vector<TrueTime> sent{{}};
  for (uint64_t i = 1; i <= 1000; ++i) {
    sent.push_back(net.world().now());
    net.Send(1, 2, {.number = i});
    net.RunFor(Microseconds(100));
  }
  net.RunFor(Seconds(1));
  EXPECT_GT(net.network().counters().reordered, 50u);
  const std::vector<uint64_t> numbers = net.Numbers(2);
  ASSERT_EQ(numbers.size(), 1000u);
  EXPECT_FALSE(std::is_sorted(numbers.begin(), numbers.end()));
  for (const Received& one : net.received()) {
    EXPECT_LE(one.when - sent[one.number], Milliseconds(1 + 3));
  }
}

// Decisions that `rules` take for 100 messages.
uint64_t DecisionsWith(const LinkRules& rules) {
  NetworkWorld net;
  net.Start(rules);
  const uint64_t before = net.world().decisions().count();
  net.SendMany(1, 2, 1, 100);
  net.RunFor(Seconds(1));
  return net.world().decisions().count() - before;
}

TEST(NetworkFaults, KindThatIsOffDoesNotDrawAndOneThatIsOnCountsEveryVisit) {
  const LinkRules off = VariedLinks();
  const uint64_t usual = DecisionsWith(off);
  EXPECT_EQ(usual, 100u);  // The delays.
  LinkRules off_with_ratios = off;
  off_with_ratios.loss = off_with_ratios.duplication = off_with_ratios.reordering = Ratio(1, 2);
  EXPECT_EQ(DecisionsWith(off_with_ratios), usual);
  LinkRules loss = off;
  loss.loss_on = true;
  EXPECT_EQ(DecisionsWith(loss), usual + 100);
  LinkRules all = loss;
  all.duplication_on = all.reordering_on = true;
  EXPECT_EQ(DecisionsWith(all), usual + 300);
}

TEST(NetworkFaults, FaultsOfOneLinkMoveNoDeliveryOfAnother) {
  const auto arrivals_at_c = [](bool lossy) {
    NetworkWorld net;
    net.Start(VariedLinks());
    if (lossy) {
      net.network().rules(kA, kB).loss_on = true;
      net.network().rules(kA, kB).loss = Ratio(1, 2);
    }
    for (uint64_t i = 1; i <= 50; ++i) {
      net.Send(1, 2, {.number = i});
      net.Send(1, 3, {.number = i});
    }
    net.RunFor(Seconds(1));
    std::vector<int64_t> times;
    for (const Received& one : net.received()) {
      if (one.to == kC) times.push_back(one.when.ns);
    }
    return times;
  };
  EXPECT_EQ(arrivals_at_c(false).size(), 50u);
  EXPECT_EQ(arrivals_at_c(false), arrivals_at_c(true));
}

TEST(NetworkFaults, CutIsOneWayAndLosesWhatIsInFlight) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.Send(1, 2, {.number = 1});  // In flight when the link is cut.
  net.Send(2, 1, {.number = 10});
  net.network().Cut(kA, kB);
  EXPECT_FALSE(net.network().Connected(kA, kB));
  EXPECT_TRUE(net.network().Connected(kB, kA));
  net.Send(1, 2, {.number = 2});  // While it is cut.
  net.Send(2, 1, {.number = 11});
  net.network().Heal(kA, kB);
  net.Send(1, 2, {.number = 3});
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(2), ElementsAre(3));
  EXPECT_THAT(net.Numbers(1), ElementsAre(10, 11));
  EXPECT_EQ(net.Dropped(DropReason::kCut), 2u);
}

TEST(NetworkFaults, CutsAreCounted) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.network().Heal(kA, kB);  // Nothing to heal.
  net.network().Cut(kA, kB);
  net.network().Cut(kA, kB);
  net.network().Heal(kA, kB);
  EXPECT_FALSE(net.network().Connected(kA, kB));
  net.Send(1, 2, {.number = 1});
  net.network().Heal(kA, kB);
  EXPECT_TRUE(net.network().Connected(kA, kB));
  net.Send(1, 2, {.number = 2});
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(2), ElementsAre(2));
}

TEST(NetworkFaults, CutsMakePartitionsOfAnyShape) {
  NetworkWorld net(4);
  net.Start(PlainLinks());
  // A ring of one-way roads: 1 -> 2 -> 3 -> 4 -> 1.
  for (uint64_t from = 1; from <= 4; ++from) {
    for (uint64_t to = 1; to <= 4; ++to) {
      if (to != from % 4 + 1) net.network().Cut(HostId(from), HostId(to));
    }
  }
  for (uint64_t from = 1; from <= 4; ++from) {
    for (uint64_t to = 1; to <= 4; ++to) net.Send(from, to, {.number = from});
  }
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(1), ElementsAre(4));
  EXPECT_THAT(net.Numbers(2), ElementsAre(1));
  EXPECT_THAT(net.Numbers(3), ElementsAre(2));
  EXPECT_THAT(net.Numbers(4), ElementsAre(3));
}

TEST(NetworkFaults, ClogHoldsAndReleaseDeliversInOrder) {
  NetworkWorld net;
  net.Start(VariedLinks());
  net.SendMany(1, 2, 1, 50);
  net.network().Clog(kA, kB);
  EXPECT_FALSE(net.network().Connected(kA, kB));
  net.RunFor(Milliseconds(100));
  EXPECT_THAT(net.Numbers(2), IsEmpty());
  EXPECT_EQ(net.network().in_flight(), 50u);
  EXPECT_EQ(net.network().counters().held_by_clog, 50u);
  net.SendMany(1, 2, 51, 60);  // Arrive after the release, behind what was held.
  net.network().Release(kA, kB);
  net.RunFor(Seconds(1));
  EXPECT_EQ(net.Numbers(2), Range(1, 60));
  EXPECT_EQ(net.network().counters().dropped, 0u);
}

TEST(NetworkFaults, MessageThatArrivesWhileItsLinkDrainsStaysBehind) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.network().Clog(kA, kB);
  net.SendMany(1, 2, 1, 100);
  net.RunFor(Milliseconds(2));
  net.SendMany(1, 2, 101, 101);
  // Held messages leave one a nanosecond; the last one sent arrives in the middle of them.
  net.RunFor(Milliseconds(1) - Nanoseconds(50));
  net.network().Release(kA, kB);
  net.RunFor(Seconds(1));
  EXPECT_EQ(net.Numbers(2), Range(1, 101));
}

TEST(NetworkFaults, LinkCanBeCloggedAgainWhileItDrains) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.network().Clog(kA, kB);
  net.SendMany(1, 2, 1, 100);
  net.RunFor(Milliseconds(2));
  net.network().Release(kA, kB);
  net.RunFor(Nanoseconds(20));
  net.network().Clog(kA, kB);
  net.RunFor(Milliseconds(1));
  EXPECT_EQ(net.Numbers(2), Range(1, 20));
  net.network().Release(kA, kB);
  net.network().Clog(kA, kB);
  net.network().Release(kA, kB);  // One drain, not two.
  net.RunFor(Nanoseconds(20));
  EXPECT_EQ(net.Numbers(2), Range(1, 40));
  net.RunFor(Seconds(1));
  EXPECT_EQ(net.Numbers(2), Range(1, 100));
}

TEST(NetworkFaults, CutLosesWhatAClogHeld) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.network().Clog(kA, kB);
  net.SendMany(1, 2, 1, 3);
  net.RunFor(Milliseconds(5));
  net.network().Cut(kA, kB);
  net.network().Heal(kA, kB);
  net.network().Release(kA, kB);
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(2), IsEmpty());
  EXPECT_EQ(net.Dropped(DropReason::kCut), 3u);
}

TEST(NetworkFaults, ClogHoldsNoMoreThanItsBound) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.network().Clog(kA, kB);
  net.SendMany(1, 2, 1, Network::kMessagesHeldMax + 5);
  net.RunFor(Seconds(1));
  EXPECT_EQ(net.Dropped(DropReason::kQueueFull), 5u);
  EXPECT_EQ(net.network().in_flight(), Network::kMessagesHeldMax);
}

TEST(NetworkFaults, ResetLosesOnlyWhatIsInFlightOnItsLink) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.SendMany(1, 2, 1, 5);
  net.RunFor(Milliseconds(1) + Nanoseconds(1));  // Two have arrived.
  net.SendMany(2, 1, 10, 10);
  net.SendMany(1, 3, 20, 20);
  net.network().Reset(kA, kB);
  net.SendMany(1, 2, 6, 7);
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(2), ElementsAre(1, 2, 6, 7));
  EXPECT_EQ(net.Dropped(DropReason::kReset), 3u);
  EXPECT_THAT(net.Numbers(1), ElementsAre(10));
  EXPECT_THAT(net.Numbers(3), ElementsAre(20));
}

TEST(NetworkFaults, KindRuleDropsOnlyItsKindOnItsLink) {
  NetworkWorld net;
  net.Start(PlainLinks());
  const KindRuleId rule = net.network().AddKindRule({.from = kA, .to = kB, .kind = 7});
  net.Send(1, 2, {.number = 1, .kind = 7});
  net.Send(1, 2, {.number = 2, .kind = 8});
  net.Send(1, 3, {.number = 3, .kind = 7});
  net.Send(2, 1, {.number = 4, .kind = 7});
  net.network().RemoveKindRule(rule);
  net.network().RemoveKindRule(rule);  // No effect.
  net.Send(1, 2, {.number = 5, .kind = 7});
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(2), ElementsAre(2, 5));
  EXPECT_THAT(net.Numbers(3), ElementsAre(3));
  EXPECT_THAT(net.Numbers(1), ElementsAre(4));
  EXPECT_EQ(net.Dropped(DropReason::kKindRule), 1u);
}

TEST(NetworkFaults, KindRuleOfAllLinksActsWithItsRatio) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.network().AddKindRule({.kind = 1, .ratio = Ratio(1, 2)});
  net.SendMany(1, 2, 1, 500);
  net.SendMany(2, 3, 1, 500);
  net.RunFor(Seconds(1));
  EXPECT_GT(net.Numbers(2).size(), 200u);
  EXPECT_LT(net.Numbers(2).size(), 300u);
  EXPECT_GT(net.Numbers(3).size(), 200u);
  EXPECT_LT(net.Numbers(3).size(), 300u);
}

TEST(NetworkFaults, FirstMatchingKindRuleDecides) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.network().AddKindRule({.kind = 7, .ratio = Ratio::Never()});
  net.network().AddKindRule({.kind = 7});
  net.Send(1, 2, {.number = 1, .kind = 7});
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(2), ElementsAre(1));
}

TEST(NetworkFaults, KindRuleDelaysWithoutHoldingOthersBack) {
  NetworkWorld net;
  net.Start(PlainLinks());
  const TrueTime sent = net.world().now();
  net.network().AddKindRule({.kind = 7, .action = KindAction::kDelay, .delay = Milliseconds(10)});
  net.Send(1, 2, {.number = 1, .kind = 7});
  net.Send(1, 2, {.number = 2});
  net.RunFor(Seconds(1));
  ASSERT_THAT(net.Numbers(2), ElementsAre(2, 1));
  EXPECT_EQ(net.received()[0].when - sent, Milliseconds(1));
  EXPECT_EQ(net.received()[1].when - sent, Milliseconds(11));
  EXPECT_EQ(net.network().counters().delayed_by_kind, 1u);
}

TEST(NetworkFaults, KindRuleHoldsUntilItIsRemoved) {
  NetworkWorld net;
  net.Start(PlainLinks());
  const KindRuleId rule = net.network().AddKindRule({.kind = 7, .action = KindAction::kHold});
  for (uint64_t i = 1; i <= 3; ++i) net.Send(1, 2, {.number = i, .kind = 7});
  net.Send(1, 2, {.number = 4});
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(2), ElementsAre(4));
  EXPECT_EQ(net.network().counters().held_by_kind, 3u);
  const TrueTime removed = net.world().now();
  net.network().RemoveKindRule(rule);
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.Numbers(2), ElementsAre(4, 1, 2, 3));
  EXPECT_EQ(net.received()[1].when - removed, Milliseconds(1));
}

TEST(NetworkFaults, HealAllRestoresEveryLink) {
  NetworkWorld net;
  net.Start(PlainLinks());
  net.network().Cut(kA, kB);
  net.network().Cut(kA, kB);
  net.network().Clog(kB, kC);
  net.network().rules(kC, kA).loss_on = true;
  net.network().rules(kC, kA).loss = Ratio::Always();
  net.network().AddKindRule({.from = kB, .kind = 7, .action = KindAction::kHold});
  net.network().AddKindRule({.kind = 8});
  net.Send(2, 3, {.number = 1});
  net.Send(2, 1, {.number = 2, .kind = 7});
  net.RunFor(Seconds(1));
  EXPECT_THAT(net.received(), IsEmpty());
  net.network().HealAll();
  net.network().Heal(kA, kB);  // Of a plan that does not know: no effect.
  net.RunFor(Seconds(1));
  EXPECT_EQ(net.Numbers(3), Range(1, 1));
  EXPECT_THAT(net.Numbers(1), ElementsAre(2));
  for (uint64_t from = 1; from <= 3; ++from) {
    for (uint64_t to = 1; to <= 3; ++to) net.Send(from, to, {.number = 100 + from, .kind = 8});
  }
  net.RunFor(Seconds(1));
  EXPECT_EQ(net.received().size(), 2u + 9u);
  EXPECT_EQ(net.network().counters().dropped, 0u);
}

TEST(NetworkFaults, EveryLossIsJournaledWithItsReason) {
  NetworkWorld net;
  net.world().journal().StartTrace();
  net.Start(PlainLinks());
  net.network().Cut(kA, kB);
  net.Send(1, 2, {.number = 5, .kind = 7, .bytes = 33});
  net.network().AddKindRule({.kind = 9});
  net.Send(1, 3, {.number = 6, .kind = 9});
  std::vector<std::string> drops;
  const std::string trace = net.world().journal().TraceBytes();
  ASSERT_TRUE(RenderTrace(trace, [&drops](std::string_view line) {
                if (line.find("net.drop") != std::string_view::npos) drops.emplace_back(line);
              }).ok());
  ASSERT_EQ(drops.size(), 2u);
  EXPECT_THAT(drops[0], ::testing::HasSubstr("from=h1 to=h2 kind=7"));
  EXPECT_THAT(drops[0], ::testing::HasSubstr("reason=cut"));
  EXPECT_THAT(drops[1], ::testing::HasSubstr("reason=kind_rule"));
}

}  // namespace
}  // namespace ww::sim
