// The project's sources as the style tests see them: files with their lines, comments stripped.
#pragma once

#include <string>
#include <vector>

namespace ww::style {

struct SourceFile {
  std::string path;                // "sim/base/check.h".
  std::vector<std::string> lines;  // As they stand.
  std::vector<std::string> code;   // Without comments and the contents of string literals.
  std::vector<std::string> texts;  // Without comments, literals kept.
  bool header() const { return path.ends_with(".h"); }
  // "sim", "raft", ...
  std::string room() const { return path.substr(0, path.find('/')); }
  std::string folder() const { return path.substr(0, path.rfind('/')); }
};

// Every .h and .cc below the rooms, sorted by path.
std::vector<SourceFile> ReadSources();
// Every text file of the tree (sources, scripts, documents), sorted by path; `code` stays empty.
std::vector<SourceFile> ReadTexts();
std::string SourceFolder();

}  // namespace ww::style
