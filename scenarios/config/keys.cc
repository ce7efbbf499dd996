#include "scenarios/config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <type_traits>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "scenarios/config/key_table.h"
#include "scenarios/config/value_text.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

constexpr std::string_view kFaultPrefix = "faults.";
// Of a line, and of all of them: configurations of other systems have many.
constexpr size_t kLineBytesMax = 1000;
constexpr size_t kTextBytesMax = 64'000;
constexpr size_t kWordsMax = 100;

// A key as it was found: where its value lives and what it may be.
struct FoundKey {
  FieldRef field;
  Bounds bounds;
};

// --- One overload a type of field: parse, format, name, bounds ---

absl::Status TooLong(size_t bytes, size_t most) {
  return absl::InvalidArgumentError(
      fmt::format("found {} bytes, expected at most {}", bytes, most));
}

template <class T>
struct Text;

template <>
struct Text<std::string> {
  static constexpr std::string_view kType = "text";
  static absl::StatusOr<std::string> Parse(std::string_view text) {
    for (std::string_view rest = text; !rest.empty();) {
      const size_t line = std::min(rest.find('\n'), rest.size());
      if (line > kLineBytesMax) return TooLong(line, kLineBytesMax);
      rest.remove_prefix(std::min(line + 1, rest.size()));
    }
    if (text.size() > kTextBytesMax) return TooLong(text.size(), kTextBytesMax);
    return std::string(text);
  }
  static std::string Format(const std::string& value) { return value; }
};
template <>
struct Text<uint64_t> {
  static constexpr std::string_view kType = "number";
  static absl::StatusOr<uint64_t> Parse(std::string_view text) { return ParseNumber(text); }
  static std::string Format(uint64_t value) { return fmt::format("{}", value); }
};
template <>
struct Text<uint32_t> {
  static constexpr std::string_view kType = "number";
  static absl::StatusOr<uint64_t> Parse(std::string_view text) { return ParseNumber(text); }
  static std::string Format(uint32_t value) { return fmt::format("{}", value); }
};
template <>
struct Text<bool> {
  static constexpr std::string_view kType = "flag";
  static absl::StatusOr<bool> Parse(std::string_view text) { return ParseFlag(text); }
  static std::string Format(bool value) { return value ? "true" : "false"; }
};
template <>
struct Text<Ratio> {
  static constexpr std::string_view kType = "ratio";
  static absl::StatusOr<Ratio> Parse(std::string_view text) { return ParseStrictRatio(text); }
  static std::string Format(Ratio value) { return FormatRatio(value); }
};
template <>
struct Text<Duration> {
  static constexpr std::string_view kType = "duration";
  static absl::StatusOr<Duration> Parse(std::string_view text) { return ParseDuration(text); }
  static std::string Format(Duration value) { return FormatDuration(value); }
};
template <>
struct Text<NumberRange> {
  static constexpr std::string_view kType = "number range";
  static absl::StatusOr<NumberRange> Parse(std::string_view text) { return ParseNumberRange(text); }
  static std::string Format(const NumberRange& value) { return FormatRange(value); }
};
template <>
struct Text<DurationRange> {
  static constexpr std::string_view kType = "duration range";
  static absl::StatusOr<DurationRange> Parse(std::string_view text) {
    return ParseDurationRange(text);
  }
  static std::string Format(const DurationRange& value) { return FormatRange(value); }
};
template <>
struct Text<std::vector<std::string>> {
  static constexpr std::string_view kType = "words";
  static absl::StatusOr<std::vector<std::string>> Parse(std::string_view text) {
    std::vector<std::string> words;
    if (text.empty()) return words;
    for (const absl::string_view word :
         absl::StrSplit(absl::string_view(text.data(), text.size()), ',')) {
      if (word.empty() || words.size() == kWordsMax) {
        return absl::InvalidArgumentError(
            fmt::format("found {}, expected at most {} words with commas between them",
                        Quoted(text), kWordsMax));
      }
      words.emplace_back(word);
    }
    return words;
  }
  static std::string Format(const std::vector<std::string>& value) {
    return absl::StrJoin(value, ",");
  }
};

