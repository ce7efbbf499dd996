// Plants nondeterminism of each kind and sees it found, with the first diverging event named.

#include "scenarios/determinism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "absl/container/flat_hash_set.h"
#include "sim/world.h"
#include "tests/support/cases.h"

namespace ww::scenarios {
namespace {

using testing::HasSubstr;

// A program of twenty steps on one simulated host; what each step journals is what `Plant` says.
using Plant = absl::FunctionRef<uint64_t(uint64_t step)>;

Observed RunProgram(Plant plant, const ObserveOptions& options, sim::FiberPool& fibers) {
  if (options.perturbation.on) fibers.FillIdleStacks(options.perturbation.stack_fill);
  Schema schema;
  sim::AddWorldKinds(schema);
  const KindId step_kind =
      schema.Add({"program.step",
                  DisplayRole::kPoint,
                  {{"step", FieldType::kNumber, "", {}}, {"value", FieldType::kNumber, "", {}}}});
  sim::World world(1, {schema, fibers});
  if (options.trace) world.journal().StartTrace();
  sim::Host& host = world.AddHost({}, {});
  host.SetMain([&](sim::Process& process) {
    for (uint64_t step = 1; step <= 20; ++step) {
      process.SleepFor(Milliseconds(10));
      const uint64_t value = step < 12 ? step : plant(step);
      world.journal().Record(step_kind, world.now(), host.id(), step, value);
    }
  });
  host.Start();
  world.RunUntil(TrueTime{} + Seconds(1));
  return {world.journal().fingerprint(), options.trace ? world.journal().TraceBytes() : ""};
}

DeterminismReport Compare(Plant plant) {
  sim::FiberPool fibers;
  const auto program = [&](const ObserveOptions& options) {
    return RunProgram(plant, options, fibers);
  };
  return CompareRuns(program, [] {});
}

// The difference is at the first planted step, not later, and the ten events before it are shown.
void ExpectFoundAtFirstPlantedStep(const DeterminismReport& report) {
  EXPECT_FALSE(report.deterministic);
  EXPECT_NE(report.first, report.second);
  EXPECT_THAT(report.difference, HasSubstr("program.step"));
  EXPECT_THAT(report.difference, HasSubstr("step=12"));
  EXPECT_THAT(report.difference, HasSubstr("step=11"));
}

TEST(CompareRuns, FindsNothingInADeterministicProgram) {
  const DeterminismReport report = Compare([](uint64_t step) { return step * step; });
  EXPECT_TRUE(report.deterministic);
  EXPECT_EQ(report.difference, "");
}

TEST(CompareRuns, FindsAnAddressUsedAsKey) {
  ExpectFoundAtFirstPlantedStep(Compare([](uint64_t) {
    std::vector<std::unique_ptr<uint64_t>> items;
    std::map<const uint64_t*, uint64_t> by_address;
    for (uint64_t i = 0; i < 16; ++i) {
      items.push_back(std::make_unique<uint64_t>(i));
      by_address[items.back().get()] = i;
    }
    uint64_t mixed = 0;
    for (const auto& [address, item] : by_address) mixed = Absorb(mixed, item);
    return mixed;
  }));
}

TEST(CompareRuns, FindsAByteOfTheHeapThatWasNeverWritten) {
  ExpectFoundAtFirstPlantedStep(Compare([](uint64_t) {
    const std::unique_ptr<volatile uint8_t[]> bytes(new volatile uint8_t[200]);
    return uint64_t{bytes[150]};
  }));
}

TEST(CompareRuns, FindsAByteOfTheStackThatWasNeverWritten) {
  ExpectFoundAtFirstPlantedStep(Compare([](uint64_t) {
    std::array<uint8_t, 4096> bytes;
    const uint8_t* pointer = bytes.data();
    asm volatile("" : "+r"(pointer) : : "memory");  // Compilers would see through it.
    return uint64_t{pointer[1000]};
  }));
}

TEST(CompareRuns, FindsStateThatOutlivesTheRun) {
  uint64_t runs = 0;
  ExpectFoundAtFirstPlantedStep(Compare([&runs](uint64_t) { return ++runs; }));
}

TEST(CompareRuns, FindsTheRealClock) {
  ExpectFoundAtFirstPlantedStep(Compare([](uint64_t) {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  }));
}

// The salt of Abseil's hashes differs from process to process; so does what follows from it.
uint64_t HashOrder() {
  absl::flat_hash_set<uint64_t> set;
  for (uint64_t i = 0; i < 64; ++i) set.insert(i);
  uint64_t mixed = 0;
  std::for_each(set.begin(), set.end(), [&mixed](uint64_t item) { mixed = Absorb(mixed, item); });
  return mixed;
}

TEST(TwoProcesses, DisagreeWhenHashOrderIsUsed) {
  sim::FiberPool fibers;
  const auto fingerprint = [&fibers] {
    return RunProgram([](uint64_t) { return HashOrder(); }, {}, fibers).fingerprint;
  };
  if (std::getenv("WHITEWATER_PRINT_HASH_ORDER") != nullptr) {
    std::printf("FINGERPRINT %016llx\n", static_cast<unsigned long long>(fingerprint()));
    return;
  }
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const auto in_another_process = [&self] {
    const std::string command = "WHITEWATER_PRINT_HASH_ORDER=1 '" + self +
                                "' --gtest_filter=TwoProcesses.DisagreeWhenHashOrderIsUsed";
    FILE* pipe = popen(command.c_str(), "r");
    CHECK(pipe != nullptr);
    std::array<char, 256> line;
    std::string found;
    while (std::fgets(line.data(), line.size(), pipe) != nullptr) {
      if (std::string_view(line.data()).starts_with("FINGERPRINT ")) found = line.data();
    }
    EXPECT_EQ(pclose(pipe), 0);
    EXPECT_NE(found, "");
    return found;
  };
  std::set<std::string> fingerprints;
  for (int process = 0; process < 4; ++process) fingerprints.insert(in_another_process());
  EXPECT_GT(fingerprints.size(), 1u);
}

TEST(CheckDeterminism, PassesForAStorm) {
  Case value = BuiltInCase("storm", 11);
  value.scenario.phases.chaos = {Seconds(10), Seconds(10)};
  sim::FiberPool fibers;
  const DeterminismReport report = CheckDeterminism(value, {}, fibers);
  EXPECT_TRUE(report.deterministic) << report.difference;
  EXPECT_NE(report.first, 0u);
}

}  // namespace
}  // namespace ww::scenarios
