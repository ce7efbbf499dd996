#include "scenarios/config/operator_plan.h"

#include <fmt/format.h>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "scenarios/config/value_text.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

constexpr size_t kWordsMax = 16;

// One "key=value" of an item.
absl::Status SetField(OperatorItem& item, std::string_view key, std::string_view value) {
  if (key == "at" || key == "lasting") {
    const absl::StatusOr<Duration> parsed = ParseDuration(value);
    if (!parsed.ok()) return parsed.status();
    if (key == "at") item.at = TrueTime{} + *parsed;
    if (key == "lasting") item.lasting = *parsed;
    return absl::OkStatus();
  }
  const absl::StatusOr<uint64_t> parsed = ParseNumber(value);
  if (!parsed.ok()) return parsed.status();
  if (key == "shard") {
    item.shard = ShardId(*parsed);
  } else if (key == "host") {
    item.host = HostId(*parsed);
  } else if (key == "from") {
    item.from = HostId(*parsed);
  } else {
    const std::vector<std::string_view> keys = {"at", "shard", "host", "lasting", "from"};
    return absl::InvalidArgumentError(
        fmt::format("unknown word {}{}", Quoted(key), DidYouMean(key, keys)));
  }
  return absl::OkStatus();
}

}  // namespace

const std::vector<OperatorActionInfo>& AllOperatorActions() {
  static const std::vector<OperatorActionInfo> actions = {
      {OperatorAction::kRestart, "restart", "a replica is stopped and started again"},
      {OperatorAction::kTransfer, "transfer", "leadership is handed over"},
      {OperatorAction::kAdd, "add", "a replica is added, caught up and promoted"},
      {OperatorAction::kReplace, "replace", "a voter is exchanged for a new one in one step"},
      {OperatorAction::kWitness, "witness", "a witness is added"},
      {OperatorAction::kRemove, "remove", "a replica is deleted and its data removed"},
      {OperatorAction::kForget, "forget", "a replica is deleted and nobody tells its host"},
      {OperatorAction::kSnapshot, "snapshot", "a replica is asked for a snapshot"},
      {OperatorAction::kJoin, "join", "a replica is added without a vote, and stays so"},
      {OperatorAction::kAddZero, "add-zero", "replica id 0 is added as a voter"},
      {OperatorAction::kMeddle, "meddle", "changes are asked for that must be refused"},
      {OperatorAction::kRefill, "refill", "a replica that its host has lost gives way to another"},
      {OperatorAction::kCalmTransfer, "calm-transfer", "leadership is handed over after healing"},
      {OperatorAction::kSleep, "sleep", "nothing is done for a while"},
      {OperatorAction::kMigrate, "migrate", "controllers move a replica to the host"},
      {OperatorAction::kMigrateShard, "migrate-shard", "controllers move all replicas elsewhere"},
      {OperatorAction::kDrain, "drain", "controllers empty the host"},
      {OperatorAction::kAwait, "await", "waits until controllers have nothing under way"},
      {OperatorAction::kCreate, "create", "a shard is created through the metadata"},
      {OperatorAction::kSwitch, "switch", "coordinators appoint the instance on the host"},
      {OperatorAction::kMigrateBack, "migrate-back", "the last move of a shard is reversed"},
      {OperatorAction::kMigrateLeader, "migrate-leader", "controllers move the leader's replica"},
      {OperatorAction::kCancel, "cancel", "the last request for a shard is given up"},
      {OperatorAction::kCrowd, "crowd", "controllers move a replica of each shard to the host"},
      {OperatorAction::kByHand, "by-hand", "the instance on the host is opened to writes by hand"},
      {OperatorAction::kPromote, "promote", "a replica without a vote gets one"},
      {OperatorAction::kAddHost, "add-host", "a machine is set up and recorded"},
  };
  return actions;
}

std::string_view NameOf(OperatorAction action) {
  for (const OperatorActionInfo& info : AllOperatorActions()) {
    if (info.action == action) return info.name;
  }
  UNREACHABLE("action {}", static_cast<int>(action));
}

std::optional<OperatorAction> OperatorActionFromName(std::string_view name) {
  for (const OperatorActionInfo& info : AllOperatorActions()) {
    if (info.name == name) return info.action;
  }
  return std::nullopt;
}

std::string Describe(const OperatorItem& item) {
  if (!HasSubject(item.action)) {
    return fmt::format("{} at={} lasting={}", NameOf(item.action), FormatDuration({item.at.ns}),
                       FormatDuration(item.lasting));
  }
  const std::string from = item.from.none() ? "" : fmt::format(" from={}", item.from);
  return fmt::format("{} at={} shard={} host={} lasting={}{}", NameOf(item.action),
                     FormatDuration({item.at.ns}), item.shard, item.host,
                     FormatDuration(item.lasting), from);
}

uint64_t ShardMaxOf(const OperatorItem& item, uint64_t last_shard, bool control) {
  const bool created = control && HasSubject(item.action);
  return created ? last_shard + kCreatedShardsMax : last_shard;
}

uint64_t ShardMinOf(const OperatorItem& item, uint64_t last_shard) {
  if (item.action == OperatorAction::kCreate) return last_shard + 1;
  return HasSubject(item.action) ? 1 : 0;
}

absl::StatusOr<OperatorItem> ParseOperatorItem(std::string_view text) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(absl::string_view(text.data(), text.size()), ' ', absl::SkipEmpty());
  if (words.empty() || words.size() > kWordsMax) {
    return absl::InvalidArgumentError(
        fmt::format("found {}, expected an action and what it needs", Quoted(text)));
  }
  OperatorItem item;
  const std::string_view name(words.front().data(), words.front().size());
  const std::optional<OperatorAction> action = OperatorActionFromName(name);
  if (!action.has_value()) {
    std::vector<std::string_view> names;
    for (const OperatorActionInfo& info : AllOperatorActions()) names.push_back(info.name);
    return absl::InvalidArgumentError(
        fmt::format("unknown action {}{}", Quoted(name), DidYouMean(name, names)));
  }
  item.action = *action;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string_view word(words[i].data(), words[i].size());
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
      return absl::InvalidArgumentError(fmt::format("found {}, expected key=value", Quoted(word)));
    }
    const absl::Status set = SetField(item, word.substr(0, equals), word.substr(equals + 1));
    if (!set.ok()) return set;
  }
  if (HasSubject(item.action) && (item.shard.none() || item.host.none())) {
    return absl::InvalidArgumentError(
        fmt::format("found {}, expected a shard and a host above 0", Quoted(text)));
  }
  return item;
}

}  // namespace ww::scenarios
