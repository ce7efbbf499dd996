#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "raft/machine/shard_machine.h"

namespace ww::raft {
namespace {

constexpr uint32_t kSessionsMax = 4;

Entry EntryOf(const Command& command) {
  return Entry{Term(1), EntryType::kCommand, EncodeCommand(command)};
}

// Applies what a few clients, with and without sessions, may send.
class Workload {
 public:
  explicit Workload(ShardMachine& machine) : machine_(machine) {}
  void Step(uint32_t choice) {
    Command command;
    const std::string key = fmt::format("key-{}", choice % 7);
    const std::string value = fmt::format("value-{}", choice);
    command.operation = static_cast<Operation>(1 + choice / 8 % 4);
    command.client = ClientId(1 + choice / 32 % 6);
    command.series = 1 + choice / 256 % 50;
    command.responded_to = choice % 3 == 0 ? command.series - 1 : 0;
    command.key = key;
    command.value = value;
    if (command.operation == Operation::kRegister) {
      command.key = command.value = {};
    } else if (choice % 5 == 0) {
      command.client = ClientId();
      command.series = command.responded_to = 0;
    }
    machine_.Apply(machine_.applied().next(), EntryOf(command));
  }

 private:
  ShardMachine& machine_;
};

RC_GTEST_PROP(MachineImage, WhatIsLoadedIsWhatWasSavedAndGoesOnLikeIt,
              (const std::vector<uint32_t>& before, const std::vector<uint32_t>& after)) {
  ShardMachine machine(kSessionsMax);
  for (const uint32_t choice : before) Workload(machine).Step(choice);
  const std::string image = machine.Save();
  absl::StatusOr<ShardMachine> loaded = ShardMachine::Load(image, kSessionsMax);
  RC_ASSERT(loaded.ok());
  RC_ASSERT(loaded->applied() == machine.applied());
  RC_ASSERT(loaded->digest() == machine.digest());
  RC_ASSERT(loaded->Save() == image);
  for (const uint32_t choice : after) {
    Workload(machine).Step(choice);
    Workload(*loaded).Step(choice);
    RC_ASSERT(loaded->digest() == machine.digest());
  }
  RC_ASSERT(loaded->Save() == machine.Save());
}

// A machine with a bit of everything.
ShardMachine Used() {
  ShardMachine machine(kSessionsMax);
  for (uint32_t i = 0; i < 3000; ++i) Workload(machine).Step(i * 7919);
  return machine;
}

TEST(MachineImage, KeepsTheOrderInWhichSessionsWereUsed) {
  const ShardMachine machine = Used();
  ASSERT_EQ(machine.sessions(), kSessionsMax);
  absl::StatusOr<ShardMachine> loaded = ShardMachine::Load(machine.Save(), kSessionsMax);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->sessions(), kSessionsMax);
  EXPECT_EQ(loaded->digest(), machine.digest());
}

TEST(MachineImage, DoesNotDependOnTheOrderInWhichKeysCame) {
  ShardMachine forward(kSessionsMax);
  ShardMachine backward(kSessionsMax);
  for (uint64_t i = 0; i < 9; ++i) {
    const auto put = [](ShardMachine& machine, uint64_t number) {
      const std::string key = fmt::format("key-{}", number);
      machine.Apply(machine.applied().next(),
                    EntryOf({Operation::kPut, ClientId(), 0, 0, key, "value"}));
    };
    put(forward, i);
    put(backward, 8 - i);
  }
  EXPECT_EQ(forward.Save(), backward.Save());
}

TEST(MachineImage, RefusesEveryPrefixAndAnythingLeftOver) {
  const std::string image = Used().Save();
  for (size_t size = 0; size < image.size(); ++size) {
    ASSERT_FALSE(ShardMachine::Load(std::string_view(image).substr(0, size), kSessionsMax).ok());
  }
  EXPECT_FALSE(ShardMachine::Load(image + '\0', kSessionsMax).ok());
}

TEST(MachineImage, OfAWitnessHasAnIndexAndNothingElse) {
  const std::string image = ShardMachine::Skipped(Index(7)).Save();
  const absl::StatusOr<ShardMachine> loaded = ShardMachine::Load(image, 4);
  ASSERT_TRUE(loaded.ok());
  EXPECT_TRUE(loaded->skipped());
  EXPECT_EQ(loaded->applied(), Index(7));
  EXPECT_EQ(loaded->Save(), image);
  EXPECT_FALSE(ShardMachine::Load(image + "x", 4).ok());
}

TEST(MachineImage, RefusesMoreSessionsThanThereMayBe) {
  EXPECT_FALSE(ShardMachine::Load(Used().Save(), kSessionsMax - 1).ok());
}

RC_GTEST_PROP(MachineImage, NeverCrashesOnDamagedBytes, (const std::vector<uint32_t>& places)) {
  std::string image = Used().Save();
  for (const uint32_t place : places) image[place % image.size()] += static_cast<char>(place >> 24);
  absl::StatusOr<ShardMachine> loaded = ShardMachine::Load(image, kSessionsMax);
  if (loaded.ok()) RC_ASSERT(loaded->Save() == image);
}

}  // namespace
}  // namespace ww::raft
