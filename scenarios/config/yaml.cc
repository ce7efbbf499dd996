#include "scenarios/config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "scenarios/config/value_text.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

using Kind = YamlNode::Kind;

// Builds the tree from the parser's events. yaml-cpp's own tree would resolve aliases and drop the
// positions of keys. After the first refusal everything else is ignored.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::string_view file_name, RepeatedKeys repeated)
      : text_(text), file_name_(file_name), repeated_(repeated) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) Refuse(mark, "found a second document, expected one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!Accepts(mark, "", anchor)) return;
    YamlNode node = NodeAt(mark, Kind::kEmpty);
    node.scalar = NullWordAt(mark);
    Place(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "found an alias, expected a value written out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!Accepts(mark, tag, anchor)) return;
    YamlNode node = NodeAt(mark, Kind::kScalar);
    node.plain = tag != "!";
    node.scalar = value;
    Place(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (Accepts(mark, tag, anchor)) Open(NodeAt(mark, Kind::kSequence));
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (Accepts(mark, tag, anchor)) Open(NodeAt(mark, Kind::kMap));
  }
  void OnMapEnd() override { Close(); }

  absl::StatusOr<YamlNode> Take() {
    if (!error_.ok()) return error_;
    return std::move(root_);
  }
  bool refused() const { return !error_.ok(); }

 private:
  struct OpenNode {
    YamlNode node;
    std::map<std::string, size_t> seen = {};  // Keys of a map, and their places.
    bool has_key = false;                     // Of a map: its value comes next.
    std::optional<size_t> replaced = {};      // The place of a repeated key, until its value comes.
  };

  void Refuse(const YAML::Mark& mark, std::string_view message) {
    if (error_.ok()) error_ = ErrorAt(file_name_, mark.line + 1, message);
  }

  bool Accepts(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) Refuse(mark, "found an anchor, expected a plain value");
    // "?" and "!" are what the parser says of plain and quoted scalars without a tag.
    if (!tag.empty() && tag != "?" && tag != "!") {
      Refuse(mark, fmt::format("found the tag {}, expected a plain value", Quoted(tag)));
    }
    if (++nodes_ > kYamlNodesMax) Refuse(mark, fmt::format("more than {} values", kYamlNodesMax));
    if (open_.size() >= kYamlDepthMax) {
      Refuse(mark, fmt::format("nested deeper than {} levels", kYamlDepthMax));
    }
    return error_.ok();
  }

  static YamlNode NodeAt(const YAML::Mark& mark, Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    return node;
  }

  void Open(YamlNode node) { open_.push_back({.node = std::move(node)}); }

  void Close() {
    if (!error_.ok()) return;
    CHECK(!open_.empty());
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Place(std::move(node));
  }

  // The parser says the same of null that was written and of a value that is missing; the mark of
  // the first is where it stands, that of the second where something else begins.
  std::string NullWordAt(const YAML::Mark& mark) const {
    const size_t at = std::min(static_cast<size_t>(std::max(mark.pos, 0)), text_.size());
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
      if (text_.substr(at).starts_with(word)) return std::string(word);
    }
    return "";
  }

  // A finished node joins its parent; in a map, keys and values take turns.
  void Place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    OpenNode& parent = open_.back();
    if (parent.node.kind == Kind::kMap && !parent.has_key) {
      PlaceKey(parent, std::move(node));
    } else if (parent.replaced.has_value()) {
      parent.node.items[*parent.replaced] = std::move(node);
      parent.has_key = false;
    } else {
      parent.node.items.push_back(std::move(node));
      parent.has_key = false;
    }
  }

  void PlaceKey(OpenNode& parent, YamlNode key) {
    const YAML::Mark mark = MarkOf(key);
    parent.has_key = true;
    parent.replaced.reset();
    if (key.kind != Kind::kScalar) {
      Refuse(mark, fmt::format("found {} as a key, expected a word", NameOf(key.kind)));
      return;
    }
    const auto [known, added] = parent.seen.try_emplace(key.scalar, parent.node.keys.size());
    if (added) {
      parent.node.keys.push_back(std::move(key));
    } else if (repeated_ == RepeatedKeys::kLastWins) {
      parent.replaced = known->second;
      parent.node.keys[known->second] = std::move(key);
    } else {
      Refuse(mark, fmt::format("key {} is given twice", Quoted(key.scalar)));
    }
  }

  static YAML::Mark MarkOf(const YamlNode& node) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    return mark;
  }

  std::string_view text_;
  std::string_view file_name_;
  RepeatedKeys repeated_;
  absl::Status error_;
  int documents_ = 0;
  size_t nodes_ = 0;
  std::vector<OpenNode> open_;
  YamlNode root_;
};

// Refuses what the parser would take long or deep recursion for, before it sees it: nesting in
// brackets and in indentation can't be deeper than these counts.
absl::Status CheckNesting(std::string_view text, std::string_view file_name) {
  constexpr size_t kOpeningMax = 4 * kYamlDepthMax;
  size_t depth = 0;
  int line = 1;
  size_t markers = 0;  // "- " and "? " at the beginning of a line nest without brackets.
  bool leading = true;
  for (const char c : text) {
    if (c == '\n') {
      ++line;
      markers = 0;
      leading = true;
      continue;
    }
    if (leading && (c == '-' || c == '?' || c == ':')) ++markers;
    leading = leading && (c == '-' || c == '?' || c == ':' || c == ' ' || c == '\t');
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > kOpeningMax || markers > kOpeningMax) {
      return ErrorAt(file_name, line, fmt::format("nested deeper than {} levels", kYamlDepthMax));
    }
  }
  return absl::OkStatus();
}

}  // namespace

const char* NameOf(YamlNode::Kind kind) {
  switch (kind) {
    case Kind::kEmpty:
      return "nothing";
    case Kind::kScalar:
      return "a single value";
    case Kind::kSequence:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  UNREACHABLE();
}

absl::Status ErrorAt(std::string_view file_name, int line, std::string_view message) {
  return absl::InvalidArgumentError(fmt::format("{}:{}: {}", file_name, line, message));
}

absl::StatusOr<YamlNode> ReadYaml(std::string_view text, std::string_view file_name,
                                  RepeatedKeys repeated) {
  if (text.size() > kYamlBytesMax) {
    return ErrorAt(file_name, 1,
                   fmt::format("found {} bytes, expected at most {}", text.size(), kYamlBytesMax));
  }
  if (text.find('\0') != std::string_view::npos) {
    return ErrorAt(file_name, 1, "found a zero byte, expected YAML text");
  }
  if (absl::Status nesting = CheckNesting(text, file_name); !nesting.ok()) return nesting;
  TreeBuilder builder(text, file_name, repeated);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (!builder.refused() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    // A refusal of ours came earlier in the text, and says more.
    if (builder.refused()) return builder.Take();
    const int line = std::max(e.mark.line, 0) + 1;
    return ErrorAt(file_name, line, fmt::format("this is not YAML: {}", e.msg));
  }
  return builder.Take();
}

}  // namespace ww::scenarios
