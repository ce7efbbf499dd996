#include "scenarios/config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
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
  explicit TreeBuilder(std::string_view file_name) : file_name_(file_name) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) Refuse(mark, "found a second document, expected one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (Accepts(mark, "", anchor)) Place(NodeAt(mark, Kind::kEmpty));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "found an alias, expected a value written out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!Accepts(mark, tag, anchor)) return;
    YamlNode node = NodeAt(mark, Kind::kScalar);
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
    std::set<std::string> seen;  // Keys of a map.
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

  void Open(YamlNode node) { open_.push_back({std::move(node), {}}); }

  void Close() {
    if (!error_.ok()) return;
    CHECK(!open_.empty());
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Place(std::move(node));
  }

  // A finished node joins its parent; in a map, keys and values take turns.
  void Place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    OpenNode& parent = open_.back();
    const bool is_key =
        parent.node.kind == Kind::kMap && parent.node.keys.size() == parent.node.items.size();
    if (!is_key) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    CheckKey(parent, node);
    parent.node.keys.push_back(std::move(node));
  }

  void CheckKey(OpenNode& parent, const YamlNode& key) {
    const YAML::Mark mark = MarkOf(key);
    if (key.kind != Kind::kScalar) {
      Refuse(mark, fmt::format("found {} as a key, expected a word", NameOf(key.kind)));
    } else if (!parent.seen.insert(key.scalar).second) {
      Refuse(mark, fmt::format("key {} is given twice", Quoted(key.scalar)));
    }
  }

  static YAML::Mark MarkOf(const YamlNode& node) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    return mark;
  }

  std::string_view file_name_;
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

absl::StatusOr<YamlNode> ReadYaml(std::string_view text, std::string_view file_name) {
  if (text.size() > kYamlBytesMax) {
    return ErrorAt(file_name, 1,
                   fmt::format("found {} bytes, expected at most {}", text.size(), kYamlBytesMax));
  }
  if (text.find('\0') != std::string_view::npos) {
    return ErrorAt(file_name, 1, "found a zero byte, expected YAML text");
  }
  if (absl::Status nesting = CheckNesting(text, file_name); !nesting.ok()) return nesting;
  TreeBuilder builder(file_name);
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
