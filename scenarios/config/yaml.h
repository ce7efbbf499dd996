// YAML documents as plain values with positions, from hostile input.
//
// The one place that knows yaml-cpp; its exceptions end here as Status. Bounded in bytes, depth and
// nodes. Refused: anchors, aliases, tags, several documents, keys that are not plain words, a key
// given twice (unless the last one is asked for). Errors name file, line, what was found and what
// was expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace ww::scenarios {

inline constexpr size_t kYamlBytesMax = size_t{1} << 20;
inline constexpr size_t kYamlDepthMax = 16;
inline constexpr size_t kYamlNodesMax = 100'000;

struct YamlNode {
  enum class Kind : uint8_t { kEmpty, kScalar, kSequence, kMap };
  Kind kind = Kind::kEmpty;
  int line = 0;                 // From 1.
  bool plain = false;           // kScalar: written without quotes.
  std::string scalar;           // kScalar; kEmpty: the word for null, or nothing.
  std::vector<YamlNode> items;  // kSequence; the values of kMap.
  std::vector<YamlNode> keys;   // kMap: scalars, as many as items.
};

const char* NameOf(YamlNode::Kind kind);

enum class RepeatedKeys : uint8_t { kRefused, kLastWins };

// The root of the one document in `text`.
absl::StatusOr<YamlNode> ReadYaml(std::string_view text, std::string_view file_name,
                                  RepeatedKeys repeated = RepeatedKeys::kRefused);

// "file:line: message", as every error about a text file begins.
absl::Status ErrorAt(std::string_view file_name, int line, std::string_view message);

}  // namespace ww::scenarios
