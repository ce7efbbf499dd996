#include "sim/decisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "sim/sites.h"
#include "sim/trace/journal.h"

namespace ww::sim {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Lt;

constexpr Site kNoise{"test.noise", SiteClass::kNoise, ""};
constexpr Site kFault{"test.fault", SiteClass::kFault, ""};
constexpr Site kOther{"test.other", SiteClass::kNoise, ""};
constexpr DelayDistribution kDelay{Microseconds(500), Microseconds(100), 4};

struct Fixture {
  explicit Fixture(uint64_t seed = 42) : journal(schema), decisions(seed, journal) {}
  std::vector<uint64_t> Draw(const Site& site, StreamKey key, int times, uint64_t bound = 1000) {
    Stream& stream = decisions.Open(site, key);
    std::vector<uint64_t> values;
    for (int i = 0; i < times; ++i) values.push_back(decisions.Uniform(stream, bound));
    return values;
  }
  Schema schema;
  Journal journal;
  Decisions decisions;
};

Override Exact(StreamKey key, uint64_t n, uint64_t value, DrawTag tag = {0, 1000}) {
  return {.site = "test.noise", .key = key, .first = n, .last = n, .tag = tag, .value = value};
}

// Every case and every corpus stands on these values: no compiler and no edit may change them.
TEST(Decisions, RawValuesAreFixedForEver) {
  Fixture fixture;
  const Site site{"test.site", SiteClass::kNoise, ""};
  const Stream& stream = fixture.decisions.Open(site, {3, 1});
  EXPECT_EQ(stream.RawAt(0), 0x134b403c56f17047u);
  EXPECT_EQ(stream.RawAt(1), 0x21e112f5f16d7387u);
  EXPECT_EQ(stream.RawAt(2), 0xe67d35f73e37194u);
  EXPECT_EQ(stream.RawAt(3), 0x5928e6ccbb6cefbbu);
  const Stream& delay = fixture.decisions.Open(sites::kNetDelay, {});
  EXPECT_EQ(delay.RawAt(0), 0x39a971a04acbe8e9u);
  EXPECT_EQ(delay.RawAt(3), 0xf0510ba6308a1f70u);
}

TEST(Decisions, MappedValuesAndFingerprintAreFixedForEver) {
  Fixture fixture;
  Decisions& decisions = fixture.decisions;
  const Site site{"test.site", SiteClass::kNoise, ""};
  EXPECT_THAT(fixture.Draw(site, {3, 1}, 8), ElementsAre(75, 132, 56, 348, 198, 925, 100, 571));
  Stream& stream = decisions.Open(site, {3, 1});
  std::vector<bool> chances;
  for (int i = 0; i < 8; ++i) chances.push_back(decisions.Chance(stream, Ratio(1, 2)));
  EXPECT_THAT(chances, ElementsAre(0, 0, 0, 0, 1, 0, 1, 1));
  std::vector<int64_t> delays;
  for (int i = 0; i < 8; ++i) {
    delays.push_back(decisions.Delay(stream, {Duration{1000}, Duration{1000}, 4}).ns);
  }
  EXPECT_THAT(delays, ElementsAre(1472, 1171, 1223, 2042, 1609, 2893, 2966, 1357));
  std::vector<size_t> picks;
  for (int i = 0; i < 8; ++i) picks.push_back(decisions.Weighted(stream, {1, 2, 3}));
  EXPECT_THAT(picks, ElementsAre(2, 2, 1, 2, 2, 2, 1, 1));
  EXPECT_EQ(fixture.journal.fingerprint(), 0x4d8764674260c468u);
  EXPECT_EQ(decisions.count(), 32u);
}

TEST(Decisions, SeedSiteAndEachPartOfTheKeyMakeAnotherStream) {
  std::set<std::vector<uint64_t>> streams;
  Fixture fixture;
  Fixture other_seed(43);
  streams.insert(fixture.Draw(kNoise, {1, 2, 3, 4}, 5));
  streams.insert(fixture.Draw(kOther, {1, 2, 3, 4}, 5));
  streams.insert(other_seed.Draw(kNoise, {1, 2, 3, 4}, 5));
  streams.insert(fixture.Draw(kNoise, {2, 1, 3, 4}, 5));
  streams.insert(fixture.Draw(kNoise, {1, 2, 4, 3}, 5));
  streams.insert(fixture.Draw(kNoise, {1, 2, 3}, 5));
  streams.insert(fixture.Draw(kNoise, {}, 5));
  EXPECT_EQ(streams.size(), 7u);
}

TEST(Decisions, ADrawInOneStreamMovesNoOther) {
  Fixture plain;
  Fixture more;
  more.Draw(kNoise, {1}, 3);
  more.Draw(kOther, {1}, 17);
  const auto expected = plain.Draw(kNoise, {2}, 10);
  EXPECT_EQ(more.Draw(kNoise, {2}, 10), expected);
}

// The incarnation is part of the key, so what one life draws leaves the next alone.
TEST(Decisions, AnEditOfOneLifeLeavesTheNextAlone) {
  const auto lives = [](int draws_of_first) {
    Fixture fixture;
    fixture.Draw(kNoise, {1, 1}, draws_of_first);  // Host 1, incarnation 1.
    return fixture.Draw(kNoise, {1, 2}, 10);
  };
  EXPECT_EQ(lives(3), lives(50));
}

TEST(Decisions, OpeningAgainContinuesWhereItWas) {
  Fixture once;
  const auto all = once.Draw(kNoise, {1}, 10);
  Fixture twice;
  auto values = twice.Draw(kNoise, {1}, 4);
  for (const uint64_t value : twice.Draw(kNoise, {1}, 6)) values.push_back(value);
  EXPECT_EQ(values, all);
}

TEST(Decisions, StreamsKeepTheirAddress) {
  Fixture fixture;
  Stream* first = &fixture.decisions.Open(kNoise, {1});
  for (uint64_t i = 2; i < 2000; ++i) fixture.decisions.Open(kNoise, {i});
  EXPECT_EQ(&fixture.decisions.Open(kNoise, {1}), first);
}

TEST(Decisions, BenignStreamsChooseTheDefaultOfEveryDistribution) {
  Fixture fixture;
  fixture.decisions.SetBase(SiteBase::kBenign);
  Stream& stream = fixture.decisions.Open(kNoise, {1});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(fixture.decisions.Uniform(stream, 1000), 0u);
    EXPECT_FALSE(fixture.decisions.Chance(stream, Ratio::Always()));
    EXPECT_EQ(fixture.decisions.Delay(stream, kDelay), kDelay.base);
    EXPECT_EQ(fixture.decisions.Weighted(stream, {0, 5, 5}), 0u);
    EXPECT_EQ(fixture.decisions.UniformAt(stream, 0, 1000), 0u);
  }
  EXPECT_EQ(fixture.decisions.count(), 500u);
}

