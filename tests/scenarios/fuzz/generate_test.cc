// Every generated sequence is valid, stays so under every shrink, and becomes a case that can be
// written, read and run.
#include "scenarios/fuzz/generate.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/TestMetadata.h>
#include <rapidcheck/detail/TestParams.h>

#include <set>
#include <sstream>

#include "scenarios/fuzz/model.h"
#include "scenarios/fuzz/to_case.h"
#include "scenarios/runner.h"
#include "tests/scenarios/fuzz/grounds.h"

namespace ww::scenarios::fuzz {

// For RapidCheck's reports.
void showValue(const Sequence& sequence, std::ostream& out) {
  for (const std::string& line : Describe(sequence)) out << "\n  " << line;
}

namespace {

const std::vector<Ground>& Grounds() {
  static const std::vector<Ground> grounds = {ControlGround(4),    ControlGround(6),
                                              MembersGround(),     BootstrapGround(),
                                              CoordinatedGround(), GrowingGround()};
  return grounds;
}

// With a seed of its own, so that a failure comes back.
template <class Property>
void Check(const Property& property, int runs) {
  rc::detail::TestParams params;
  params.seed = 77;
  params.maxSuccess = runs;
  const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata(), params);
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << text.str();
}

TEST(Sequences, AreValidOnEveryGround) {
  for (const Ground& ground : Grounds()) {
    Check([&ground] { RC_ASSERT(Valid(ground, *SequencesOn(ground))); }, 500);
  }
}

TEST(Sequences, StayValidUnderEveryShrinkAndBecomeSimpler) {
  for (const Ground& ground : Grounds()) {
    Check(
        [&ground] {
          Sequence sequence = *rc::gen::noShrink(SequencesOn(ground));
          // A walk down: some shrink of a shrink of a shrink.
          for (int depth = 0; depth < 6; ++depth) {
            const std::vector<Sequence> shrinks = ShrinksOf(ground, sequence);
            for (const Sequence& shrink : shrinks) {
              RC_ASSERT(Valid(ground, shrink));
              RC_ASSERT(!(shrink == sequence));
              RC_ASSERT(shrink.commands.size() <= sequence.commands.size());
            }
            if (shrinks.empty()) break;
            const auto at = *rc::gen::noShrink(
                rc::gen::resize(rc::kNominalSize, rc::gen::inRange<size_t>(0, shrinks.size())));
            sequence = shrinks[at];
          }
        },
        100);
  }
}

TEST(Sequences, OfASeedAreTheSameEachTime) {
  const Ground ground = ControlGround();
  EXPECT_EQ(SequenceOf(ground, 7).value(), SequenceOf(ground, 7).value());
  std::set<std::string> different;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::string text;
    for (const std::string& line : Describe(SequenceOf(ground, seed).value())) text += line + "\n";
    different.insert(text);
  }
  EXPECT_GE(different.size(), 19u);
}

// What sequences are for: if one of these never came, a part of the generator would be dead.
TEST(Sequences, HoldEveryKindOfCommand) {
  std::set<OperatorAction> actions;
  std::set<faults::FaultKind> kinds;
  std::set<Moment> moments;
  std::set<raft::meta::MoveStep> steps;
  std::set<Deed> deeds;
  std::set<std::pair<StepEdge, StepRole>> undone;
  size_t late = 0;
  size_t edits = 0;
  size_t stragglers = 0;
  size_t idle = 0;
  size_t chosen = 0;
  for (const Ground& ground : Grounds()) {
    for (uint64_t seed = 1; seed <= 1000; ++seed) {
      const Sequence sequence = SequenceOf(ground, seed).value();
      chosen += sequence.choices.joint && sequence.choices.random_ids ? 1 : 0;
      for (const Command& command : sequence.commands) {
        if (const auto* operation = std::get_if<Operation>(&command)) {
          actions.insert(operation->action);
        } else if (const auto* fault = std::get_if<Fault>(&command)) {
          kinds.insert(fault->kind);
          moments.insert(fault->moment);
          if (fault->moment == Moment::kStep) steps.insert(fault->step);
          if (fault->moment == Moment::kUndo) undone.insert({fault->edge, fault->role});
          if (fault->moment == Moment::kDeed) deeds.insert(fault->deed);
        } else if (const auto* edit = std::get_if<Edit>(&command)) {
          ++edits;
          stragglers += edit->straggler.none() ? 0 : 1;
        }
        late += std::holds_alternative<LateStart>(command) ? 1 : 0;
        idle += std::holds_alternative<Idle>(command) ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(actions.size(), 16u);
  EXPECT_EQ(kinds.size(), 11u);
  EXPECT_EQ(moments.size(), 6u);
  EXPECT_EQ(deeds.size(), kDeeds);
  EXPECT_EQ(undone.size(), kUndoEdges.size() * kStepRoles);
  EXPECT_EQ(steps.size(), 11u);
  EXPECT_GT(late, 50u);
  EXPECT_GT(edits, 50u);
  EXPECT_GT(stragglers, 20u);
  EXPECT_GT(idle, 50u);
  EXPECT_GT(chosen, 10u);
}

TEST(Sequences, BecomeCasesThatAreReadBackAsTheyWereWritten) {
  for (const char* name : {"migration/replace", "bootstrap/priority", "membership-churn",
                           "failover/switch", "repair/new-host"}) {
    for (uint64_t seed = 1; seed <= 25; ++seed) {
      const Fuzzed fuzzed = FuzzedOf(name, seed);
      const std::string text = FormatCase(ToCase(fuzzed.base, fuzzed.sequence.value()));
      const absl::StatusOr<Case> read = ParseCase(text, "a.case");
      ASSERT_TRUE(read.ok()) << read.status() << text;
      EXPECT_EQ(FormatCase(*read), text);
    }
  }
}

TEST(Sequences, RunCleanThroughTheEngine) {
  sim::FiberPool fibers;
  const auto runs = [&fibers](const char* name, uint64_t seed) {
    const Fuzzed fuzzed = FuzzedOf(name, seed);
    const Case value = ToCase(fuzzed.base, fuzzed.sequence.value());
    const RunResult result = RunCase(value, {}, fibers).result;
    RC_ASSERT(result.message == "");
    RC_ASSERT(result.verdict == Verdict::kPass);
  };
  Check(
      [&runs] {
        const auto name =
            *rc::gen::element("migration/replace", "bootstrap/priority", "membership-churn",
                              "failover/switch", "repair/new-host", "balance/new-host");
        runs(name, *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<uint64_t>(1, 500)));
      },
      40);
}

}  // namespace
}  // namespace ww::scenarios::fuzz
