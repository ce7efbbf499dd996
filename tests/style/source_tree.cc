#include "tests/style/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace ww::style {
namespace {

namespace fs = std::filesystem;

const char* const kRooms[] = {"sim", "raft", "faults", "scenarios", "reports", "tests"};

bool HasEnding(const std::string& path, const std::vector<std::string>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&path](const std::string& ending) { return path.ends_with(ending); });
}

// Blanks comments, and the contents of literals unless they are kept. Raw strings are not used in
// the project outside of tests' data and are treated like other literals on one line.
class Stripper {
 public:
  explicit Stripper(bool keep_literals) : keep_literals_(keep_literals) {}

  std::string Strip(const std::string& line) {
    std::string out;
    for (size_t i = 0; i < line.size(); ++i) {
      if (in_block_comment_) {
        if (line.compare(i, 2, "*/") == 0) {
          in_block_comment_ = false;
          ++i;
        }
        continue;
      }
      if (line.compare(i, 2, "//") == 0) break;
      if (line.compare(i, 2, "/*") == 0) {
        in_block_comment_ = true;
        ++i;
        continue;
      }
      const bool digit_separator = line[i] == '\'' && i > 0 && std::isalnum(line[i - 1]) != 0;
      if (line[i] == '"' || (line[i] == '\'' && !digit_separator)) {
        i = CopyLiteral(line, i, out);
        continue;
      }
      out.push_back(line[i]);
    }
    return out;
  }

 private:
  // Copies the literal that begins at `i`; returns where its end quote stands.
  size_t CopyLiteral(const std::string& line, size_t i, std::string& out) const {
    const char quote = line[i];
    out.push_back(quote);
    for (++i; i < line.size() && line[i] != quote; ++i) {
      if (keep_literals_) out.push_back(line[i]);
      if (line[i] != '\\' || i + 1 >= line.size()) continue;
      ++i;
      if (keep_literals_) out.push_back(line[i]);
    }
    out.push_back(quote);
    return i;
  }

  bool keep_literals_;
  bool in_block_comment_ = false;
};

SourceFile ReadOne(const fs::path& path, const std::string& relative, bool strip) {
  SourceFile file;
  file.path = relative;
  std::ifstream in(path);
  std::string line;
  Stripper code(false);
  Stripper texts(true);
  while (std::getline(in, line)) {
    file.lines.push_back(line);
    if (!strip) continue;
    file.code.push_back(code.Strip(line));
    file.texts.push_back(texts.Strip(line));
  }
  return file;
}

std::vector<SourceFile> Read(const std::vector<std::string>& endings, bool strip) {
  std::vector<SourceFile> files;
  for (const char* room : kRooms) {
    const fs::path root = fs::path(SourceFolder()) / room;
    if (!fs::exists(root)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
      const std::string path = entry.path().string();
      if (!entry.is_regular_file() || !HasEnding(path, endings)) continue;
      files.push_back(ReadOne(entry.path(), path.substr(SourceFolder().size() + 1), strip));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace

std::string SourceFolder() { return WHITEWATER_SOURCE_DIR; }

std::vector<SourceFile> ReadSources() { return Read({".h", ".cc"}, true); }

std::vector<SourceFile> ReadTexts() {
  return Read({".h", ".cc", ".sh", ".md", ".cmake", ".yaml", ".txt", ".patch"}, false);
}

}  // namespace ww::style
