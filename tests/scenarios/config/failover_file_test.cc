// Configurations of supervised failover from hostile files: refused with a place, never worse.
#include "scenarios/config/failover_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "raft/failover/explain.h"
#include "sim/base/hash.h"

namespace ww::scenarios {
namespace {

using raft::failover::ClusterConfig;
using raft::failover::ConfigError;
using raft::failover::Profile;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kConfig =
    "iproto: {listen: [{uri: 'unix/:./{{ instance_name }}.iproto'}]}\n"
    "replication:\n"
    "  failover: supervised\n"
    "  bootstrap_strategy: auto\n"
    "failover:\n"
    "  lease_interval: 2.5e1\n"
    "  stateboard: {keepalive_interval: 0x10, renew_interval: 2}\n"
    "  replicasets:\n"
    "    r-001:\n"
    "      learners: [i-003]\n"
    "      priority:\n"
    "        i-001: -inf\n"
    "        i-002: 010\n"
    "groups:\n"
    "  g-001:\n"
    "    replicasets:\n"
    "      r-001:\n"
    "        instances:\n"
    "          i-001: {replication: {anon: true}}\n"
    "          i-002: {isolated: no}\n"
    "          i-003: {}\n";

// Reads, and uses what was read as the command line does. Returns whether it was accepted.
bool Survives(const std::string& text, Profile profile) {
  const auto read = ReadFailoverFile(text, "x.yaml", {.profile = profile});
  if (const auto* error = std::get_if<ConfigError>(&read)) {
    const std::string message = Describe(*error, "x.yaml");
    EXPECT_THAT(message, StartsWith("x.yaml:")) << text;
    EXPECT_LT(message.size(), 700u);
    EXPECT_GE(error->line, 1) << text;
    EXPECT_LE(error->line, 2 + std::count(text.begin(), text.end(), '\n')) << text;
    EXPECT_TRUE(std::all_of(message.begin(), message.end(), [](char c) {
      return c >= ' ' && c <= '~';
    })) << message;
    return false;
  }
  for (const auto& config : std::get<ClusterConfig>(read).replicasets) {
    const auto view = ViewBootstrap(config);
    EXPECT_FALSE(view.why.empty());
    DescribeWaiting(config, view);
  }
  return true;
}

TEST(FailoverFile, SurvivesEveryTruncation) {
  ASSERT_TRUE(Survives(std::string(kConfig), Profile::kTarantool33));
  ASSERT_TRUE(Survives(std::string(kConfig), Profile::kTarantool34));
  for (size_t size = 0; size < kConfig.size(); ++size) {
    Survives(std::string(kConfig.substr(0, size)), Profile::kTarantool34);
  }
}

TEST(FailoverFile, SurvivesForeignBytesAndPartsOfItself) {
  constexpr std::string_view kBytes =
      "{}[]:,-'\"#&*!|>%@`~ \n\t\r\\0x.einfNaull_iA\x80\xff\x7f\x01";
  uint64_t drawn = 33;
  const auto draw = [&drawn](size_t bound) {
    drawn = Mix64(drawn + bound);
    return static_cast<size_t>(drawn % bound);
  };
  size_t accepted = 0;
  constexpr size_t kRuns = 20'000;
  for (size_t run = 0; run < kRuns; ++run) {
    std::string text(kConfig);
    for (size_t edits = 1 + draw(3); edits > 0; --edits) {
      const size_t at = draw(text.size());
      const size_t length = draw(3);
      if (draw(4) == 0) {
        const size_t from = draw(kConfig.size());
        text.insert(at, kConfig.substr(from, draw(40)));
      } else {
        text.replace(at, length, 1, kBytes[draw(kBytes.size())]);
      }
    }
    const Profile profile = draw(2) == 0 ? Profile::kTarantool33 : Profile::kTarantool34;
    if (Survives(text, profile)) ++accepted;
  }
  EXPECT_GT(accepted, kRuns / 100) << "hardly anything gets behind the reader of YAML";
  EXPECT_LT(accepted, kRuns / 2);
}

TEST(FailoverFile, SaysWhereAndWhat) {
  std::string text(kConfig);
  text.replace(text.find("010"), 3, "ten");
  const auto read = ReadFailoverFile(text, "x.yaml", {});
  ASSERT_TRUE(std::holds_alternative<ConfigError>(read));
  EXPECT_EQ(Describe(std::get<ConfigError>(read), "x.yaml"),
            "x.yaml:13: key 'failover.replicasets.r-001.priority.i-002': found the string 'ten', "
            "expected a number");
}

TEST(FailoverFile, IsReadFromAPartOfADocumentToo) {
  const absl::StatusOr<YamlNode> root =
      ReadYaml("cluster: {groups: {g: {replicasets: {r: {instances: {a: {}}}}}}}", "x.yaml");
  ASSERT_TRUE(root.ok());
  const auto read = ReadFailoverTree(root->items.at(0), {});
  ASSERT_TRUE(std::holds_alternative<ClusterConfig>(read));
  EXPECT_EQ(std::get<ClusterConfig>(read).replicasets.at(0).instances.at(0).name, "a");
}

}  // namespace
}  // namespace ww::scenarios
