// Runs every golden script of testdata and compares. `raft_core_test --rewrite` writes the present
// output into the files instead: commit only differences that are understood.
#include "tests/raft/core/script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace ww::raft::test {
namespace {

std::string Folder() { return std::string(WHITEWATER_SOURCE_DIR) + "/tests/raft/core/testdata/"; }

std::vector<std::string> ScriptNames() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(Folder())) {
    if (file.path().extension() == ".txt") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string ReadScript(const std::string& name) {
  std::ifstream file(Folder() + name + ".txt");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class GoldenScript : public testing::TestWithParam<std::string> {};

TEST_P(GoldenScript, DoesWhatItSays) {
  const std::string script = ReadScript(GetParam());
  ASSERT_NE(script.find("----"), std::string::npos);
  EXPECT_EQ(Rewrite(script), script);
}

INSTANTIATE_TEST_SUITE_P(Core, GoldenScript, testing::ValuesIn(ScriptNames()),
                         [](const auto& test) { return test.param; });

TEST(GoldenScripts, NoticeAChangedOutput) {
  const std::string script = ReadScript("election");
  std::string changed = script;
  changed.replace(changed.find("leads term 1"), 12, "leads term 2");
  EXPECT_EQ(Rewrite(changed), script);
  EXPECT_NE(Rewrite(changed), changed);
}

void RewriteAll() {
  for (const std::string& name : ScriptNames()) {
    const std::string text = Rewrite(ReadScript(name));
    std::ofstream(Folder() + name + ".txt") << text;
    std::cout << "rewrote " << name << "\n";
  }
}

}  // namespace

int Main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc == 2 && std::string(argv[1]) == "--rewrite") {
    RewriteAll();
    return 0;
  }
  return RUN_ALL_TESTS();
}

}  // namespace ww::raft::test

int main(int argc, char** argv) { return ww::raft::test::Main(argc, argv); }
