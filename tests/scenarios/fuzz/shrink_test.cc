// The walk along shrinks: it ends at something that fails and of which nothing simpler does.
#include "scenarios/fuzz/shrink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "scenarios/fuzz/generate.h"
#include "scenarios/fuzz/model.h"
#include "tests/scenarios/fuzz/grounds.h"

namespace ww::scenarios::fuzz {
namespace {

using faults::FaultKind;

bool HasPartition(const Sequence& sequence) {
  return std::any_of(sequence.commands.begin(), sequence.commands.end(), [](const Command& one) {
    const auto* fault = std::get_if<Fault>(&one);
    return fault != nullptr && fault->kind == FaultKind::kPartition;
  });
}

bool HasMove(const Sequence& sequence) {
  return std::any_of(sequence.commands.begin(), sequence.commands.end(), [](const Command& one) {
    const auto* operation = std::get_if<Operation>(&one);
    return operation != nullptr && operation->action == OperatorAction::kMigrate;
  });
}

bool Fails(const Sequence& sequence) { return HasPartition(sequence) && HasMove(sequence); }

std::vector<bool> FailingOnes(const std::vector<Sequence>& sequences) {
  std::vector<bool> answers;
  for (const Sequence& sequence : sequences) answers.push_back(Fails(sequence));
  return answers;
}

uint64_t FailingSeed() {
  for (uint64_t seed = 1;; ++seed) {
    const Sequence sequence = SequenceOf(ControlGround(), seed).value();
    if (Fails(sequence) && sequence.commands.size() > 6) return seed;
  }
}

TEST(Shrink, LeavesWhatTheFailureNeedsAndNothingElse) {
  const Shrunk shrunk = Shrink(SequenceOf(ControlGround(), FailingSeed()), {}, FailingOnes);
  EXPECT_TRUE(shrunk.complete);
  EXPECT_EQ(shrunk.sequence.commands.size(), 2u);
  EXPECT_TRUE(Fails(shrunk.sequence));
  EXPECT_EQ(shrunk.sequence.choices, Choices{});
  EXPECT_TRUE(Valid(ControlGround(), shrunk.sequence));
}

TEST(Shrink, ComesToTheSameWhateverTheBatch) {
  const rc::Shrinkable<Sequence> failing = SequenceOf(ControlGround(), FailingSeed());
  ShrinkLimits one;
  ShrinkLimits five;
  five.batch = 5;
  const Shrunk by_one = Shrink(failing, one, FailingOnes);
  const Shrunk by_five = Shrink(failing, five, FailingOnes);
  EXPECT_EQ(by_one.sequence, by_five.sequence);
  EXPECT_EQ(by_one.tries, by_five.tries);
}

TEST(Shrink, StopsAtItsLimitWithSomethingThatFails) {
  ShrinkLimits limits;
  limits.batch = 4;
  limits.tries_max = 6;
  const Shrunk shrunk = Shrink(SequenceOf(ControlGround(), FailingSeed()), limits, FailingOnes);
  EXPECT_FALSE(shrunk.complete);
  EXPECT_LE(shrunk.tries, 6u);
  EXPECT_TRUE(Fails(shrunk.sequence));
}

TEST(Shrink, StopsWhenNobodyAnswers) {
  const rc::Shrinkable<Sequence> failing = SequenceOf(ControlGround(), FailingSeed());
  const Shrunk shrunk =
      Shrink(failing, {}, [](const std::vector<Sequence>&) { return std::vector<bool>(); });
  EXPECT_FALSE(shrunk.complete);
  EXPECT_EQ(shrunk.sequence, failing.value());
}

TEST(Shrink, KeepsWhatIsSimpleAlready) {
  const auto never = [](const std::vector<Sequence>& sequences) {
    return std::vector<bool>(sequences.size(), false);
  };
  const rc::Shrinkable<Sequence> failing = SequenceOf(ControlGround(), 3);
  const Shrunk shrunk = Shrink(failing, {}, never);
  EXPECT_TRUE(shrunk.complete);
  EXPECT_EQ(shrunk.sequence, failing.value());
}

}  // namespace
}  // namespace ww::scenarios::fuzz
