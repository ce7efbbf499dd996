// A configuration as it was read: a tree of plain values with positions, before any meaning.
//
// Whoever reads a format (YAML, or something else) builds such a tree. Scalars keep their text and
// whether it was quoted, because what a text means depends on the version that reads it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ww::raft::failover {

struct ConfigValue {
  enum class Kind : uint8_t { kNull, kScalar, kList, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  int line = 0;        // From 1.
  bool plain = false;  // kScalar: written without quotes.
  std::string text;    // kScalar.
  std::vector<ConfigValue> items;
  std::vector<Entry> entries;  // kMap: each key once, in the order of the file.
};

struct ConfigValue::Entry {
  std::string key;
  bool plain = false;
  int line = 0;
  ConfigValue value;
};

}  // namespace ww::raft::failover
