// Who may include whom, and where things may stand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "tests/style/source_tree.h"

namespace ww::style {
namespace {

using ::testing::IsEmpty;

// The quoted includes of a file.
std::vector<std::string> Includes(const SourceFile& file) {
  static const std::regex pattern(R"re(^\s*#include "([^"]+)")re");
  std::vector<std::string> found;
  for (const std::string& line : file.lines) {
    std::smatch match;
    if (std::regex_search(line, match, pattern)) found.push_back(match[1]);
  }
  return found;
}

bool InProject(const std::string& include) {
  static const std::regex rooms("^(sim|raft|faults|scenarios|reports|tests)/");
  return std::regex_search(include, rooms);
}

// The longest entry that is a prefix of the path decides: what it may include.
const std::vector<std::pair<std::string, std::vector<std::string>>>& Rules() {
  static const std::vector<std::pair<std::string, std::vector<std::string>>> rules = {
      {"sim/", {"sim/"}},
      {"sim/base/", {"sim/base/"}},
      {"sim/trace/", {"sim/trace/", "sim/base/"}},
      {"raft/", {"raft/", "sim/base/"}},
      {"raft/core/", {"raft/core/", "sim/base/"}},
      {"raft/meta/", {"raft/meta/", "raft/core/", "sim/base/"}},
      {"faults/", {"faults/", "sim/"}},
      {"scenarios/", {"scenarios/", "faults/", "sim/", "raft/"}},
      {"scenarios/checks/", {"scenarios/checks/", "sim/base/"}},
      {"scenarios/cli/", {"scenarios/", "reports/", "faults/", "sim/", "raft/"}},
      {"reports/", {"reports/", "sim/trace/", "sim/base/"}},
      {"tests/", {"tests/", "scenarios/", "reports/", "faults/", "sim/", "raft/"}},
  };
  return rules;
}

const std::vector<std::string>& AllowedFor(const std::string& path) {
  const std::vector<std::string>* best = nullptr;
  size_t best_length = 0;
  for (const auto& [prefix, allowed] : Rules()) {
    if (!path.starts_with(prefix) || prefix.size() < best_length) continue;
    best = &allowed;
    best_length = prefix.size();
  }
  return *best;
}

TEST(Layering, RoomsIncludeOnlyWhatTheyMayKnow) {
  std::vector<std::string> wrong;
  for (const SourceFile& file : ReadSources()) {
    for (const std::string& include : Includes(file)) {
      if (!InProject(include)) continue;
      bool allowed = false;
      for (const std::string& prefix : AllowedFor(file.path)) {
        allowed = allowed || include.starts_with(prefix);
      }
      if (!allowed) wrong.push_back(file.path + " includes " + include);
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Layering, OnlyTheCommandLineSeesItself) {
  std::vector<std::string> wrong;
  for (const SourceFile& file : ReadSources()) {
    if (file.path.starts_with("scenarios/cli/") || file.room() == "tests") continue;
    for (const std::string& include : Includes(file)) {
      if (include.starts_with("scenarios/cli/")) wrong.push_back(file.path);
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Layering, BoostContextStandsInExactlyOneFile) {
  std::vector<std::string> files;
  for (const SourceFile& file : ReadSources()) {
    if (file.path == "tests/bench/floor.cc") continue;  // A program of its own, to compare with.
    for (const std::string& line : file.lines) {
      if (line.starts_with("#include <boost/")) {
        files.push_back(file.path);
        break;
      }
    }
  }
  EXPECT_THAT(files, ::testing::ElementsAre("sim/fiber.cc"));
}

TEST(Layering, YamlIsReadInExactlyOneFolder) {
  std::set<std::string> folders;
  for (const SourceFile& file : ReadSources()) {
    for (const std::string& line : file.lines) {
      if (line.starts_with("#include <yaml-cpp/") || line.starts_with("#include \"yaml-cpp/")) {
        folders.insert(file.folder());
      }
    }
  }
  EXPECT_THAT(folders, ::testing::ElementsAre("scenarios/config"));
}

TEST(Layering, EveryFolderOfSourcesHasAReadme) {
  std::set<std::string> folders;
  for (const SourceFile& file : ReadSources()) {
    std::string folder = file.folder();
    if (folder.find("/testdata") == std::string::npos) folders.insert(folder);
    if (folder.starts_with("tests/")) folders.erase(folder);  // One README for tests.
  }
  folders.insert("tests");
  folders.insert("tests/mutants");
  std::vector<std::string> missing;
  for (const std::string& folder : folders) {
    if (!std::filesystem::exists(SourceFolder() + "/" + folder + "/README.md")) {
      missing.push_back(folder);
    }
  }
  EXPECT_THAT(missing, IsEmpty());
}

TEST(Layering, TheTopLevelHoldsWhatItMayHoldAndNothingElse) {
  const std::set<std::string> allowed = {"CMakeLists.txt", "sim",       "raft",
                                         "scenarios",      "faults",    "reports",
                                         "tests",          "README.md", "CMakePresets.json",
                                         "LICENSE",        "build",     "whitewater-out"};
  std::vector<std::string> unexpected;
  for (const auto& entry : std::filesystem::directory_iterator(SourceFolder())) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(".") && !allowed.contains(name)) unexpected.push_back(name);
  }
  EXPECT_THAT(unexpected, IsEmpty());
}

}  // namespace
}  // namespace ww::style
