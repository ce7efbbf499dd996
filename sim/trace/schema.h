// Schema of a trace: which kinds of events there are, what their fields mean, how they are drawn.
//
// A trace starts with its schema, so that readers and reports need no knowledge of an engine. The
// world registers its own kinds; a binding adds those of its engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ww {

// How a field's word is read and printed.
enum class FieldType : uint8_t {
  kNumber,    // Unsigned.
  kSigned,    // Two's complement.
  kDuration,  // Signed nanoseconds.
  kHost,
  kShard,
  kReplica,
  kClient,
  kDigest,  // Printed in hexadecimal.
  kFlag,    // 0 or 1.
  kName,    // An index into the field's `names`.
  kText,    // The word is a hash; the bytes follow it in the trace.
};

// What a report draws: nothing, a point on a host's line, a band that lasts until the next event of
// the same kind and subject, or an arrow from one host to another.
enum class DisplayRole : uint8_t { kHidden, kPoint, kBand, kArrowStart, kArrowEnd };

struct FieldSpec {
  std::string name;
  FieldType type = FieldType::kNumber;
  std::string unit;                // Empty, or what one is: "ns", "bytes", "entries".
  std::vector<std::string> names;  // For kName.
  friend bool operator==(const FieldSpec&, const FieldSpec&) = default;
};

// A kind's number in its schema.
struct KindId {
  uint16_t value = 0;
  friend bool operator==(KindId, KindId) = default;
};

struct KindSpec {
  std::string name;  // "net.send": room or engine, then what happened.
  DisplayRole role = DisplayRole::kHidden;
  std::vector<FieldSpec> fields;
  friend bool operator==(const KindSpec&, const KindSpec&) = default;
};

class Schema {
 public:
  static constexpr size_t kKindsMax = 65535;
  static constexpr size_t kFieldsMax = 16;

  // The same calls in the same order give the same ids. Requires: the name is new and not empty; at
  // most kKindsMax kinds of at most kFieldsMax fields each.
  KindId Add(KindSpec spec);

  const KindSpec& kind(KindId id) const;
  size_t size() const { return kinds_.size(); }
  // The kind of that name, or nullptr.
  const KindId* Find(std::string_view name) const;
  friend bool operator==(const Schema& a, const Schema& b);

 private:
  std::vector<KindSpec> kinds_;
  std::map<std::string, KindId, std::less<>> ids_;
};

}  // namespace ww
