// Case files: writing. The order of keys is that of reading; what has its default is left out of
// plan items, so that a person sees what matters.
#include <nlohmann/json.hpp>
#include <utility>

#include "scenarios/case.h"
#include "scenarios/case_format.h"
#include "scenarios/config/keys.h"
#include "scenarios/config/value_text.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

using Json = nlohmann::ordered_json;

Json OccurrenceJson(const faults::Occurrence& occurrence) {
  Json json;
  json["of"] = NameOf(occurrence.kind);
  json["name"] = occurrence.name;
  json["n"] = occurrence.n;
  if (occurrence.host.has_value()) json["host"] = occurrence.host->value;
  if (occurrence.shard.has_value()) json["shard"] = occurrence.shard->value;
  if (occurrence.before) json["before"] = true;
  return json;
}

Json ItemJson(const faults::PlanItem& item) {
  const faults::PlanItem usual;
  Json json;
  json["id"] = item.id;
  json["kind"] = faults::InfoOf(item.kind).name;
  json["at"] = FormatDuration({item.trigger.at.ns});
  if (item.trigger.occurrence.has_value()) {
    json["occurrence"] = OccurrenceJson(*item.trigger.occurrence);
  }
  if (item.trigger.delay != usual.trigger.delay) {
    json["delay"] = FormatDuration(item.trigger.delay);
  }
  if (item.duration != usual.duration) json["duration"] = FormatDuration(item.duration);
  if (!item.hosts.empty()) {
    json["hosts"] = Json::array();
    for (const HostId host : item.hosts) json["hosts"].push_back(host.value);
  }
  if (item.shard != usual.shard) json["shard"] = item.shard.value;
  if (!(item.ratio == usual.ratio)) json["ratio"] = FormatRatio(item.ratio);
  if (item.amount != usual.amount) json["amount"] = FormatDuration(item.amount);
  if (item.factor != usual.factor) json["factor"] = item.factor;
  if (item.negative) json["negative"] = true;
  if (item.message_kind != usual.message_kind) json["message_kind"] = item.message_kind;
  return json;
}

Json PlanJson(const faults::Plan& plan) {
  Json json;
  json["enabled"] = Json::array();
  for (const faults::FaultKind kind : plan.enabled) {
    json["enabled"].push_back(faults::InfoOf(kind).name);
  }
  json["items"] = Json::array();
  for (const faults::PlanItem& item : plan.items) json["items"].push_back(ItemJson(item));
  return json;
}

Json OperationsJson(const OperatorPlan& operations) {
  Json json = Json::array();
  for (const OperatorItem& item : operations) {
    json.push_back({{"id", item.id}, {"do", Describe(item)}});
  }
  return json;
}

Json OverrideJson(const sim::Override& replacement) {
  Json json;
  json["site"] = replacement.site;
  json["key"] = replacement.key.has_value() ? replacement.key->ToString() : "*";
  json["first"] = replacement.first;
  json["last"] = replacement.last;
  json["kind"] = replacement.tag.kind;
  json["bound"] = replacement.tag.bound;
  json["value"] = replacement.value;
  return json;
}

Json RecordedJson(const std::optional<RecordedOutcome>& recorded) {
  if (!recorded.has_value()) return nullptr;
  Json json;
  json["property"] = recorded->property;
  json["fingerprint"] = recorded->fingerprint;
  json["source"] = recorded->source;
  return json;
}

}  // namespace

std::string_view NameOf(faults::OccurrenceKind kind) {
  switch (kind) {
    case faults::OccurrenceKind::kEvent:
      return "event";
    case faults::OccurrenceKind::kIoPoint:
      return "io";
    case faults::OccurrenceKind::kReachSite:
      return "site";
  }
  UNREACHABLE();
}

std::string_view NameOf(sim::SiteBase base) {
  switch (base) {
    case sim::SiteBase::kSeeded:
      return "seeded";
    case sim::SiteBase::kBenign:
      return "benign";
  }
  UNREACHABLE();
}

std::string FormatCase(const Case& value) {
  Json json;
  json["format"] = kCaseFormat;
  json["token"] = FormatToken(value.token);
  json["recorded"] = RecordedJson(value.recorded);
  json["scenario"] = value.scenario_text;
  json["keys"] = Json::object();
  for (const auto& key : ResolvedKeys(value.scenario)) json["keys"][key.first] = key.second;
  json["plan"] = PlanJson(value.plan);
  if (!value.operations.empty()) json["operations"] = OperationsJson(value.operations);
  json["bases"] = Json::array();
  for (const SiteBaseSetting& setting : value.bases) {
    json["bases"].push_back({{"site", setting.site}, {"base", NameOf(setting.base)}});
  }
  json["overrides"] = Json::array();
  for (const sim::Override& replacement : value.overrides) {
    json["overrides"].push_back(OverrideJson(replacement));
  }
  // Bytes that are no UTF-8 (a scenario's comment) become replacement characters, never an error.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ww::scenarios
