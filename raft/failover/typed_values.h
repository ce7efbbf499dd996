// Values of the schema's types from the tree; what has another type is refused, and nothing comes.
//
// Null is like absent for the fields of a record, as the published reader has it, but not for a
// number; an entry of a map may not be null. An empty list passes for an empty map, and the other
// way round.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "raft/failover/cluster_tree.h"
#include "raft/failover/schema.h"

namespace ww::raft::failover {

using Entry = ConfigValue::Entry;

class TypedValues {
 public:
  TypedValues(Profile profile, Refusals& refusals) : profile_(profile), refusals_(refusals) {}

  Profile profile() const { return profile_; }
  void Refuse(ErrorCode code, int line, std::string key, std::string message) {
    refusals_.Refuse({code, line, std::move(key), std::move(message)});
  }
  void RefuseUnknown(const Entry& entry, const std::string& path,
                     const std::vector<std::string_view>& known);

  enum class Null : uint8_t { kAbsent, kRefused };
  // The entries of a map whose keys are strings; none when it was refused.
  std::span<const Entry> Map(const ConfigValue& value, int line, const std::string& path,
                             Null null);
  std::optional<Placed<std::string>> Text(const Entry& entry, const std::string& path);
  std::optional<Placed<bool>> Flag(const Entry& entry, const std::string& path);
  std::optional<Interval> Seconds(const Entry& entry, const std::string& path);
  std::optional<Priority> PriorityOf(const Entry& entry, const std::string& path);
  // A list of strings; `learners` alone.
  std::vector<Placed<std::string>> Texts(const Entry& entry, const std::string& path);

  // One of the words of `table`, pairs of a word and its value.
  template <class T, size_t kSize>
  std::optional<Placed<T>> Word(const Entry& entry, const std::string& path,
                                const std::pair<std::string_view, T> (&table)[kSize]) {
    const std::optional<Placed<std::string>> text = Text(entry, path);
    if (!text.has_value()) return std::nullopt;
    std::vector<std::string_view> words;
    for (const auto& [word, value] : table) {
      if (word == text->value) return Placed<T>{value, text->line, path};
      words.push_back(word);
    }
    RefuseWord(entry, path, words);
    return std::nullopt;
  }

  // Group, replicaset and instance names.
  void CheckName(const Entry& entry, const std::string& path);

 private:
  void RefuseType(const ConfigValue& value, int line, const std::string& path,
                  std::string_view expected);
  void RefuseWord(const Entry& entry, const std::string& path,
                  const std::vector<std::string_view>& words);
  bool IsNumber(const Entry& entry, const std::string& path);

  Profile profile_;
  Refusals& refusals_;
};

}  // namespace ww::raft::failover
