// Grounds and cases that tests of fuzzed sequences share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/catalogue/catalogue.h"
#include "scenarios/checks/judge.h"
#include "scenarios/fuzz/fuzzed.h"
#include "scenarios/fuzz/sequence.h"
#include "sim/base/check.h"

namespace ww::scenarios::fuzz {

inline Ground ControlGround(uint64_t hosts = 6) {
  Ground ground;
  ground.hosts = hosts;
  ground.shards = 2;
  return ground;
}
// Of six hosts the last two are to be added.
inline Ground GrowingGround() {
  Ground ground = ControlGround();
  ground.hosts_added = 2;
  return ground;
}
inline Ground MembersGround() {
  Ground ground;
  ground.play = Play::kMembers;
  ground.hosts = 5;
  return ground;
}
inline Ground BootstrapGround() {
  Ground ground;
  ground.play = Play::kBootstrap;
  ground.hosts = 5;
  ground.voters = 1;
  ground.editable = true;
  return ground;
}
inline Ground CoordinatedGround() {
  Ground ground;
  ground.play = Play::kCoordinated;
  ground.hosts = 6;
  ground.voters = 5;
  return ground;
}

inline Operation Migration(uint64_t shard, uint64_t from, uint64_t to) {
  Operation one;
  one.action = OperatorAction::kMigrate;
  one.shard = ShardId(shard);
  one.from = HostId(from);
  one.host = HostId(to);
  return one;
}
inline Fault CrashOf(uint64_t host, Moment moment = Moment::kHere) {
  Fault fault;
  fault.hosts = {HostId(host)};
  fault.moment = moment;
  fault.lasting = Seconds(1);
  return fault;
}

inline Operation SwitchTo(uint64_t host) {
  Operation one;
  one.action = OperatorAction::kSwitch;
  one.shard = ShardId(2);
  one.host = HostId(host);
  one.waits = false;
  return one;
}

// The base of a built-in scenario's fuzzed cases.
inline Fuzzed FuzzedOf(const std::string& name, uint64_t seed) {
  std::vector<std::string_view> properties;
  for (const checks::Property& property : checks::AllProperties()) {
    properties.push_back(property.name);
  }
  const auto no_files = [](const std::string& path) -> absl::StatusOr<std::string> {
    return absl::NotFoundError(path);
  };
  const absl::StatusOr<LoadedScenario> loaded = LoadScenario(name, properties, no_files);
  CHECK(loaded.ok(), "{}", loaded.status().ToString());
  const Token token{std::string(kFuzzPrefix) + name, seed, {}};
  absl::StatusOr<Fuzzed> fuzzed = ResolveFuzzed(token, loaded->scenario, loaded->text);
  CHECK(fuzzed.ok(), "{}", fuzzed.status().ToString());
  return *std::move(fuzzed);
}

}  // namespace ww::scenarios::fuzz
