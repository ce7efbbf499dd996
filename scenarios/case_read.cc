// Case files: reading, strictly. A case that is not understood whole is not run at all.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "scenarios/case.h"
#include "scenarios/case_format.h"
#include "scenarios/config/keys.h"
#include "scenarios/config/read_scenario.h"
#include "scenarios/config/value_text.h"
#include "scenarios/config/yaml.h"
#include "scenarios/json_reader.h"

namespace ww::scenarios {
namespace {

using Place = JsonReader::Place;

constexpr size_t kItemsMax = 100'000;
constexpr size_t kOverridesMax = 200'000;
constexpr size_t kBasesMax = 10'000;
constexpr size_t kNameBytesMax = 200;
constexpr size_t kTokenBytesMax = 16 * 1024;
constexpr uint64_t kHostsMax = 1'000;
constexpr uint64_t kShardsMax = 1'000'000;
constexpr uint64_t kFactorMax = 500'000;

class CaseReader {
 public:
  explicit CaseReader(std::string_view file_name) : reader_(file_name) {}

  absl::StatusOr<Case> Read(const Json& json) {
    const Place root = reader_.Root(json, {"format", "token", "recorded", "scenario", "keys",
                                           "plan", "operations", "bases", "overrides"});
    reader_.ReadNumber(reader_.Member(root, "format"), kCaseFormat, kCaseFormat);
    ReadToken(reader_.Member(root, "token"));
    ReadRecorded(reader_.Optional(root, "recorded"));
    case_.scenario_text = reader_.ReadText(reader_.Member(root, "scenario"), kYamlBytesMax);
    ReadKeys(reader_.Member(root, "keys"));
    ReadPlan(reader_.Member(root, "plan"));
    ReadOperations(reader_.Optional(root, "operations"));
    ReadBases(reader_.Member(root, "bases"));
    ReadOverrides(reader_.Member(root, "overrides"));
    if (!reader_.ok()) return reader_.status();
    return std::move(case_);
  }

 private:
  // Passes on what a parser of texts said about a place.
  template <class T>
  T Accept(const Place& place, const absl::StatusOr<T>& parsed, T otherwise) {
    if (parsed.ok()) return *parsed;
    reader_.Refuse(place, std::string(parsed.status().message()));
    return otherwise;
  }

  Duration ReadDuration(const Place& place) {
    if (place.missing()) return {};
    const std::string text = reader_.ReadText(place, kNameBytesMax);
    if (!reader_.ok()) return {};
    return Accept(place, ParseDuration(text), Duration{});
  }

  void ReadToken(const Place& place) {
    const std::string text = reader_.ReadText(place, kTokenBytesMax);
    if (reader_.ok()) case_.token = Accept(place, ParseToken(text), Token{});
  }

  void ReadRecorded(const Place& place) {
    if (place.missing()) return;
    reader_.RequireObject(place, {"property", "fingerprint", "source"});
    RecordedOutcome recorded;
    recorded.property = reader_.ReadText(reader_.Member(place, "property"), kNameBytesMax);
    const Place fingerprint = reader_.Member(place, "fingerprint");
    recorded.fingerprint = reader_.ReadText(fingerprint, kNameBytesMax);
    const bool digits =
        recorded.fingerprint.size() == 16 &&
        recorded.fingerprint.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!digits) {
      reader_.Refuse(fingerprint, fmt::format("found {}, expected 16 hexadecimal digits",
                                              Quoted(recorded.fingerprint)));
    }
    recorded.source = reader_.ReadText(reader_.Member(place, "source"), kNameBytesMax);
    case_.recorded = recorded;
  }

  void ReadKeys(const Place& place) {
    if (!reader_.ok()) return;
    if (!place.json->is_object()) return reader_.Refuse(place, "expected an object of keys");
    for (const auto& member : place.json->items()) {
      const Place key{&member.value(), fmt::format("{}.{}", place.path, member.key())};
      const std::string text = reader_.ReadText(key, kYamlBytesMax);
      if (!reader_.ok()) return;
      const absl::Status status = SetKey(case_.scenario, member.key(), text);
      if (!status.ok()) return reader_.Refuse(place, std::string(status.message()));
    }
    CheckResolved(place);
  }

