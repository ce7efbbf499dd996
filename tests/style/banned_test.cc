// Constructs that make two runs differ, or that the house does without.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "tests/style/source_tree.h"

namespace ww::style {
namespace {

using ::testing::IsEmpty;

struct Ban {
  const char* pattern;
  const char* instead;
  std::vector<std::string> except;  // Path prefixes.
};

const std::vector<Ban>& Bans() {
  static const std::vector<Ban> bans = {
      {R"(std::random_device|#include <random>|std::shuffle|\brand\(\)|\bsrand\()",
       "decision streams (sim/decisions.h)",
       {}},
      {R"(system_clock|steady_clock|high_resolution_clock|\bgettimeofday|\bclock_gettime|\btime\(nullptr)",
       "the scheduler's time, or the host's clock",
       {"scenarios/cli/", "tests/"}},
      {R"(\bgetenv\b|\bsetlocale\b|std::locale)", "options", {"scenarios/cli/", "tests/"}},
      {R"(\bthread_local\b|std::thread\b|std::jthread|std::mutex|std::async|std::atomic)",
       "fibers; a world has one thread",
       {}},
      {R"(std::unordered_)", "a sorted vector, btree_map, or flat_hash_map for lookups only", {}},
      {R"(catch \(\.\.\.\))", "Status; a kill must pass through", {}},
      {R"(\b(double|float|long double)\b)",
       "integers: Duration, Ratio",
       {"tests/", "scenarios/cli/bench", "raft/failover/number."}},
      {R"(std::(i|o)?fstream|\bfopen\(|std::filesystem)",
       "the simulated disk; real files belong to the command line",
       {"scenarios/cli/", "tests/"}},
      {R"(\b(sleep|usleep|nanosleep|sleep_for)\()", "virtual time", {}},
      {R"(std::shared_ptr|std::make_shared)", "values and unique_ptr", {"tests/"}},
      {R"(std::format\b|std::source_location|std::views)", "fmt, macros, algorithms", {}},
      {R"(\bassert\()", "CHECK", {}},
      {R"(\bTODO\b|\bFIXME\b|\bXXX\b)", "finished work", {}},
  };
  return bans;
}

bool Excepted(const Ban& ban, const std::string& path) {
  if (path == "tests/style/banned_test.cc") return true;
  for (const std::string& prefix : ban.except) {
    if (path.starts_with(prefix)) return true;
  }
  return false;
}

TEST(Banned, ConstructsDoNotOccur) {
  std::vector<std::string> found;
  for (const Ban& ban : Bans()) {
    const std::regex pattern(ban.pattern);
    for (const SourceFile& file : ReadSources()) {
      if (Excepted(ban, file.path)) continue;
      for (size_t i = 0; i < file.code.size(); ++i) {
        if (!std::regex_search(file.code[i], pattern)) continue;
        found.push_back(file.path + ":" + std::to_string(i + 1) + ": " + file.lines[i] + "  -> " +
                        ban.instead);
      }
    }
  }
  EXPECT_THAT(found, IsEmpty());
}

// A mutable static survives a crash of the simulated process and leaks from run to run.
TEST(Banned, MutableStaticsDoNotOccur) {
  const std::regex pattern(
      R"(^\s*static\s+(?!const\b|constexpr\b|inline\b)[\w:<>,\s\*&]+\s[\w]+\s*(=|;|\{))");
  const std::set<std::string> except = {"scenarios/cli/crash_report.cc"};
  std::vector<std::string> found;
  for (const SourceFile& file : ReadSources()) {
    if (file.room() == "tests" || except.contains(file.path)) continue;
    for (size_t i = 0; i < file.code.size(); ++i) {
      if (std::regex_search(file.code[i], pattern)) {
        found.push_back(file.path + ":" + std::to_string(i + 1) + ": " + file.lines[i]);
      }
    }
  }
  EXPECT_THAT(found, IsEmpty());
}

// Absl salts its hashes per process: the order of iteration is another one in every run.
TEST(Banned, HashContainersAreNeverIterated) {
  const std::regex declared(R"(flat_hash_(?:map|set)<.*>\s+(\w+)\s*[;{=])");
  std::map<std::string, std::set<std::string>> names;  // By path without ending.
  const auto stem = [](const std::string& path) { return path.substr(0, path.rfind('.')); };
  const std::vector<SourceFile> files = ReadSources();
  for (const SourceFile& file : files) {
    for (const std::string& line : file.code) {
      std::smatch match;
      if (std::regex_search(line, match, declared)) names[stem(file.path)].insert(match[1]);
    }
  }
  std::vector<std::string> found;
  for (const SourceFile& file : files) {
    // Hash order is planted there, to see it found.
    if (file.path == "tests/scenarios/determinism_test.cc") continue;
    for (const std::string& name : names[stem(file.path)]) {
      const std::regex iterated(R"(for \(.*:\s*(\w+(\.|->))*)" + name + R"(\)|\b)" + name +
                                R"((\.|->)begin\()");
      for (size_t i = 0; i < file.code.size(); ++i) {
        if (std::regex_search(file.code[i], iterated)) {
          found.push_back(file.path + ":" + std::to_string(i + 1) + ": " + file.lines[i]);
        }
      }
    }
  }
  EXPECT_THAT(found, IsEmpty());
}

// Two types of one name in one namespace break the one-definition rule: linkers take one of the two
// for both, and only some builds show it.
TEST(Banned, NoTwoTypesOfANamespaceHaveOneName) {
  const std::regex opens(R"(^(?:inline )?namespace\s*([\w:]*)\s*\{)");
  const std::regex closes(R"(^\}  // (?:inline )?namespace)");
  const std::regex type(
      R"(^(?:enum class|enum|class|struct|union)\s+([\w:<>]+)(?:\s[^;({]*)?(?:\{.*)?$)");
  std::map<std::string, std::vector<std::string>> places;  // By qualified name.
  for (const SourceFile& file : ReadSources()) {
    std::vector<std::string> inside;
    for (size_t i = 0; i < file.code.size(); ++i) {
      const std::string& line = file.code[i];
      std::smatch match;
      if (std::regex_search(line, match, opens)) {
        inside.push_back(match[1]);
      } else if (std::regex_search(file.lines[i], closes) && !inside.empty()) {
        inside.pop_back();
      } else if (std::regex_search(line, match, type)) {
        if (std::find(inside.begin(), inside.end(), "") != inside.end()) continue;
        std::string name;
        for (const std::string& space : inside) name += space + "::";
        places[name + std::string(match[1])].push_back(file.path + ":" + std::to_string(i + 1));
      }
    }
  }
  std::vector<std::string> found;
  for (const auto& [name, where] : places) {
    if (where.size() > 1) found.push_back(name + ": " + where[0] + " and " + where[1]);
  }
  EXPECT_GT(places.size(), 300U);
  EXPECT_THAT(found, IsEmpty());
}

TEST(Banned, TextsSpeakOfTheProjectAlone) {
  const std::regex pattern(R"(/home/|/root/|/Users/|[^a-z]localhost:)");
  std::vector<std::string> found;
  for (const SourceFile& file : ReadTexts()) {
    if (file.path == "tests/style/banned_test.cc") continue;
    for (size_t i = 0; i < file.lines.size(); ++i) {
      if (std::regex_search(file.lines[i], pattern)) {
        found.push_back(file.path + ":" + std::to_string(i + 1) + ": " + file.lines[i]);
      }
    }
  }
  EXPECT_THAT(found, IsEmpty());
}

}  // namespace
}  // namespace ww::style
