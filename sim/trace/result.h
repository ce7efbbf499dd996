// Result: how one run ended; one object of a result file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ww {

enum class Verdict : uint8_t { kPass, kExpected, kSafety, kLiveness, kHarness, kDiverged };
const char* NameOf(Verdict verdict);

struct RunResult {
  std::string token;
  std::string scenario;
  uint64_t seed = 0;
  Verdict verdict = Verdict::kPass;
  std::string property;  // Empty when passed.
  std::string message;   // The two facts that contradict each other; empty when passed.
  uint64_t fingerprint = 0;
  uint64_t events = 0;
  uint64_t decisions = 0;
  int64_t virtual_ns = 0;
  int64_t wall_ns = 0;  // Filled in by the command line; a world knows no real clock.
  std::map<std::string, uint64_t> reached;
  std::map<std::string, uint64_t> judged;
  uint64_t suppressed_faults = 0;
  std::string case_file;  // Empty when none was written.
  std::string signature;  // Equal failures have equal signatures.

  // Beyond the contract's keys: what campaign summaries print.
  std::map<std::string, uint64_t> noticed;  // What checks saw that is no violation; counts.
  std::map<std::string, uint64_t> slowest;  // Liveness property -> thousandths of its time unit.
  uint64_t operations_acked = 0;
  uint64_t faults_fired = 0;
  uint64_t leader_changes = 0;
  std::map<std::string, uint64_t> faults_by_kind;
  std::vector<std::string> judges;         // Properties that the scenario wants exercised.
  std::vector<std::string> expects;        // Properties whose violation the scenario wants seen.
  std::vector<std::string> expected_seen;  // Expected properties that were violated.
  std::vector<std::string> not_triggered;  // Plan items whose trigger never came.
  uint64_t overrides_met = 0;
  uint64_t overrides_all = 0;
  std::vector<std::string> details;  // Lines for people: replicas of the shard, last events.
};

}  // namespace ww
