#include "raft/failover/typed_values.h"

#include <fmt/format.h>

#include "sim/base/check.h"
#include "sim/base/words.h"

namespace ww::raft::failover {
namespace {

using Kind = ConfigValue::Kind;

bool IsString(const ConfigValue& value) {
  return value.kind == Kind::kScalar && TypeOf(value.text, value.plain) == ScalarType::kString;
}

}  // namespace

void TypedValues::RefuseType(const ConfigValue& value, int line, const std::string& path,
                             std::string_view expected) {
  // An empty value has the place of what comes behind it.
  const bool nothing = value.kind == Kind::kNull || (value.plain && value.text.empty());
  Refuse(ErrorCode::kSchemaType, nothing ? line : value.line, path,
         fmt::format("found {}, expected {}", Describe(value), expected));
}

void TypedValues::RefuseWord(const Entry& entry, const std::string& path,
                             const std::vector<std::string_view>& words) {
  Refuse(
      ErrorCode::kSchemaEnum, entry.line, path,
      fmt::format("found {}, expected one of: {}", Describe(entry.value), fmt::join(words, ", ")));
}

void TypedValues::RefuseUnknown(const Entry& entry, const std::string& path,
                                const std::vector<std::string_view>& known) {
  if (refusals_.any()) return;  // The nearest word is dear, and nobody would read it.
  Refuse(ErrorCode::kSchemaUnknownField, entry.line, path,
         fmt::format("found the unknown key {}, expected one of the published schema{}",
                     Quoted(entry.key), DidYouMean(entry.key, known)));
}

std::span<const Entry> TypedValues::Map(const ConfigValue& value, int line, const std::string& path,
                                        Null null) {
  const bool absent = value.kind == Kind::kNull && null == Null::kAbsent;
  const bool empty_list = value.kind == Kind::kList && value.items.empty();
  if (absent || empty_list) return {};
  if (value.kind != Kind::kMap) {
    RefuseType(value, line, path, "a map");
    return {};
  }
  for (const Entry& entry : value.entries) {
    if (TypeOf(entry.key, entry.plain) == ScalarType::kString) continue;
    Refuse(ErrorCode::kSchemaType, entry.line, path,
           fmt::format("found the key {} that is a number or a boolean, expected a string",
                       Quoted(entry.key)));
  }
  return value.entries;
}

std::optional<Placed<std::string>> TypedValues::Text(const Entry& entry, const std::string& path) {
  if (entry.value.kind == Kind::kNull) return std::nullopt;
  if (!IsString(entry.value)) {
    RefuseType(entry.value, entry.line, path, "a string");
    return std::nullopt;
  }
  return Placed<std::string>{entry.value.text, entry.line, path};
}

std::optional<Placed<bool>> TypedValues::Flag(const Entry& entry, const std::string& path) {
  const ConfigValue& value = entry.value;
  if (value.kind == Kind::kNull) return std::nullopt;
  if (value.kind != Kind::kScalar || TypeOf(value.text, value.plain) != ScalarType::kBoolean) {
    RefuseType(value, entry.line, path, "true or false");
    return std::nullopt;
  }
  return Placed<bool>{value.text == "true" || value.text == "yes", entry.line, path};
}

bool TypedValues::IsNumber(const Entry& entry, const std::string& path) {
  const ConfigValue& value = entry.value;
  if (value.kind == Kind::kScalar && TypeOf(value.text, value.plain) == ScalarType::kNumber) {
    return true;
  }
  RefuseType(value, entry.line, path, "a number");
  return false;
}

std::optional<Interval> TypedValues::Seconds(const Entry& entry, const std::string& path) {
  if (!IsNumber(entry, path)) return std::nullopt;
  return Interval{entry.value.text, ParseSeconds(entry.value.text), entry.line};
}

std::optional<Priority> TypedValues::PriorityOf(const Entry& entry, const std::string& path) {
  if (!IsNumber(entry, path)) return std::nullopt;
  CHECK(entry.value.plain);
  return Priority{*Number::Parse(entry.value.text), entry.value.text, true};
}

std::vector<Placed<std::string>> TypedValues::Texts(const Entry& entry, const std::string& path) {
  const ConfigValue& value = entry.value;
  const bool empty_map = value.kind == Kind::kMap && value.entries.empty();
  if (value.kind == Kind::kNull || empty_map) return {};
  if (value.kind != Kind::kList) {
    RefuseType(value, entry.line, path, "a list of strings");
    return {};
  }
  std::vector<Placed<std::string>> texts;
  for (const ConfigValue& item : value.items) {
    if (!IsString(item)) RefuseType(item, item.line, path, "a list of strings");
    texts.push_back({item.text, item.line, path});
  }
  return texts;
}

void TypedValues::CheckName(const Entry& entry, const std::string& path) {
  if (WellFormedName(entry.key)) return;
  Refuse(ErrorCode::kNameInvalid, entry.line, path,
         fmt::format("found the name {}, expected a lower-case letter, then up to 62 lower-case "
                     "letters, digits, '-' and '_'",
                     Quoted(entry.key)));
}

}  // namespace ww::raft::failover