// Lowest and highest of a value as plain numbers; nothing for types without an order.
using Span = std::optional<std::pair<uint64_t, uint64_t>>;
Span SpanOf(uint64_t value) { return std::pair{value, value}; }
Span SpanOf(Duration value) { return SpanOf(static_cast<uint64_t>(value.ns)); }
Span SpanOf(const NumberRange& value) { return std::pair{value.low, value.high}; }
Span SpanOf(const DurationRange& value) {
  return std::pair{static_cast<uint64_t>(value.low.ns), static_cast<uint64_t>(value.high.ns)};
}
template <class T>
Span SpanOf(const T&) {
  return std::nullopt;
}

template <class T>
constexpr bool kIsTime = std::is_same_v<T, Duration> || std::is_same_v<T, DurationRange>;

template <class T>
std::string FormatBounds(const Bounds& bounds) {
  if (bounds.none()) return "";
  if constexpr (kIsTime<T>) {
    return FormatRange(DurationRange{Nanoseconds(static_cast<int64_t>(bounds.low)),
                                     Nanoseconds(static_cast<int64_t>(bounds.high))});
  } else {
    return FormatRange(NumberRange{bounds.low, bounds.high});
  }
}

template <class T>
absl::Status SetField(T& field, const Bounds& bounds, std::string_view text) {
  const auto parsed = Text<T>::Parse(text);
  if (!parsed.ok()) return parsed.status();
  const Span span = SpanOf(*parsed);
  if (span.has_value() && !bounds.none() &&
      (span->first < bounds.low || span->second > bounds.high)) {
    return absl::InvalidArgumentError(
        fmt::format("found {}, expected {}", Quoted(text), FormatBounds<T>(bounds)));
  }
  field = static_cast<T>(*parsed);
  return absl::OkStatus();
}

// --- Finding keys ---

std::optional<FoundKey> FindScenarioKey(Scenario& scenario, std::string_view key) {
  for (const ScenarioKey& candidate : ScenarioKeys()) {
    if (candidate.name == key) return FoundKey{candidate.field(scenario), candidate.bounds};
  }
  return std::nullopt;
}

// "faults.crash.every" -> crash, its key.
struct FaultKeyName {
  faults::FaultKind kind;
  const FaultKey* key;
};
std::optional<FaultKeyName> FindFaultKey(std::string_view name) {
  if (!name.starts_with(kFaultPrefix)) return std::nullopt;
  const std::string_view rest = name.substr(kFaultPrefix.size());
  const size_t dot = rest.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::optional<faults::FaultKind> kind = faults::FaultKindFromName(rest.substr(0, dot));
  if (!kind.has_value()) return std::nullopt;
  for (const FaultKey& candidate : FaultKeys()) {
    if (candidate.name == rest.substr(dot + 1)) return FaultKeyName{*kind, &candidate};
  }
  return std::nullopt;
}

FaultSpec* FindSpec(Scenario& scenario, faults::FaultKind kind) {
  for (FaultSpec& spec : scenario.faults) {
    if (spec.kind == kind) return &spec;
  }
  return nullptr;
}

absl::Status UnknownKey(std::string_view key) {
  const std::vector<std::string> names = AllKeyNames();
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return absl::InvalidArgumentError(
      fmt::format("unknown key {}{}", Quoted(key), DidYouMean(key, candidates)));
}

absl::Status SetFound(const FoundKey& found, std::string_view key, std::string_view value) {
  const absl::Status status =
      std::visit([&](auto* field) { return SetField(*field, found.bounds, value); }, found.field);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(fmt::format("key '{}': {}", key, status.message().data()));
}

std::string FormatField(const FieldRef& field) {
  return std::visit(
      [](auto* value) { return Text<std::remove_pointer_t<decltype(value)>>::Format(*value); },
      field);
}

template <class Key>
KeyInfo Describe(const Key& key, std::string name, const FieldRef& field) {
  KeyInfo info;
  info.name = std::move(name);
  info.unit = key.unit;
  info.default_value = FormatField(field);
  info.purpose = key.purpose;
  std::visit(
      [&](auto* value) {
        using T = std::remove_pointer_t<decltype(value)>;
        info.type = Text<T>::kType;
        info.bounds = FormatBounds<T>(key.bounds);
      },
      field);
  return info;
}

}  // namespace

