#include "reports/result_json.h"

#include <fmt/format.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace ww::reports {
namespace {

using nlohmann::json;

json NullIfEmpty(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

// Reads members of one object and remembers the first thing that was wrong.
class Members {
 public:
  explicit Members(const json& object) : object_(object) {}

  std::string Text(const char* key) {
    const json* value = Find(key);
    if (value == nullptr || value->is_null()) return {};
    if (value->is_string()) return value->get<std::string>();
    Refuse(key, "a string");
    return {};
  }
  uint64_t Count(const char* key) {
    const json* value = Find(key);
    if (value == nullptr) return 0;
    if (value->is_number_unsigned()) return value->get<uint64_t>();
    Refuse(key, "an integer that is not negative");
    return 0;
  }
  std::map<std::string, uint64_t> Counts(const char* key) {
    std::map<std::string, uint64_t> counts;
    const json* value = Find(key);
    if (value == nullptr) return counts;
    if (!value->is_object()) Refuse(key, "an object of counts");
    for (const auto& [name, count] : value->items()) {
      if (!count.is_number_unsigned()) {
        Refuse(key, "an object of counts");
        continue;
      }
      counts[name] = count.get<uint64_t>();
    }
    return counts;
  }
  std::vector<std::string> Lines(const char* key) {
    std::vector<std::string> lines;
    const json* value = Find(key);
    if (value == nullptr) return lines;
    if (!value->is_array()) Refuse(key, "an array of strings");
    for (const json& line : *value) {
      if (!line.is_string()) {
        Refuse(key, "an array of strings");
        continue;
      }
      lines.push_back(line.get<std::string>());
    }
    return lines;
  }
  void Refuse(const char* key, const char* expected) {
    if (!status_.ok()) return;
    const json* value = Find(key);
    status_ = absl::InvalidArgumentError(absl::StrCat("result key '", key, "': found ",
                                                      value == nullptr ? "nothing" : value->dump(),
                                                      ", expected ", expected));
  }
  const absl::Status& status() const { return status_; }

 private:
  const json* Find(const char* key) const {
    const auto it = object_.find(key);
    return it == object_.end() ? nullptr : &*it;
  }

  const json& object_;
  absl::Status status_;
};

bool ParseVerdict(const std::string& name, Verdict& out) {
  for (const Verdict verdict : {Verdict::kPass, Verdict::kExpected, Verdict::kSafety,
                                Verdict::kLiveness, Verdict::kHarness, Verdict::kDiverged}) {
    if (name != NameOf(verdict)) continue;
    out = verdict;
    return true;
  }
  return false;
}

}  // namespace

std::string FormatFingerprint(uint64_t fingerprint) { return fmt::format("{:016x}", fingerprint); }

json ToJson(const RunResult& result) {
  json object = json::object();
  object["token"] = result.token;
  object["scenario"] = result.scenario;
  object["seed"] = result.seed;
  object["verdict"] = NameOf(result.verdict);
  object["property"] = NullIfEmpty(result.property);
  object["message"] = NullIfEmpty(result.message);
  object["fingerprint"] = FormatFingerprint(result.fingerprint);
  object["events"] = result.events;
  object["decisions"] = result.decisions;
  object["virtual_ns"] = result.virtual_ns;
  object["wall_ns"] = result.wall_ns;
  object["reached"] = result.reached;
  object["judged"] = result.judged;
  object["suppressed_faults"] = result.suppressed_faults;
  object["case_file"] = NullIfEmpty(result.case_file);
  object["signature"] = NullIfEmpty(result.signature);
  object["noticed"] = result.noticed;
  object["slowest"] = result.slowest;
  object["operations_acked"] = result.operations_acked;
  object["faults_fired"] = result.faults_fired;
  object["faults_by_kind"] = result.faults_by_kind;
  object["leader_changes"] = result.leader_changes;
  object["judges"] = result.judges;
  object["expects"] = result.expects;
  object["expected_seen"] = result.expected_seen;
  object["not_triggered"] = result.not_triggered;
  object["overrides_met"] = result.overrides_met;
  object["overrides_all"] = result.overrides_all;
  object["details"] = result.details;
  return object;
}

std::string FormatResult(const RunResult& result) {
  return ToJson(result).dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::StatusOr<RunResult> ParseResult(std::string_view line) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return absl::InvalidArgumentError("a result: found something else, expected a JSON object");
  }
  RunResult result;
  Members members(object);
  result.token = members.Text("token");
  result.scenario = members.Text("scenario");
  result.seed = members.Count("seed");
  const std::string verdict = members.Text("verdict");
  result.property = members.Text("property");
  result.message = members.Text("message");
  const std::string fingerprint = members.Text("fingerprint");
  result.events = members.Count("events");
  result.decisions = members.Count("decisions");
  result.virtual_ns = static_cast<int64_t>(members.Count("virtual_ns"));
  result.wall_ns = static_cast<int64_t>(members.Count("wall_ns"));
  result.reached = members.Counts("reached");
  result.judged = members.Counts("judged");
  result.suppressed_faults = members.Count("suppressed_faults");
  result.case_file = members.Text("case_file");
  result.signature = members.Text("signature");
  result.noticed = members.Counts("noticed");
  result.slowest = members.Counts("slowest");
  result.operations_acked = members.Count("operations_acked");
  result.faults_fired = members.Count("faults_fired");
  result.faults_by_kind = members.Counts("faults_by_kind");
  result.leader_changes = members.Count("leader_changes");
  result.judges = members.Lines("judges");
  result.expects = members.Lines("expects");
  result.expected_seen = members.Lines("expected_seen");
  result.not_triggered = members.Lines("not_triggered");
  result.overrides_met = members.Count("overrides_met");
  result.overrides_all = members.Count("overrides_all");
  result.details = members.Lines("details");
  if (!ParseVerdict(verdict, result.verdict)) members.Refuse("verdict", "a verdict");
  if (fingerprint.size() != 16 || !absl::SimpleHexAtoi(fingerprint, &result.fingerprint)) {
    members.Refuse("fingerprint", "16 hexadecimal digits");
  }
  if (!members.status().ok()) return members.status();
  return result;
}

}  // namespace ww::reports
