#include "reports/junit.h"

#include <fmt/format.h>

#include <pugixml.hpp>
#include <sstream>

#include "reports/summary.h"

namespace ww::reports {
namespace {

std::string FormatSeconds(int64_t ns) {
  return fmt::format("{}.{:03}", ns / 1'000'000'000, ns / 1'000'000 % 1000);
}

// XML 1.0 has no place for most control characters.
std::string Printable(const std::string& text) {
  std::string clean;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    clean.push_back(control ? '?' : c);
  }
  return clean;
}

std::string FailureText(const std::vector<RunResult>& failures, uint64_t count,
                        const std::string& source_version) {
  std::string text;
  for (const RunResult& failure : failures) {
    text += fmt::format("REPRODUCE: whitewater replay '{}'  # source {}\n{}: {}\n", failure.token,
                        source_version, failure.property, failure.message);
    for (const std::string& line : failure.details) text += "  " + line + "\n";
  }
  if (count > failures.size()) text += fmt::format("and {} more\n", count - failures.size());
  return text;
}

void SetText(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name) = Printable(value).c_str();
}

}  // namespace

void JunitReport::Add(const RunResult& result) {
  ScenarioRuns& scenario = scenarios_[result.scenario];
  ++scenario.runs;
  scenario.wall_ns += result.wall_ns;
  if (!IsFailure(result.verdict)) return;
  if (result.verdict == Verdict::kHarness) ++scenario.harness_count;
  ++scenario.failure_count;
  if (scenario.failures.size() < kFailuresMax) scenario.failures.push_back(result);
}

std::string JunitReport::ToXml(const std::string& source_version) const {
  pugi::xml_document document;
  pugi::xml_node suite = document.append_child("testsuites").append_child("testsuite");
  uint64_t failures = 0;
  uint64_t errors = 0;
  int64_t wall_ns = 0;
  for (const auto& [name, scenario] : scenarios_) {
    wall_ns += scenario.wall_ns;
    pugi::xml_node test = suite.append_child("testcase");
    SetText(test, "classname", "whitewater");
    SetText(test, "name", name);
    SetText(test, "time", FormatSeconds(scenario.wall_ns));
    pugi::xml_node runs = test.append_child("properties").append_child("property");
    SetText(runs, "name", "runs");
    SetText(runs, "value", std::to_string(scenario.runs));
    if (scenario.failures.empty()) continue;
    const RunResult& first = scenario.failures.front();
    const bool harness_only = scenario.harness_count == scenario.failure_count;
    (harness_only ? errors : failures) += 1;
    pugi::xml_node failure = test.append_child(harness_only ? "error" : "failure");
    SetText(failure, "type", first.property);
    SetText(failure, "message",
            fmt::format("whitewater replay '{}': {}", first.token, first.message));
    const std::string text = FailureText(scenario.failures, scenario.failure_count, source_version);
    failure.append_child(pugi::node_pcdata).set_value(Printable(text).c_str());
  }
  SetText(suite, "name", "whitewater");
  SetText(suite, "tests", std::to_string(scenarios_.size()));
  SetText(suite, "failures", std::to_string(failures));
  SetText(suite, "errors", std::to_string(errors));
  SetText(suite, "time", FormatSeconds(wall_ns));
  std::ostringstream out;
  document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
  return out.str();
}

}  // namespace ww::reports
