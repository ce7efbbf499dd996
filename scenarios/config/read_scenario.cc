#include "scenarios/config/read_scenario.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "scenarios/config/cross_checks.h"
#include "scenarios/config/keys.h"
#include "scenarios/config/value_text.h"
#include "scenarios/config/yaml.h"

namespace ww::scenarios {
namespace {

using Kind = YamlNode::Kind;

// Walks the document and sets every key; remembers the line of each for the cross-checks.
class Reader {
 public:
  explicit Reader(std::string_view file_name) : file_name_(file_name), names_(AllKeyNames()) {
    for (const std::string& name : names_) {
      leaves_.insert(name);
      for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
        groups_.insert(name.substr(0, dot));
      }
    }
  }

  absl::StatusOr<Scenario> Read(const YamlNode& root) {
    if (root.kind != Kind::kMap) {
      return ErrorAt(file_name_, std::max(root.line, 1),
                     fmt::format("found {}, expected a map of scenario keys", NameOf(root.kind)));
    }
    if (absl::Status status = ReadMap(root, ""); !status.ok()) return status;
    if (!lines_.contains("name")) {
      return ErrorAt(file_name_, root.line, "key 'name' is missing, expected a word");
    }
    const std::optional<Conflict> conflict = FindConflict(scenario_);
    if (!conflict.has_value()) return std::move(scenario_);
    return ErrorAt(file_name_, LineOf(conflict->key),
                   fmt::format("key '{}': {}", conflict->key, conflict->message));
  }

 private:
  absl::Status ReadMap(const YamlNode& map, const std::string& prefix) {
    for (size_t i = 0; i < map.keys.size(); ++i) {
      const YamlNode& key = map.keys[i];
      const std::string path = prefix.empty() ? key.scalar : prefix + "." + key.scalar;
      if (absl::Status status = ReadKey(path, key.line, map.items[i]); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ReadKey(const std::string& path, int line, const YamlNode& value) {
    if (!lines_.try_emplace(path, line).second) {
      return ErrorAt(file_name_, line, fmt::format("key {} is given twice", Quoted(path)));
    }
    if (leaves_.contains(path)) return ReadLeaf(path, line, value);
    if (!groups_.contains(path)) {
      // SetKey refuses it, and knows the nearest word.
      return ErrorAt(file_name_, line, Unknown(path));
    }
    if (value.kind == Kind::kMap) {
      AddFault(path);
      return ReadMap(value, path);
    }
    if (value.kind == Kind::kEmpty && path.starts_with("faults.")) {
      AddFault(path);
      return absl::OkStatus();
    }
    return ErrorAt(
        file_name_, line,
        fmt::format("key '{}': found {}, expected a map of keys", path, NameOf(value.kind)));
  }

  // A fault kind counts as listed by its name alone.
  void AddFault(const std::string& path) {
    constexpr std::string_view kPrefix = "faults.";
    if (!path.starts_with(kPrefix)) return;
    const std::optional<faults::FaultKind> kind =
        faults::FaultKindFromName(std::string_view(path).substr(kPrefix.size()));
    if (kind.has_value() && !Lists(scenario_, *kind)) {
      scenario_.faults.push_back(DefaultFaultSpec(*kind));
    }
  }

  static bool Lists(const Scenario& scenario, faults::FaultKind kind) {
    for (const FaultSpec& spec : scenario.faults) {
      if (spec.kind == kind) return true;
    }
    return false;
  }

  absl::Status ReadLeaf(const std::string& path, int line, const YamlNode& value) {
    const absl::StatusOr<std::string> text = LeafText(path, value);
    if (!text.ok()) return ErrorAt(file_name_, line, text.status().message().data());
    const absl::Status status = SetKey(scenario_, path, *text);
    return status.ok() ? status : ErrorAt(file_name_, line, status.message().data());
  }

  // Lists of words become the text that `--set` would have.
  static absl::StatusOr<std::string> LeafText(const std::string& path, const YamlNode& value) {
    const bool words = path == "judges" || path == "expect" || path == "operator.items" ||
                       path == "engine.without" || path.ends_with(".steps") ||
                       path.ends_with(".roles");
    const bool right_kind = value.kind == (words ? Kind::kSequence : Kind::kScalar);
    if (!right_kind) {
      return absl::InvalidArgumentError(fmt::format("key '{}': found {}, expected {}", path,
                                                    NameOf(value.kind),
                                                    words ? "a list of words" : "a single value"));
    }
    if (!words) return value.scalar;
    std::string text;
    for (const YamlNode& item : value.items) {
      const bool word = item.kind == Kind::kScalar && !item.scalar.empty() &&
                        item.scalar.find(',') == std::string::npos;
      if (!word) {
        return absl::InvalidArgumentError(
            fmt::format("key '{}': found {} in the list, expected a word", path,
                        item.kind == Kind::kScalar ? Quoted(item.scalar) : NameOf(item.kind)));
      }
      text += (text.empty() ? "" : ",") + item.scalar;
    }
    return text;
  }

  std::string Unknown(const std::string& path) const {
    std::vector<std::string_view> candidates(leaves_.begin(), leaves_.end());
    candidates.insert(candidates.end(), groups_.begin(), groups_.end());
    return fmt::format("unknown key {}{}", Quoted(path), DidYouMean(path, candidates));
  }

  // The line of the key, or of the nearest key around it, or of the document.
  int LineOf(std::string key) const {
    while (true) {
      const auto at = lines_.find(key);
      if (at != lines_.end()) return at->second;
      const size_t dot = key.rfind('.');
      if (dot == std::string::npos) return 1;
      key.resize(dot);
    }
  }

  std::string_view file_name_;
  std::vector<std::string> names_;
  std::set<std::string> leaves_;
  std::set<std::string> groups_;
  absl::btree_map<std::string, int> lines_;
  Scenario scenario_;
};

}  // namespace

absl::StatusOr<Scenario> ReadScenario(std::string_view yaml, std::string_view file_name) {
  const absl::StatusOr<YamlNode> root = ReadYaml(yaml, file_name);
  if (!root.ok()) return root.status();
  return Reader(file_name).Read(*root);
}

absl::Status CheckScenario(const Scenario& scenario) {
  const std::optional<Conflict> conflict = FindConflict(scenario);
  if (!conflict.has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("key '{}': {}", conflict->key, conflict->message));
}

absl::Status CheckProperties(const Scenario& scenario, std::span<const std::string_view> known) {
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const std::pair<std::string_view, const std::vector<std::string>*> lists[] = {
      {"judges", &scenario.judges}, {"expect", &scenario.expect}};
  for (const auto& list : lists) {
    for (const std::string& word : *list.second) {
      if (std::find(candidates.begin(), candidates.end(), word) != candidates.end()) continue;
      return absl::InvalidArgumentError(fmt::format("key '{}': unknown property {}{}", list.first,
                                                    Quoted(word), DidYouMean(word, candidates)));
    }
  }
  return absl::OkStatus();
}

}  // namespace ww::scenarios
