#include "scenarios/cli/second_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "reports/result_json.h"
#include "scenarios/fuzz/fuzzed.h"
#include "sim/trace/result.h"

extern char** environ;

namespace ww::cli {
namespace {

constexpr size_t kOutputBytesMax = 16 << 20;

std::string ReadToEnd(int fd) {
  std::string text;
  char bytes[4096];
  while (text.size() < kOutputBytesMax) {
    const ssize_t n = read(fd, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(bytes, static_cast<size_t>(n));
  }
  return text;
}

// What the program printed on standard output.
absl::StatusOr<std::string> OutputOf(std::vector<std::string> words) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::UnavailableError(fmt::format("pipe: {}", std::strerror(errno)));
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return absl::UnavailableError(fmt::format("a second process: {}", std::strerror(error)));
  }
  std::string text = ReadToEnd(ends[0]);
  close(ends[0]);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return text;
}

}  // namespace

absl::StatusOr<uint64_t> FingerprintInSecondProcess(const scenarios::Token& token) {
  const bool fuzzed = scenarios::fuzz::IsFuzzed(token);
  std::vector<std::string> words = {"whitewater",
                                    fuzzed ? "fuzz" : "run",
                                    fuzzed ? scenarios::fuzz::ScenarioOf(token) : token.scenario,
                                    "--seed",
                                    std::to_string(token.seed),
                                    "--runs",
                                    "1",
                                    "--jobs",
                                    "1",
                                    "--quiet",
                                    "--json",
                                    "-"};
  for (const auto& [key, value] : token.settings) {
    words.push_back("--set");
    words.push_back(fmt::format("{}={}", key, value));
  }
  const absl::StatusOr<std::string> output = OutputOf(std::move(words));
  if (!output.ok()) return output.status();
  const absl::StatusOr<RunResult> result =
      reports::ParseResult(output->substr(0, output->find('\n')));
  if (!result.ok()) return result.status();
  return result->fingerprint;
}

}  // namespace ww::cli
