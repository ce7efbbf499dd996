#include "scenarios/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "scenarios/config/value_text.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

absl::Status ErrorIn(std::string_view file_name, size_t line, std::string_view message) {
  return absl::InvalidArgumentError(fmt::format("{}:{}: {}", file_name, line, message));
}

size_t LineOf(std::string_view text, size_t byte) {
  const size_t end = std::min(byte, text.size());
  return 1 + static_cast<size_t>(std::count(text.begin(), text.begin() + end, '\n'));
}

// Counts depth and values without building anything: the library would take memory and time in
// proportion before anybody could refuse.
absl::Status CheckShape(std::string_view text, std::string_view file_name,
                        const JsonLimits& limits) {
  size_t depth = 0;
  size_t values = 1;
  bool in_text = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
      continue;
    }
    in_text = c == '"';
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == ',' || c == '[' || c == '{') ++values;
    if (depth > limits.depth_max) {
      return ErrorIn(file_name, LineOf(text, i),
                     fmt::format("nested deeper than {} levels", limits.depth_max));
    }
    if (values > limits.values_max) {
      return ErrorIn(file_name, LineOf(text, i),
                     fmt::format("more than {} values", limits.values_max));
    }
  }
  return absl::OkStatus();
}

// Remembers the keys of every open object, to find one that is given twice: the library would keep
// one of them without a word.
class DuplicateFinder {
 public:
  bool On(Json::parse_event_t event, const Json& parsed) {
    switch (event) {
      case Json::parse_event_t::object_start:
        open_.emplace_back();
        break;
      case Json::parse_event_t::object_end:
        open_.pop_back();
        break;
      case Json::parse_event_t::key:
        if (!open_.back().insert(parsed.get_ref<const std::string&>()).second && found_.empty()) {
          found_ = parsed.get_ref<const std::string&>();
          any_ = true;
        }
        break;
      case Json::parse_event_t::array_start:
      case Json::parse_event_t::array_end:
      case Json::parse_event_t::value:
        break;
    }
    return true;
  }
  bool any() const { return any_; }
  const std::string& found() const { return found_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string found_;
  bool any_ = false;
};

}  // namespace

absl::StatusOr<Json> ParseJson(std::string_view text, std::string_view file_name,
                               const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return ErrorIn(
        file_name, 1,
        fmt::format("found {} bytes, expected at most {}", text.size(), limits.bytes_max));
  }
  if (absl::Status shape = CheckShape(text, file_name, limits); !shape.ok()) return shape;
  DuplicateFinder duplicates;
  const auto callback = [&](int, Json::parse_event_t event, Json& parsed) {
    return duplicates.On(event, parsed);
  };
  Json json;
  // The throwing form is the one that says where.
  try {
    json = Json::parse(text, callback);
  } catch (const Json::exception& e) {
    const auto* at = dynamic_cast<const Json::parse_error*>(&e);
    const size_t line = LineOf(text, at == nullptr ? 0 : at->byte);
    const bool ended = at != nullptr && at->byte > text.size();
    return ErrorIn(file_name, line,
                   fmt::format("this is not JSON{}, expected a JSON object",
                               ended ? " (the text ends too early)" : ""));
  }
  if (duplicates.any()) {
    return ErrorIn(file_name, 1, fmt::format("key {} is given twice", Quoted(duplicates.found())));
  }
  return json;
}

void JsonReader::Refuse(const Place& place, std::string_view message) {
  if (!status_.ok()) return;
  const std::string path =
      place.path.empty() ? "the document" : fmt::format("key '{}'", place.path);
  status_ = absl::InvalidArgumentError(fmt::format("{}: {}: {}", file_name_, path, message));
}

std::string JsonReader::Found(const Place& place) const {
  if (place.missing()) return "found nothing";
  if (place.json->is_string()) {
    return "found " + Quoted(place.json->get_ref<const std::string&>());
  }
  if (place.json->is_structured()) {
    return place.json->is_array() ? "found a list" : "found an object";
  }
  return "found " + place.json->dump(-1, ' ', true, Json::error_handler_t::replace);
}

JsonReader::Place JsonReader::Root(const Json& json, std::initializer_list<std::string_view> keys) {
  Place root{&json, ""};
  RequireObject(root, keys);
  return root;
}

JsonReader::Place JsonReader::Optional(const Place& object, std::string_view key) {
  Place place{nullptr,
              object.path.empty() ? std::string(key) : fmt::format("{}.{}", object.path, key)};
  if (!ok() || object.missing() || !object.json->is_object()) return place;
  const auto at = object.json->find(std::string(key));
  if (at != object.json->end() && !at->is_null()) place.json = &*at;
  return place;
}

JsonReader::Place JsonReader::Member(const Place& object, std::string_view key) {
  Place place = Optional(object, key);
  if (place.missing()) Refuse(place, "is missing");
  return place;
}

void JsonReader::RequireObject(const Place& place, std::initializer_list<std::string_view> keys) {
  if (!ok()) return;
  if (place.missing() || !place.json->is_object()) {
    return Refuse(place, Found(place) + ", expected an object");
  }
  const std::vector<std::string_view> known(keys);
  for (const auto& member : place.json->items()) {
    if (std::find(known.begin(), known.end(), member.key()) != known.end()) continue;
    Refuse(place,
           fmt::format("unknown key {}{}", Quoted(member.key()), DidYouMean(member.key(), known)));
  }
}

size_t JsonReader::ArraySize(const Place& place, size_t most) {
  if (!ok()) return 0;
  if (place.missing() || !place.json->is_array()) {
    Refuse(place, Found(place) + ", expected a list");
    return 0;
  }
  if (place.json->size() <= most) return place.json->size();
  Refuse(place, fmt::format("found {} elements, expected at most {}", place.json->size(), most));
  return 0;
}

JsonReader::Place JsonReader::Element(const Place& array, size_t at) {
  CHECK(array.json != nullptr && array.json->is_array() && at < array.json->size());
  return {&(*array.json)[at], fmt::format("{}[{}]", array.path, at)};
}

std::string JsonReader::ReadText(const Place& place, size_t bytes_max) {
  if (!ok()) return "";
  if (place.missing() || !place.json->is_string()) {
    Refuse(place, Found(place) + ", expected a text");
    return "";
  }
  const std::string& text = place.json->get_ref<const std::string&>();
  if (text.size() <= bytes_max) return text;
  Refuse(place, fmt::format("found {} bytes, expected at most {}", text.size(), bytes_max));
  return "";
}

uint64_t JsonReader::ReadNumber(const Place& place, uint64_t low, uint64_t high) {
  if (!ok()) return low;
  const bool whole = !place.missing() && place.json->is_number_unsigned();
  const uint64_t value = whole ? place.json->get<uint64_t>() : 0;
  if (whole && value >= low && value <= high) return value;
  Refuse(place, fmt::format("{}, expected a whole number in {}..{}", Found(place), low, high));
  return low;
}

bool JsonReader::ReadFlag(const Place& place) {
  if (!ok()) return false;
  if (!place.missing() && place.json->is_boolean()) return place.json->get<bool>();
  Refuse(place, Found(place) + ", expected true or false");
  return false;
}

}  // namespace ww::scenarios
