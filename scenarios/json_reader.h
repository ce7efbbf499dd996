// JSON documents from hostile input: parsing with bounds, and reading with the path of what is
// wrong.
//
// The first refusal stays; every read after it gives a default, and `status` says what was wrong at
// which path. So a reader reads straight on and asks once at the end.
// Invariants: no exception of the library leaves this file pair; nothing is read twice.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ww::scenarios {

using Json = nlohmann::ordered_json;

struct JsonLimits {
  size_t bytes_max = 0;
  size_t depth_max = 16;
  size_t values_max = 2'000'000;
};

// Refuses: too large, too deep, no JSON, an object with a key given twice. Errors name file, line
// (or path), what was found and what was expected.
absl::StatusOr<Json> ParseJson(std::string_view text, std::string_view file_name,
                               const JsonLimits& limits);

class JsonReader {
 public:
  explicit JsonReader(std::string_view file_name) : file_name_(file_name) {}

  struct Place {
    const Json* json = nullptr;  // Null for a key that is not there, or after a refusal.
    std::string path;            // "plan.items[3].kind".
    bool missing() const { return json == nullptr; }
  };

  // Requires of the document that it is an object, with no keys but these.
  Place Root(const Json& json, std::initializer_list<std::string_view> keys);
  // A member; null with a refusal when it is not there.
  Place Member(const Place& object, std::string_view key);
  // A member that may be missing or null.
  Place Optional(const Place& object, std::string_view key);
  void RequireObject(const Place& place, std::initializer_list<std::string_view> keys);
  // The number of elements; 0 with a refusal when it is no array or has more than `most`.
  size_t ArraySize(const Place& place, size_t most);
  Place Element(const Place& array, size_t at);

  std::string ReadText(const Place& place, size_t bytes_max);
  // In [low, high]; low when refused.
  uint64_t ReadNumber(const Place& place, uint64_t low, uint64_t high);
  bool ReadFlag(const Place& place);

  void Refuse(const Place& place, std::string_view message);
  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }

 private:
  std::string Found(const Place& place) const;

  std::string_view file_name_;
  absl::Status status_;
};

}  // namespace ww::scenarios