  // What the rest of the program relies on in a case: no ranges are left, and keys go together.
  void CheckResolved(const Place& place) {
    if (const absl::Status status = CheckScenario(case_.scenario); !status.ok()) {
      return reader_.Refuse(place, std::string(status.message()));
    }
    for (const DrawnRange& range : DrawnRanges(case_.scenario)) {
      const bool single = range.numbers != nullptr ? range.numbers->low == range.numbers->high
                                                   : range.durations->low == range.durations->high;
      if (single) continue;
      reader_.Refuse(place, fmt::format("key '{}': found a range, expected one value", range.key));
    }
    if (case_.scenario.voters.high > case_.scenario.hosts.low) {
      reader_.Refuse(place, "key 'voters': found more than hosts, expected at most the hosts");
    }
  }

  faults::FaultKind ReadFaultKind(const Place& place) {
    const std::string name = reader_.ReadText(place, kNameBytesMax);
    if (!reader_.ok()) return faults::FaultKind::kCrash;
    const std::optional<faults::FaultKind> kind = faults::FaultKindFromName(name);
    if (kind.has_value()) return *kind;
    std::vector<std::string_view> names;
    for (const faults::FaultInfo& info : faults::AllFaults()) names.push_back(info.name);
    reader_.Refuse(place, fmt::format("unknown fault {}{}", Quoted(name), DidYouMean(name, names)));
    return faults::FaultKind::kCrash;
  }

  void ReadPlan(const Place& place) {
    reader_.RequireObject(place, {"enabled", "items"});
    const Place enabled = reader_.Member(place, "enabled");
    const size_t kinds = reader_.ArraySize(enabled, faults::kFaultKinds);
    for (size_t i = 0; i < kinds && reader_.ok(); ++i) {
      const Place kind = reader_.Element(enabled, i);
      case_.plan.enabled.push_back(ReadFaultKind(kind));
      const size_t size = case_.plan.enabled.size();
      if (size > 1 && case_.plan.enabled[size - 2] >= case_.plan.enabled[size - 1]) {
        reader_.Refuse(kind, "found out of order, expected each kind once in the order of `list`");
      }
    }
    const Place items = reader_.Member(place, "items");
    const size_t count = reader_.ArraySize(items, kItemsMax);
    for (size_t i = 0; i < count && reader_.ok(); ++i) ReadItem(reader_.Element(items, i));
  }

  void ReadItem(const Place& place) {
    reader_.RequireObject(
        place, {"id", "kind", "at", "occurrence", "delay", "duration", "hosts", "shard", "ratio",
                "amount", "factor", "negative", "message_kind"});
    faults::PlanItem item;
    const Place id = reader_.Member(place, "id");
    item.id = static_cast<uint32_t>(reader_.ReadNumber(id, 1, UINT32_MAX));
    if (!case_.plan.items.empty() && item.id <= case_.plan.items.back().id) {
      reader_.Refuse(id, fmt::format("found {}, expected more than the id before it", item.id));
    }
    item.kind = ReadFaultKind(reader_.Member(place, "kind"));
    ReadTrigger(place, item.trigger);
    item.duration = ReadDuration(reader_.Optional(place, "duration"));
    item.hosts = ReadHosts(reader_.Optional(place, "hosts"));
    item.shard = ShardId(ReadOptionalNumber(place, "shard", 0, kShardsMax, 0));
    ReadStrength(place, item);
    CheckSubject(place, item);
    case_.plan.items.push_back(std::move(item));
  }