TEST(Decisions, TheMostSpecificBaseWinsBeforeAndAfterOpening) {
  Fixture fixture;
  Decisions& decisions = fixture.decisions;
  const Stream& noise = decisions.Open(kNoise, {1});
  decisions.SetSiteBase("test.other", SiteBase::kSeeded);
  decisions.SetClassBase(SiteClass::kNoise, SiteBase::kBenign);
  EXPECT_TRUE(noise.benign);
  EXPECT_FALSE(decisions.Open(kFault, {1}).benign);
  EXPECT_FALSE(decisions.Open(kOther, {1}).benign);
  decisions.SetBase(SiteBase::kBenign);
  EXPECT_TRUE(decisions.Open(kFault, {1}).benign);
  EXPECT_FALSE(decisions.Open(kOther, {1}).benign);
  decisions.SetSiteBase("test.noise", SiteBase::kSeeded);
  EXPECT_FALSE(noise.benign);
}

TEST(Decisions, AChanceDrawsAlsoAtZeroAndNeverHits) {
  Fixture fixture;
  Stream& stream = fixture.decisions.Open(kFault, {1});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(fixture.decisions.Chance(stream, Ratio::Never()));
    EXPECT_TRUE(fixture.decisions.Chance(stream, Ratio::Always()));
  }
  EXPECT_EQ(stream.n, 2000u);
}

TEST(Decisions, AChanceIsTakenFromTheTopOfTheRange) {
  Fixture fixture;
  Stream& stream = fixture.decisions.Open(kFault, {1});
  int hits = 0;
  for (uint64_t n = 0; n < 10'000; ++n) {
    const bool hit = fixture.decisions.Chance(stream, Ratio(1, 8));
    EXPECT_EQ(hit, stream.RawAt(n) >> 61 == 7u);
    hits += hit ? 1 : 0;
  }
  EXPECT_THAT(hits, AllOf(Ge(1100), Lt(1400)));
}

