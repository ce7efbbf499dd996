// Tokens: SCENARIO@SEED?key=value&key=value. What would be misread is percent-encoded, so that
// every token has exactly one meaning and every value can be written.
#include <fmt/format.h>

#include <optional>
#include <set>

#include "scenarios/case.h"
#include "scenarios/config/value_text.h"

namespace ww::scenarios {
namespace {

constexpr size_t kTokenBytesMax = 16 * 1024;
constexpr size_t kSettingsMax = 256;
constexpr std::string_view kExpected =
    "expected SCENARIO@SEED or SCENARIO@SEED?key=value&key=value";

absl::Status Refuse(std::string_view token, std::string_view found) {
  return absl::InvalidArgumentError(
      fmt::format("token {}: {}, {}", Quoted(token), found, kExpected));
}

bool NeedsEncoding(char c) {
  return c <= ' ' || c >= 0x7f || c == '%' || c == '?' || c == '&' || c == '@';
}

std::string Encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += NeedsEncoding(c) ? fmt::format("%{:02x}", static_cast<uint8_t>(c)) : std::string(1, c);
  }
  return out;
}

std::optional<uint8_t> HexDigit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

// Nothing when a % is not followed by two hexadecimal digits, or stands for a zero byte.
std::optional<std::string> Decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const std::optional<uint8_t> high = HexDigit(text[i + 1]);
    const std::optional<uint8_t> low = HexDigit(text[i + 2]);
    if (!high.has_value() || !low.has_value() || *high + *low == 0) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

// Without the word that says that it is fuzzed.
std::string_view PlainName(std::string_view name) {
  return name.starts_with(kFuzzPrefix) ? name.substr(kFuzzPrefix.size()) : name;
}

bool IsPath(std::string_view name) {
  return name.starts_with("./") || name.starts_with("../") || name.starts_with('/') ||
         name.ends_with(".yaml");
}

bool IsBuiltInName(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-_/";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

absl::StatusOr<std::pair<std::string, std::string>> ParseSetting(std::string_view token,
                                                                 std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return Refuse(token, fmt::format("found the setting {}, expected key=value", Quoted(text)));
  }
  const std::optional<std::string> key = Decode(text.substr(0, equals));
  const std::optional<std::string> value = Decode(text.substr(equals + 1));
  if (!key.has_value() || !value.has_value()) {
    return Refuse(token, fmt::format("found a broken %-code in {}", Quoted(text)));
  }
  return std::pair{*key, *value};
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ParseSettings(
    std::string_view token, std::string_view text) {
  std::vector<std::pair<std::string, std::string>> settings;
  std::set<std::string> seen;
  while (true) {
    const size_t end = text.find('&');
    auto setting = ParseSetting(token, text.substr(0, end));
    if (!setting.ok()) return setting.status();
    if (!seen.insert(setting->first).second) {
      return Refuse(token, fmt::format("the setting {} is given twice", Quoted(setting->first)));
    }
    settings.push_back(*std::move(setting));
    if (settings.size() > kSettingsMax) {
      return Refuse(token, fmt::format("found more than {} settings", kSettingsMax));
    }
    if (end == std::string_view::npos) return settings;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

absl::StatusOr<Token> ParseToken(std::string_view text) {
  if (text.size() > kTokenBytesMax) {
    return Refuse(
        text, fmt::format("found {} bytes, at most {} are allowed", text.size(), kTokenBytesMax));
  }
  const size_t question = text.find('?');
  const std::string_view head = text.substr(0, question);
  const size_t at = head.rfind('@');
  if (at == std::string_view::npos) return Refuse(text, "found no '@' before a seed");
  const std::optional<std::string> scenario = Decode(head.substr(0, at));
  if (!scenario.has_value()) return Refuse(text, "found a broken %-code in the scenario");
  const std::string_view name = PlainName(*scenario);
  if (!IsPath(name) && !IsBuiltInName(name)) {
    return Refuse(text, fmt::format("found {} as the scenario, neither a name of lower-case "
                                    "letters nor a path that begins with ./ or ends in .yaml",
                                    Quoted(*scenario)));
  }
  Token token;
  token.scenario = *scenario;
  const absl::StatusOr<uint64_t> seed = ParseNumber(head.substr(at + 1));
  if (!seed.ok()) return Refuse(text, fmt::format("the seed: {}", seed.status().message().data()));
  token.seed = *seed;
  if (question == std::string_view::npos) return token;
  auto settings = ParseSettings(text, text.substr(question + 1));
  if (!settings.ok()) return settings.status();
  token.settings = *std::move(settings);
  return token;
}

std::string FormatToken(const Token& token) {
  std::string out = fmt::format("{}@{}", Encode(token.scenario), token.seed);
  char separator = '?';
  for (const auto& setting : token.settings) {
    out += fmt::format("{}{}={}", separator, Encode(setting.first), Encode(setting.second));
    separator = '&';
  }
  return out;
}

std::string QuoteForShell(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_-+=:,./";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace ww::scenarios