  void ReadStrength(const Place& place, faults::PlanItem& item) {
    if (const Place ratio = reader_.Optional(place, "ratio"); !ratio.missing()) {
      const std::string text = reader_.ReadText(ratio, kNameBytesMax);
      if (reader_.ok()) item.ratio = Accept(ratio, ParseStrictRatio(text), Ratio());
    }
    item.amount = ReadDuration(reader_.Optional(place, "amount"));
    item.factor = static_cast<uint32_t>(ReadOptionalNumber(place, "factor", 1, kFactorMax, 1));
    if (const Place negative = reader_.Optional(place, "negative"); !negative.missing()) {
      item.negative = reader_.ReadFlag(negative);
    }
    item.message_kind =
        static_cast<uint32_t>(ReadOptionalNumber(place, "message_kind", 0, UINT32_MAX, 0));
  }

  uint64_t ReadOptionalNumber(const Place& object, std::string_view key, uint64_t low,
                              uint64_t high, uint64_t otherwise) {
    const Place place = reader_.Optional(object, key);
    return place.missing() ? otherwise : reader_.ReadNumber(place, low, high);
  }

  void ReadTrigger(const Place& item, faults::Trigger& trigger) {
    const Place at = reader_.Member(item, "at");
    trigger.at = TrueTime{} + ReadDuration(at);
    trigger.delay = ReadDuration(reader_.Optional(item, "delay"));
    const Place place = reader_.Optional(item, "occurrence");
    if (place.missing()) return;
    reader_.RequireObject(place, {"of", "name", "n", "host", "shard", "before"});
    faults::Occurrence occurrence;
    occurrence.kind = ReadOccurrenceKind(reader_.Member(place, "of"));
    occurrence.name = reader_.ReadText(reader_.Member(place, "name"), kNameBytesMax);
    occurrence.n = reader_.ReadNumber(reader_.Member(place, "n"), 1, UINT64_MAX);
    if (const Place host = reader_.Optional(place, "host"); !host.missing()) {
      occurrence.host = HostId(reader_.ReadNumber(host, 1, kHostsMax));
    }
    if (const Place shard = reader_.Optional(place, "shard"); !shard.missing()) {
      occurrence.shard = ShardId(reader_.ReadNumber(shard, 1, kShardsMax));
    }
    if (const Place before = reader_.Optional(place, "before"); !before.missing()) {
      occurrence.before = reader_.ReadFlag(before);
    }
    trigger.occurrence = occurrence;
  }

  faults::OccurrenceKind ReadOccurrenceKind(const Place& place) {
    const std::string name = reader_.ReadText(place, kNameBytesMax);
    for (const auto kind : {faults::OccurrenceKind::kEvent, faults::OccurrenceKind::kIoPoint,
                            faults::OccurrenceKind::kReachSite}) {
      if (NameOf(kind) == name) return kind;
    }
    reader_.Refuse(place, fmt::format("found {}, expected event, io or site", Quoted(name)));
    return faults::OccurrenceKind::kEvent;
  }

  std::vector<HostId> ReadHosts(const Place& place) {
    std::vector<HostId> hosts;
    if (place.missing()) return hosts;
    const size_t count = reader_.ArraySize(place, kHostsMax);
    for (size_t i = 0; i < count; ++i) {
      const Place element = reader_.Element(place, i);
      hosts.push_back(HostId(reader_.ReadNumber(element, 1, case_.scenario.hosts_max())));
    }
    return hosts;
  }

  void CheckSubject(const Place& place, const faults::PlanItem& item) {
    if (!reader_.ok()) return;
    const std::string wrong = faults::SubjectError(item);
    if (!wrong.empty()) reader_.Refuse(place, wrong);
  }

  void ReadOperations(const Place& place) {
    if (place.missing()) return;
    const size_t count = reader_.ArraySize(place, kItemsMax);
    for (size_t i = 0; i < count && reader_.ok(); ++i) ReadOperation(reader_.Element(place, i));
  }