std::vector<KeyInfo> AllKeys() {
  std::vector<KeyInfo> all;
  Scenario defaults;
  for (const ScenarioKey& key : ScenarioKeys()) {
    all.push_back(Describe(key, std::string(key.name), key.field(defaults)));
    all.back().drawn = key.drawn;
  }
  for (const faults::FaultInfo& info : faults::AllFaults()) {
    FaultSpec spec = DefaultFaultSpec(info.kind);
    for (const FaultKey& key : FaultKeys()) {
      all.push_back(Describe(key, fmt::format("{}{}.{}", kFaultPrefix, info.name, key.name),
                             key.field(spec)));
    }
  }
  return all;
}

std::vector<std::string> AllKeyNames() {
  std::vector<std::string> names;
  for (KeyInfo& info : AllKeys()) names.push_back(std::move(info.name));
  return names;
}

absl::Status SetKey(Scenario& scenario, std::string_view key, std::string_view value) {
  if (const std::optional<FoundKey> found = FindScenarioKey(scenario, key); found.has_value()) {
    return SetFound(*found, key, value);
  }
  const std::optional<FaultKeyName> fault = FindFaultKey(key);
  if (!fault.has_value()) return UnknownKey(key);
  const FaultSpec* listed = FindSpec(scenario, fault->kind);
  FaultSpec spec = listed != nullptr ? *listed : DefaultFaultSpec(fault->kind);
  const FoundKey found{fault->key->field(spec), fault->key->bounds};
  if (absl::Status status = SetFound(found, key, value); !status.ok()) return status;
  if (listed == nullptr) {
    scenario.faults.push_back(spec);
  } else {
    *FindSpec(scenario, fault->kind) = spec;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> GetKey(const Scenario& scenario, std::string_view key) {
  Scenario copy = scenario;  // The table hands out mutable fields only.
  if (const std::optional<FoundKey> found = FindScenarioKey(copy, key); found.has_value()) {
    return FormatField(found->field);
  }
  const std::optional<FaultKeyName> fault = FindFaultKey(key);
  if (!fault.has_value()) return UnknownKey(key);
  FaultSpec* listed = FindSpec(copy, fault->kind);
  if (listed == nullptr) {
    return absl::NotFoundError(fmt::format("key '{}': the scenario does not list the kind", key));
  }
  return FormatField(fault->key->field(*listed));
}

std::vector<std::pair<std::string, std::string>> ResolvedKeys(const Scenario& scenario) {
  Scenario copy = scenario;
  std::vector<std::pair<std::string, std::string>> keys;
  for (const ScenarioKey& key : ScenarioKeys()) {
    keys.emplace_back(key.name, FormatField(key.field(copy)));
  }
  for (FaultSpec& spec : copy.faults) {
    const std::string_view kind = faults::InfoOf(spec.kind).name;
    for (const FaultKey& key : FaultKeys()) {
      keys.emplace_back(fmt::format("{}{}.{}", kFaultPrefix, kind, key.name),
                        FormatField(key.field(spec)));
    }
  }
  return keys;
}

std::vector<DrawnRange> DrawnRanges(Scenario& scenario) {
  std::vector<DrawnRange> ranges;
  for (const ScenarioKey& key : ScenarioKeys()) {
    if (!key.drawn) continue;
    const FieldRef field = key.field(scenario);
    DrawnRange range;
    range.key = key.name;
    if (NumberRange* const* numbers = std::get_if<NumberRange*>(&field)) range.numbers = *numbers;
    if (DurationRange* const* times = std::get_if<DurationRange*>(&field)) range.durations = *times;
    CHECK(range.numbers != nullptr || range.durations != nullptr, "{} is no range", key.name);
    ranges.push_back(range);
  }
  return ranges;
}

FaultSpec DefaultFaultSpec(faults::FaultKind kind) {
  FaultSpec spec;
  spec.kind = kind;
  spec.every = {Seconds(5), Seconds(20)};
  spec.lasting = {Milliseconds(500), Seconds(5)};
  spec.amount = {Milliseconds(10), Milliseconds(200)};
  return spec;
}

}  // namespace ww::scenarios
