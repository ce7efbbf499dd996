// Sizes of files and functions, first lines of headers, reach sites and their tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "tests/style/source_tree.h"

namespace ww::style {
namespace {

using ::testing::IsEmpty;

constexpr size_t kFileLinesMax = 500;
constexpr size_t kFunctionLinesMax = 70;
constexpr size_t kColumnsMax = 100;

size_t Indentation(const std::string& line) { return line.find_first_not_of(' '); }

// Whether a line that ends with "{" ends the head of a function (formatted code: its "}" stands
// alone at the same indentation as the head's first line).
bool OpensFunction(const std::string& line) {
  static const std::regex not_function(
      R"(^\s*(namespace|class|struct|enum|union|extern|if|for|while|switch|do|else|return|case|#|\}|const [\w:<>]+ \w+ = \{))");
  return line.ends_with("{") && line.find(')') != std::string::npos &&
         !std::regex_search(line, not_function) && line.find("= {") == std::string::npos;
}

// Where the head of the function begins whose last line is `last`: the first line above it that is
// indented less than a continuation line.
size_t FirstLineOfHead(const std::vector<std::string>& code, size_t last) {
  size_t first = last;
  while (first > 0 && Indentation(code[first]) != std::string::npos &&
         Indentation(code[first]) >= 4 && !code[first - 1].empty() &&
         !code[first - 1].ends_with(";") && !code[first - 1].ends_with("{")) {
    --first;
  }
  return first;
}

struct Function {
  std::string where;
  size_t lines = 0;
};

std::vector<Function> Functions(const SourceFile& file) {
  std::vector<Function> functions;
  for (size_t i = 0; i < file.code.size(); ++i) {
    if (!OpensFunction(file.code[i])) continue;
    const size_t first = FirstLineOfHead(file.code, i);
    const size_t indentation = Indentation(file.code[first]);
    if (indentation > 2) continue;  // Lambdas count as part of their function.
    const std::string close = std::string(indentation, ' ') + "}";
    for (size_t j = i + 1; j < file.code.size(); ++j) {
      if (!file.code[j].starts_with(close)) continue;
      functions.push_back({file.path + ":" + std::to_string(first + 1), j - first + 1});
      break;
    }
  }
  return functions;
}

TEST(Size, FilesStayShort) {
  std::vector<std::string> found;
  for (const SourceFile& file : ReadTexts()) {
    const bool counted = file.path.ends_with(".h") || file.path.ends_with(".cc") ||
                         file.path.ends_with(".sh") || file.path.ends_with(".cmake");
    if (counted && file.lines.size() > kFileLinesMax) {
      found.push_back(file.path + ": " + std::to_string(file.lines.size()) + " lines");
    }
  }
  EXPECT_THAT(found, IsEmpty());
}

TEST(Size, FunctionsFitOnAScreen) {
  std::vector<std::string> found;
  size_t counted = 0;
  for (const SourceFile& file : ReadSources()) {
    for (const Function& function : Functions(file)) {
      ++counted;
      if (function.lines > kFunctionLinesMax) {
        found.push_back(function.where + ": " + std::to_string(function.lines) + " lines");
      }
    }
  }
  EXPECT_GT(counted, 200u) << "the recogniser of functions sees too little";
  EXPECT_THAT(found, IsEmpty());
}

TEST(Size, LinesStayWithinTheColumns) {
  std::vector<std::string> found;
  for (const SourceFile& file : ReadSources()) {
    for (size_t i = 0; i < file.lines.size(); ++i) {
      if (file.lines[i].size() > kColumnsMax && file.lines[i].find("R\"") == std::string::npos) {
        found.push_back(file.path + ":" + std::to_string(i + 1));
      }
    }
  }
  EXPECT_THAT(found, IsEmpty());
}

TEST(Size, HeadersBeginWithTheirPurpose) {
  std::vector<std::string> found;
  for (const SourceFile& file : ReadSources()) {
    if (file.header() && (file.lines.empty() || !file.lines[0].starts_with("// "))) {
      found.push_back(file.path);
    }
  }
  EXPECT_THAT(found, IsEmpty());
}

// Every COVER name stands in a table called kReachSites, and every name of a table is used.
TEST(Reach, SitesAndTheirTablesAgree) {
  const std::regex cover(R"re(\bCOVER(?:_OFTEN)?\("([^"]+)"\))re");
  const std::regex entry(R"re("([a-z_]+\.[a-z_.]+)")re");
  std::map<std::string, std::string> used;
  std::set<std::string> listed;
  for (const SourceFile& file : ReadSources()) {
    if (file.room() == "tests") continue;
    bool in_table = false;
    for (const std::string& line : file.texts) {
      std::smatch match;
      if (std::regex_search(line, match, cover)) used[match[1]] = file.path;
      if (line.find("kReachSites[]") != std::string::npos) in_table = true;
      if (in_table) {
        for (std::sregex_iterator it(line.begin(), line.end(), entry), end; it != end; ++it) {
          listed.insert((*it)[1]);
        }
      }
      if (line.find("};") != std::string::npos) in_table = false;
    }
  }
  std::vector<std::string> unlisted;
  for (const auto& [name, path] : used) {
    if (!listed.contains(name)) unlisted.push_back(name + " in " + path);
  }
  std::vector<std::string> unused;
  for (const std::string& name : listed) {
    if (!used.contains(name)) unused.push_back(name);
  }
  EXPECT_FALSE(used.empty());
  EXPECT_THAT(unlisted, IsEmpty());
  EXPECT_THAT(unused, IsEmpty());
}

}  // namespace
}  // namespace ww::style
