#include "scenarios/cli/failure_text.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_replace.h"
#include "reports/result_json.h"
#include "scenarios/case.h"
#include "scenarios/cli/version.h"

namespace ww::cli {
namespace {

// GitHub shows at most ten annotations of a kind a step.
constexpr size_t kAnnotationsMax = 10;

std::string Paint(const std::string& text, const char* code, bool color) {
  return color ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

std::string EscapeForAnnotation(const std::string& text) {
  return absl::StrReplaceAll(text, {{"%", "%25"}, {"\r", "%0D"}, {"\n", "%0A"}});
}

}  // namespace

std::string ReproduceLine(const std::string& token) {
  return fmt::format("REPRODUCE: whitewater replay {}  # source {}",
                     scenarios::QuoteForShell(token), kSourceVersion);
}

std::string FailureText(const RunResult& result, bool color) {
  const std::string reproduce = ReproduceLine(result.token);
  std::string text = reproduce + "\n";
  text += Paint(fmt::format("{}: {}", NameOf(result.verdict), result.property), "1;31", color);
  text += fmt::format(" in {} (fingerprint {})\n", result.token,
                      reports::FormatFingerprint(result.fingerprint));
  text += "  " + absl::StrReplaceAll(result.message, {{"\n", "\n  "}}) + "\n";
  for (const std::string& line : result.details) text += "  " + line + "\n";
  if (!result.case_file.empty()) {
    text += fmt::format("  case: {} (and .txt beside it: plan, decisions, last events)\n",
                        result.case_file);
  }
  return text + reproduce + "\n";
}

std::string GroupText(const reports::FailureGroup& group, bool color) {
  std::string text = FailureText(group.first, color);
  if (group.count < 2) return text;
  text += fmt::format("  {} runs failed like this:", group.count);
  for (const std::string& token : group.tokens) {
    text += " " + scenarios::QuoteForShell(token);
  }
  if (group.count > group.tokens.size()) text += " ...";
  return text + "\n";
}

void AnnotateForGithub(const reports::Summary& summary) {
  const char* actions = std::getenv("GITHUB_ACTIONS");
  if (actions == nullptr || std::string(actions) != "true") return;
  std::string table = "| property | runs | reproduce |\n|---|---|---|\n";
  size_t annotations = 0;
  for (const auto& [signature, group] : summary.groups()) {
    const std::string replay =
        fmt::format("whitewater replay {}", scenarios::QuoteForShell(group.first.token));
    table += fmt::format("| {} | {} | `{}` |\n", group.first.property, group.count, replay);
    if (++annotations > kAnnotationsMax) continue;
    fmt::print("::error title=whitewater {}::{}\n", group.first.property,
               EscapeForAnnotation(fmt::format("{}\n{}", group.first.message, replay)));
  }
  const char* path = std::getenv("GITHUB_STEP_SUMMARY");
  if (path == nullptr) return;
  std::ofstream out(path, std::ios::app);
  out << fmt::format("### whitewater: {} runs, {} kinds of failure\n\n", summary.runs(),
                     summary.groups().size());
  if (!summary.groups().empty()) out << table;
}

}  // namespace ww::cli
