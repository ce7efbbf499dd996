#include "raft/failover/scope_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.h"
#include "sim/base/words.h"

namespace ww::raft::failover {
namespace {

constexpr std::pair<std::string_view, Mode> kModes[] = {{"off", Mode::kOff},
                                                        {"manual", Mode::kManual},
                                                        {"election", Mode::kElection},
                                                        {"supervised", Mode::kSupervised}};
constexpr std::pair<std::string_view, Strategy> kStrategies33[] = {
    {"auto", Strategy::kAuto},
    {"config", Strategy::kConfig},
    {"supervised", Strategy::kSupervised},
    {"legacy", Strategy::kLegacy}};
constexpr std::pair<std::string_view, Strategy> kStrategies34[] = {
    {"auto", Strategy::kAuto},
    {"config", Strategy::kConfig},
    {"supervised", Strategy::kSupervised},
    {"native", Strategy::kNative},
    {"legacy", Strategy::kLegacy}};
constexpr std::pair<std::string_view, ElectionMode> kElectionModes[] = {
    {"off", ElectionMode::kOff},
    {"voter", ElectionMode::kVoter},
    {"manual", ElectionMode::kManual},
    {"candidate", ElectionMode::kCandidate}};
constexpr std::pair<std::string_view, DatabaseMode> kDatabaseModes[] = {
    {"ro", DatabaseMode::kReadOnly}, {"rw", DatabaseMode::kReadWrite}};

bool Has(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view NameOf(Scope scope) {
  switch (scope) {
    case Scope::kGlobal:
      return "global";
    case Scope::kGroup:
      return "group";
    case Scope::kReplicaset:
      return "replicaset";
    case Scope::kInstance:
      return "instance";
  }
  UNREACHABLE();
}

}  // namespace

void ScopeReader::RefuseScope(const Entry& entry, Scope scope, const std::string& path,
                              std::string_view where) {
  values_.Refuse(ErrorCode::kScope, entry.line, path,
                 fmt::format("found it in the {} scope, expected it {}", NameOf(scope), where));
}

void ScopeReader::Read(const Entry& entry, Scope scope, const std::string& prefix,
                       Settings& settings, const std::vector<std::string_view>& more) {
  CHECK(prefix.empty() == (scope == Scope::kGlobal));
  const std::string path = prefix + entry.key;
  const Section* section = FindSection(entry.key);
  if (section == nullptr && entry.key == "conditional" && scope == Scope::kGlobal) {
    return values_.Refuse(ErrorCode::kSchemaUnknownField, entry.line, path,
                          "found sections that depend on the version that reads them, expected "
                          "what they say to be written out");
  }
  if (section == nullptr) {
    std::vector<std::string_view> known = SectionNames();
    known.insert(known.end(), more.begin(), more.end());
    return values_.RefuseUnknown(entry, path, known);
  }
  if (entry.key == "isolated") return ReadIsolated(entry, scope, path, settings);
  if (entry.value.kind == ConfigValue::Kind::kNull) return;
  if (entry.key == "replication") return ReadReplication(entry, scope, path, settings);
  if (entry.key == "database") return ReadDatabase(entry, path, settings);
  if (entry.key == "failover") {
    if (scope != Scope::kGlobal) RefuseScope(entry, scope, path, "in the global scope only");
    return ReadFailover(entry, path);
  }
  SkipSection(*section, entry, path);
}

void ScopeReader::ReadReplication(const Entry& section, Scope scope, const std::string& path,
                                  Settings& settings) {
  const std::vector<std::string_view> fields = FindSection("replication")->Fields();
  const bool instance = scope == Scope::kInstance;
  for (const Entry& entry :
       values_.Map(section.value, section.line, path, TypedValues::Null::kAbsent)) {
    const std::string key = path + "." + entry.key;
    const bool given = entry.value.kind != ConfigValue::Kind::kNull;
    if (entry.key == "failover") {
      settings.mode = values_.Word(entry, key, kModes);
      if (instance && given) RefuseScope(entry, scope, key, "in an outer one");
    } else if (entry.key == "bootstrap_strategy") {
      const bool since_34 = values_.profile() == Profile::kTarantool34;
      settings.strategy = since_34 ? values_.Word(entry, key, kStrategies34)
                                   : values_.Word(entry, key, kStrategies33);
      if (instance && given && since_34) RefuseScope(entry, scope, key, "in an outer one");
    } else if (entry.key == "anon") {
      settings.anonymous = values_.Flag(entry, key);
    } else if (entry.key == "election_mode") {
      settings.election_mode = values_.Word(entry, key, kElectionModes);
    } else if (entry.key == "connect_timeout") {
      settings.connect_timeout = values_.Seconds(entry, key);
    } else if (!Has(fields, entry.key)) {
      values_.RefuseUnknown(entry, key, fields);
    }
  }
}

void ScopeReader::ReadDatabase(const Entry& section, const std::string& path, Settings& settings) {
  const std::vector<std::string_view> fields = FindSection("database")->Fields();
  for (const Entry& entry :
       values_.Map(section.value, section.line, path, TypedValues::Null::kAbsent)) {
    const std::string key = path + "." + entry.key;
    if (entry.key == "mode") {
      settings.database_mode = values_.Word(entry, key, kDatabaseModes);
    } else if (!Has(fields, entry.key)) {
      values_.RefuseUnknown(entry, key, fields);
    }
  }
}

void ScopeReader::ReadIsolated(const Entry& entry, Scope scope, const std::string& path,
                               Settings& settings) {
  settings.isolated = values_.Flag(entry, path);
  if (scope != Scope::kInstance && settings.isolated.has_value()) {
    RefuseScope(entry, scope, path, "in the instance scope only");
  }
}

bool ScopeReader::ReadTiming(const Entry& entry, const std::string& name, const std::string& path) {
  for (const TimingKey& timing : AllTimings()) {
    if (timing.name != name) continue;
    const std::optional<Interval> interval = values_.Seconds(entry, path);
    if (interval.has_value()) cluster_.timings.*timing.interval = *interval;
    return true;
  }
  return false;
}

void ScopeReader::ReadFailover(const Entry& section, const std::string& path) {
  const std::vector<std::string_view> fields = FindSection("failover")->Fields();
  for (const Entry& entry :
       values_.Map(section.value, section.line, path, TypedValues::Null::kAbsent)) {
    const std::string key = path + "." + entry.key;
    if (ReadTiming(entry, entry.key, key)) continue;
    if (entry.key == "replicasets") {
      ReadFailoverReplicasets(entry, key);
    } else if (entry.key == "stateboard") {
      ReadStateboard(entry, key);
    } else if (entry.key == "log") {
      ReadFailoverLog(entry, key);
    } else {
      values_.RefuseUnknown(entry, key, fields);
    }
  }
}

void ScopeReader::ReadStateboard(const Entry& section, const std::string& path) {
  for (const Entry& entry :
       values_.Map(section.value, section.line, path, TypedValues::Null::kAbsent)) {
    const std::string key = path + "." + entry.key;
    if (ReadTiming(entry, "stateboard." + entry.key, key)) continue;
    if (entry.key == "enabled") {
      values_.Flag(entry, key);
    } else {
      values_.RefuseUnknown(entry, key, {"enabled", "keepalive_interval", "renew_interval"});
    }
  }
}

void ScopeReader::ReadFailoverLog(const Entry& section, const std::string& path) {
  constexpr std::pair<std::string_view, bool> kPlaces[] = {{"stderr", false}, {"file", true}};
  std::optional<Placed<bool>> to_file;
  bool file = false;
  for (const Entry& entry :
       values_.Map(section.value, section.line, path, TypedValues::Null::kAbsent)) {
    const std::string key = path + "." + entry.key;
    if (entry.key == "to") {
      to_file = values_.Word(entry, key, kPlaces);
    } else if (entry.key == "file") {
      file = values_.Text(entry, key).has_value();
      CheckTemplates(entry.value, key);
    } else {
      values_.RefuseUnknown(entry, key, {"to", "file"});
    }
  }
  if (to_file.has_value() && to_file->value && !file) {
    values_.Refuse(ErrorCode::kSchemaMissingField, to_file->line, path + ".file",
                   "found nothing, expected the file that `to: file` asks for");
  }
}

void ScopeReader::ReadFailoverReplicasets(const Entry& section, const std::string& path) {
  for (const Entry& named :
       values_.Map(section.value, section.line, path, TypedValues::Null::kAbsent)) {
    FailoverTree tree;
    tree.replicaset = named.key;
    tree.line = named.line;
    const std::string inner = path + "." + named.key;
    for (const Entry& entry :
         values_.Map(named.value, named.line, inner, TypedValues::Null::kRefused)) {
      const std::string key = inner + "." + entry.key;
      if (entry.key == "priority") {
        ReadPriorities(entry, key, tree);
      } else if (entry.key == "learners") {
        tree.learners = values_.Texts(entry, key);
      } else {
        values_.RefuseUnknown(entry, key, {"learners", "priority"});
      }
    }
    cluster_.failover.push_back(std::move(tree));
  }
}

void ScopeReader::ReadPriorities(const Entry& section, const std::string& path,
                                 FailoverTree& tree) {
  // `priority: null` passes the published schema and fails behind it; here it fails at once.
  for (const Entry& entry :
       values_.Map(section.value, section.line, path, TypedValues::Null::kRefused)) {
    const std::string key = path + "." + entry.key;
    const std::optional<Priority> priority = values_.PriorityOf(entry, key);
    tree.prioritized.push_back({entry.key, entry.line, key});
    tree.priorities.push_back(priority.value_or(Priority{}));
  }
  CHECK_EQ(tree.prioritized.size(), tree.priorities.size());
}

void ScopeReader::SkipSection(const Section& section, const Entry& entry, const std::string& path) {
  if (section.fields == "*") return;
  const std::vector<std::string_view> fields = section.Fields();
  for (const Entry& inner :
       values_.Map(entry.value, entry.line, path, TypedValues::Null::kAbsent)) {
    const std::string key = path + "." + inner.key;
    if (!Has(fields, inner.key)) values_.RefuseUnknown(inner, key, fields);
    // What an application is configured with may be anything, and is no template.
    if (section.name != "app") CheckTemplates(inner.value, key);
  }
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the reader of the format lets a document be.
void ScopeReader::CheckTemplates(const ConfigValue& value, const std::string& path) {
  const std::string_view unknown = UnknownVariable(value.text);
  if (!unknown.empty()) {
    values_.Refuse(ErrorCode::kTemplate, value.line, path,
                   fmt::format("found {}, expected instance_name, replicaset_name, group_name or "
                               "context.NAME in a template",
                               Quoted(unknown)));
  }
  for (const ConfigValue& item : value.items) CheckTemplates(item, path);
  for (const Entry& entry : value.entries) CheckTemplates(entry.value, path + "." + entry.key);
}

}  // namespace ww::raft::failover