  void ReadOperation(const Place& place) {
    reader_.RequireObject(place, {"id", "do"});
    const Place id = reader_.Member(place, "id");
    const uint64_t number = reader_.ReadNumber(id, 1, UINT32_MAX);
    if (!case_.operations.empty() && number <= case_.operations.back().id) {
      reader_.Refuse(id, fmt::format("found {}, expected more than the id before it", number));
    }
    const Place what = reader_.Member(place, "do");
    const std::string text = reader_.ReadText(what, kNameBytesMax);
    if (!reader_.ok()) return;
    OperatorItem item = Accept(what, ParseOperatorItem(text), OperatorItem{});
    item.id = static_cast<uint32_t>(number);
    const Scenario& scenario = case_.scenario;
    const uint64_t lowest = ShardMinOf(item, scenario.last_shard());
    const uint64_t highest = ShardMaxOf(item, scenario.last_shard(), scenario.control.on);
    const bool exists = lowest <= item.shard.value && item.shard.value <= highest;
    if (item.host > HostId(scenario.hosts_max()) || !exists) {
      reader_.Refuse(what, fmt::format("found {}, expected a shard from {} to {} and a host up to "
                                       "{}",
                                       Quoted(text), lowest, highest, scenario.hosts_max()));
    }
    case_.operations.push_back(item);
  }

  void ReadBases(const Place& place) {
    const size_t count = reader_.ArraySize(place, kBasesMax);
    for (size_t i = 0; i < count && reader_.ok(); ++i) {
      const Place element = reader_.Element(place, i);
      reader_.RequireObject(element, {"site", "base"});
      SiteBaseSetting setting;
      setting.site = reader_.ReadText(reader_.Member(element, "site"), kNameBytesMax);
      const Place base = reader_.Member(element, "base");
      const std::string name = reader_.ReadText(base, kNameBytesMax);
      if (name == NameOf(sim::SiteBase::kBenign)) {
        setting.base = sim::SiteBase::kBenign;
      } else if (name != NameOf(sim::SiteBase::kSeeded)) {
        reader_.Refuse(base, fmt::format("found {}, expected seeded or benign", Quoted(name)));
      }
      case_.bases.push_back(setting);
    }
  }

  void ReadOverrides(const Place& place) {
    const size_t count = reader_.ArraySize(place, kOverridesMax);
    for (size_t i = 0; i < count && reader_.ok(); ++i) ReadOverride(reader_.Element(place, i));
  }

  void ReadOverride(const Place& place) {
    reader_.RequireObject(place, {"site", "key", "first", "last", "kind", "bound", "value"});
    sim::Override replacement;
    replacement.site = reader_.ReadText(reader_.Member(place, "site"), kNameBytesMax);
    const Place key = reader_.Member(place, "key");
    const std::string key_text = reader_.ReadText(key, kNameBytesMax);
    if (reader_.ok() && key_text != "*") {
      replacement.key = Accept(key, sim::StreamKey::Parse(key_text), sim::StreamKey());
    }
    replacement.first = reader_.ReadNumber(reader_.Member(place, "first"), 0, UINT64_MAX);
    replacement.last =
        reader_.ReadNumber(reader_.Member(place, "last"), replacement.first, UINT64_MAX);
    replacement.tag.kind =
        static_cast<uint32_t>(reader_.ReadNumber(reader_.Member(place, "kind"), 0, UINT32_MAX));
    replacement.tag.bound = reader_.ReadNumber(reader_.Member(place, "bound"), 1, UINT64_MAX);
    replacement.value =
        reader_.ReadNumber(reader_.Member(place, "value"), 0, replacement.tag.bound - 1);
    case_.overrides.push_back(std::move(replacement));
  }

  JsonReader reader_;
  Case case_;
};

}  // namespace

absl::StatusOr<Case> ParseCase(std::string_view json, std::string_view file_name) {
  const absl::StatusOr<Json> parsed = ParseJson(json, file_name, {.bytes_max = kCaseBytesMax});
  if (!parsed.ok()) return parsed.status();
  return CaseReader(file_name).Read(*parsed);
}

}  // namespace ww::scenarios
