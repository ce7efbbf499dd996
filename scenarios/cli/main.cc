// whitewater: the program. Parses the command line and acts; commands.h has the commands.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/cli/bench.h"
#include "scenarios/cli/bootstrap.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/exit_status.h"
#include "scenarios/cli/version.h"
#include "sim/base/words.h"

namespace ww::cli {
namespace {

// The words that could have stood where an unknown one does: options of the command, or commands.
std::vector<std::string> KnownWords(const CLI::App& app, bool option) {
  std::vector<std::string> words;
  if (option) {
    for (const CLI::Option* known : app.get_options()) {
      for (const std::string& name : known->get_lnames()) words.push_back("--" + name);
    }
  } else {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      words.push_back(command->get_name());
    }
  }
  return words;
}

// The first word that nothing knew, with the nearest one that stands for something.
struct UnknownWord {
  std::string word;
  std::string nearest;
};

std::optional<UnknownWord> FindUnknownWord(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    if (command->remaining_size() > 0) return FindUnknownWord(*command);
  }
  if (app.remaining_size() == 0) return std::nullopt;
  const std::string word = app.remaining().front();
  const std::string name = word.substr(0, word.find('='));
  const std::vector<std::string> words = KnownWords(app, word.starts_with("-"));
  const std::vector<std::string_view> views(words.begin(), words.end());
  return UnknownWord{name, std::string(NearestWord(name, views))};
}

int RefuseWords(const CLI::App& app, const CLI::ParseError& error) {
  const std::optional<UnknownWord> unknown = FindUnknownWord(app);
  if (unknown.has_value()) {
    const char* expected = unknown->word.starts_with("-")  ? "an option of this command"
                           : app.get_subcommands().empty() ? "a command"
                                                           : "no further word after this command";
    fmt::print(stderr, "whitewater: found '{}', expected {}\n", unknown->word, expected);
    if (!unknown->nearest.empty()) fmt::print(stderr, "Did you mean {}?\n", unknown->nearest);
  } else {
    fmt::print(stderr, "whitewater: {}\n", error.what());
  }
  fmt::print(stderr, "Run with --help for more.\n");
  return kExitUsage;
}

int Main(int count, char** words) {
  // A failed CHECK or an uncaught exception outside of a worker: the harness failed.
  std::signal(SIGABRT, [](int) { _exit(kExitHarness); });
  CLI::App app{"Deterministic simulation testing for multi-Raft engines.", "whitewater"};
  app.set_version_flag("--version",
                       fmt::format("whitewater {} (source {})", kVersion, kSourceVersion));
  app.require_subcommand(1);
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<RunCommand>(app));
  commands.push_back(std::make_unique<ReplayCommand>(app));
  commands.push_back(std::make_unique<FuzzCommand>(app));
  commands.push_back(std::make_unique<ListCommand>(app));
  commands.push_back(std::make_unique<BootstrapCommand>(app));
  commands.push_back(std::make_unique<BenchCommand>(app));
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version.
    return RefuseWords(app, error);
  }
  for (const std::unique_ptr<Command>& command : commands) {
    if (command->subcommand()->parsed()) return command->Act();
  }
  return kExitUsage;
}

}  // namespace
}  // namespace ww::cli

// A run allocates many messages of up to 160 bytes in bursts, and grows: without these the
// allocator keeps merging and splitting them, and gives memory back only to ask for it again.
int main(int count, char** words) {
  mallopt(M_MXFAST, 160);
  mallopt(M_TOP_PAD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  return ww::cli::Main(count, words);
}