RC_GTEST_PROP(Decisions, UniformStaysBelowItsBound, (uint64_t seed)) {
  const uint64_t bound = *rc::gen::inRange<uint64_t>(1, UINT64_MAX);
  Fixture fixture(seed);
  for (const uint64_t value : fixture.Draw(kNoise, {1}, 20, bound)) RC_ASSERT(value < bound);
  for (const uint64_t value : fixture.Draw(kNoise, {2}, 20, 1)) RC_ASSERT(value == 0u);
}

TEST(Decisions, UniformReachesEveryValueAboutEquallyOften) {
  Fixture fixture;
  std::vector<int> counts(10);
  for (const uint64_t value : fixture.Draw(kNoise, {1}, 10'000, 10)) ++counts[value];
  EXPECT_THAT(counts, Each(AllOf(Ge(850), Lt(1150))));
}

TEST(Decisions, AQuarterOfDelaysLeavesEachOctave) {
  Fixture fixture;
  Stream& stream = fixture.decisions.Open(kNoise, {1});
  std::vector<int> octaves(5);
  for (int i = 0; i < 100'000; ++i) {
    const Duration over = fixture.decisions.Delay(stream, kDelay) - kDelay.base;
    ASSERT_GE(over.ns, 0);
    ASSERT_LT(over.ns, kDelay.spread.ns << 4);
    size_t octave = 0;
    while (over.ns >= kDelay.spread.ns << octave) ++octave;
    ++octaves[octave];
  }
  EXPECT_NEAR(octaves[0], 75'000, 1000);
  EXPECT_NEAR(octaves[1], 18'750, 700);
  EXPECT_NEAR(octaves[2], 4'688, 400);
  EXPECT_NEAR(octaves[3], 1'172, 200);
  EXPECT_NEAR(octaves[4], 391, 120);  // All that would be further out.
}

TEST(Decisions, ADelayWithoutATailStaysInItsSpread) {
  Fixture fixture;
  Stream& stream = fixture.decisions.Open(kNoise, {1});
  for (int i = 0; i < 1000; ++i) {
    const Duration delay = fixture.decisions.Delay(stream, {Duration{100}, Duration{10}, 0});
    EXPECT_THAT(delay.ns, AllOf(Ge(100), Lt(110)));
    EXPECT_EQ(fixture.decisions.Delay(stream, {Duration{100}, Duration{}, 3}), Duration{100});
  }
}

TEST(Decisions, WeightedFollowsItsWeights) {
  Fixture fixture;
  Stream& stream = fixture.decisions.Open(kNoise, {1});
  std::vector<int> counts(4);
  for (int i = 0; i < 10'000; ++i) ++counts[fixture.decisions.Weighted(stream, {5, 0, 3, 2})];
  EXPECT_NEAR(counts[0], 5000, 250);
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2], 3000, 250);
  EXPECT_NEAR(counts[3], 2000, 250);
}

TEST(Decisions, UniformAtGivesTheValueOfADrawThatWasTaken) {
  Fixture fixture;
  const auto values = fixture.Draw(kNoise, {1}, 5);
  Fixture late;
  Stream& stream = late.decisions.Open(kNoise, {1});
  stream.n += 5;
  for (const uint64_t n : {4, 0, 2}) {
    EXPECT_EQ(late.decisions.UniformAt(stream, n, 1000), values[n]);
  }
  EXPECT_EQ(stream.n, 5u);
  EXPECT_DEATH(late.decisions.UniformAt(stream, 5, 1000), "was not taken");
}

TEST(Decisions, AnOverrideReplacesItsDrawAndNoOther) {
  Fixture plain;
  auto expected = plain.Draw(kNoise, {1}, 10);
  const auto untouched = plain.Draw(kNoise, {2}, 10);
  Fixture fixture;
  fixture.decisions.AddOverride(Exact({1}, 3, 999));
  EXPECT_FALSE(fixture.decisions.fidelity().complete());
  expected[3] = 999;
  EXPECT_EQ(fixture.Draw(kNoise, {1}, 10), expected);
  EXPECT_EQ(fixture.Draw(kNoise, {2}, 10), untouched);
  EXPECT_TRUE(fixture.decisions.fidelity().complete());
}

TEST(Decisions, AnExactOverrideNeverHitsTwoDraws) {
  Fixture fixture;
  fixture.decisions.AddOverride(Exact({1}, 3, 999));
  auto values = fixture.Draw(kNoise, {1}, 50, 1000);
  for (const uint64_t value : fixture.Draw(kNoise, {1}, 50, 1000)) values.push_back(value);
  EXPECT_EQ(values[3], 999u);
  Fixture plain;
  const auto seeded = plain.Draw(kNoise, {1}, 100);
  size_t changed = 0;
  for (size_t i = 0; i < values.size(); ++i) changed += values[i] != seeded[i] ? 1 : 0;
  EXPECT_EQ(changed, 1u);
}

TEST(Decisions, ARangeOfAllKeysReplacesThatRangeInEachStream) {
  Fixture fixture;
  fixture.decisions.AddOverride({.site = "test.noise",
                                 .key = std::nullopt,
                                 .first = 2,
                                 .last = 4,
                                 .tag = {0, 1000},
                                 .value = 7});
  for (const uint64_t key : {1, 2}) {
    const auto values = fixture.Draw(kNoise, {key}, 6);
    EXPECT_NE(values[1], 7u);
    EXPECT_THAT(std::vector<uint64_t>(values.begin() + 2, values.begin() + 5), Each(7u));
    EXPECT_NE(values[5], 7u);
  }
  EXPECT_THAT(fixture.Draw(kOther, {1}, 6), Each(::testing::Ne(7u)));
}

TEST(Decisions, ADrawOfAnotherTagKeepsItsValueAndTheOverrideIsMissed) {
  Fixture plain;
  const auto expected = plain.Draw(kNoise, {1}, 10);
  Fixture fixture;
  fixture.decisions.AddOverride(Exact({1}, 3, 5, {0, 999}));
  fixture.decisions.AddOverride(Exact({1}, 4, 5, {1, 1000}));
  fixture.decisions.AddOverride(Exact({1}, 5, 5));
  const auto values = fixture.Draw(kNoise, {1}, 10);
  EXPECT_EQ(values[3], expected[3]);
  EXPECT_EQ(values[4], expected[4]);
  EXPECT_EQ(values[5], 5u);
  EXPECT_EQ(fixture.decisions.fidelity().met, 1u);
  EXPECT_EQ(fixture.decisions.fidelity().all, 3u);
  ASSERT_EQ(fixture.decisions.missed().size(), 2u);
  EXPECT_EQ(fixture.decisions.missed()[0]->first, 3u);
  EXPECT_EQ(fixture.decisions.missed()[1]->first, 4u);
}

TEST(Decisions, AnOverrideIsMetByABenignStreamToo) {
  Fixture fixture;
  fixture.decisions.SetBase(SiteBase::kBenign);
  fixture.decisions.AddOverride(Exact({1}, 1, 12));
  EXPECT_THAT(fixture.Draw(kNoise, {1}, 3), ElementsAre(0, 12, 0));
}

TEST(Decisions, TheFirstOfTwoFittingOverridesIsMet) {
  Fixture fixture;
  fixture.decisions.AddOverride(Exact({1}, 0, 1));
  fixture.decisions.AddOverride(Exact({1}, 0, 2));
  EXPECT_THAT(fixture.Draw(kNoise, {1}, 1), ElementsAre(1));
  EXPECT_EQ(fixture.decisions.fidelity().met, 1u);
}

TEST(Decisions, RecordsWhatIsNotBenignInOrder) {
  Fixture fixture;
  fixture.decisions.SetSiteBase("test.other", SiteBase::kBenign);
  Stream& early = fixture.decisions.Open(kNoise, {1});
  fixture.decisions.StartRecording();
  fixture.Draw(kOther, {1}, 5);
  const uint64_t value = fixture.decisions.Uniform(early, 1000, 9);
  const auto later = fixture.Draw(kNoise, {7, 8}, 2);
  const auto& recorded = fixture.decisions.recorded();
  ASSERT_EQ(recorded.size(), 3u);
  EXPECT_EQ(recorded[0].site, &kNoise);
  EXPECT_EQ(recorded[0].key, StreamKey(1));
  EXPECT_EQ(recorded[0].tag, (DrawTag{9, 1000}));
  EXPECT_EQ(recorded[0].value, value);
  EXPECT_EQ(recorded[2].key, StreamKey(7, 8));
  EXPECT_EQ(recorded[2].n, 1u);
  EXPECT_EQ(recorded[2].value, later[1]);
}

// What shrinking stands on: benign everywhere, with the recorded decisions as overrides, is the
// same run.
TEST(Decisions, ReplayingARecordingGivesTheSameValuesAndFingerprint) {
  const auto draw_all = [](Fixture& fixture) {
    Stream& stream = fixture.decisions.Open(kNoise, {1});
    for (int i = 0; i < 50; ++i) {
      fixture.decisions.Uniform(stream, 100);
      fixture.decisions.Chance(stream, Ratio(1, 3), 4);
      fixture.decisions.Delay(stream, kDelay);
      fixture.decisions.Weighted(stream, {1, 1, 1});
    }
    return fixture.journal.fingerprint();
  };
  Fixture recorded;
  recorded.decisions.StartRecording();
  const uint64_t fingerprint = draw_all(recorded);
  Fixture replay;
  replay.decisions.SetBase(SiteBase::kBenign);
  for (const Decision& decision : recorded.decisions.recorded()) {
    replay.decisions.AddOverride({.site = std::string(decision.site->name),
                                  .key = decision.key,
                                  .first = decision.n,
                                  .last = decision.n,
                                  .tag = decision.tag,
                                  .value = decision.value});
  }
  EXPECT_EQ(draw_all(replay), fingerprint);
  EXPECT_TRUE(replay.decisions.fidelity().complete());
  EXPECT_GT(replay.decisions.fidelity().all, 100u);
}

TEST(Decisions, RecordingDoesNotChangeTheFingerprint) {
  Fixture plain;
  plain.Draw(kNoise, {1}, 10);
  Fixture recorded;
  recorded.decisions.StartRecording();
  recorded.Draw(kNoise, {1}, 10);
  EXPECT_EQ(plain.journal.fingerprint(), recorded.journal.fingerprint());
}

TEST(Decisions, TheFingerprintTellsValuesAndStreamsApart) {
  const auto fingerprint = [](const Site& site, uint64_t key, uint64_t bound) {
    Fixture fixture;
    fixture.decisions.SetBase(bound == 1 ? SiteBase::kBenign : SiteBase::kSeeded);
    fixture.Draw(site, {key}, 1, bound);
    return fixture.journal.fingerprint();
  };
  const std::set<uint64_t> all = {fingerprint(kNoise, 1, 1), fingerprint(kNoise, 2, 1),
                                  fingerprint(kOther, 1, 1), fingerprint(kNoise, 1, 1000)};
  EXPECT_EQ(all.size(), 4u);
}

TEST(DecisionsDeathTest, RefusesOverridesThatCannotBe) {
  Fixture fixture;
  EXPECT_DEATH(fixture.decisions.AddOverride(Exact({1}, 0, 1000)), "CHECK failed");
  fixture.decisions.Open(kNoise, {1});
  EXPECT_DEATH(fixture.decisions.AddOverride(Exact({1}, 0, 1)), "before the first stream");
}

TEST(StreamKey, PrintsWithoutTrailingZerosAndReadsBack) {
  EXPECT_EQ(StreamKey().ToString(), "0");
  EXPECT_EQ(StreamKey(3, 1).ToString(), "3/1");
  EXPECT_EQ(StreamKey(0, 0, 5).ToString(), "0/0/5");
  EXPECT_EQ(StreamKey::Parse("3/1").value(), StreamKey(3, 1));
}

RC_GTEST_PROP(StreamKey, ReadsWhatItPrints, (uint64_t a, uint64_t b, uint64_t c, uint64_t d)) {
  const StreamKey key(a, b, c, d);
  RC_ASSERT(StreamKey::Parse(key.ToString()).value() == key);
}

TEST(StreamKey, RefusesEverythingElse) {
  for (const char* text :
       {"", "/", "1/", "a", "1/2/3/4/5", "-1", "+1", " 1", "18446744073709551616"}) {
    const auto key = StreamKey::Parse(text);
    ASSERT_FALSE(key.ok()) << text;
    EXPECT_THAT(key.status().message(), HasSubstr("expected a stream key"));
  }
}

}  // namespace
}  // namespace ww::sim
