#include "sim/trace/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "sim/base/check.h"
#include "sim/trace/text.h"

namespace ww {
namespace {

using MaybeRecord = std::optional<TraceRecord>;
using MaybeDifference = std::optional<TraceDifference>;

absl::Status Named(std::string_view which, const absl::Status& status) {
  return absl::Status(status.code(),
                      fmt::format("the {} {}", which, std::string(status.message())));
}

std::string SchemaDifference(const Schema& first, const Schema& second) {
  const size_t common = std::min(first.size(), second.size());
  for (size_t i = 0; i < common; ++i) {
    const KindSpec& a = first.kind(KindId{static_cast<uint16_t>(i)});
    const KindSpec& b = second.kind(KindId{static_cast<uint16_t>(i)});
    if (a.name != b.name) return fmt::format("kind {} is {} versus {}", i, a.name, b.name);
    if (a != b) return fmt::format("kind {} has different fields or another role", a.name);
  }
  return fmt::format("{} versus {} kinds of events", first.size(), second.size());
}

// What differs between two records of one schema, or nothing but the state.
std::optional<std::string> RecordDifference(const Schema& schema, const TraceRecord& a,
                                            const TraceRecord& b) {
  if (a.kind != b.kind) {
    return fmt::format("kind: {} versus {}", schema.kind(a.kind).name, schema.kind(b.kind).name);
  }
  if (a.time != b.time) return fmt::format("time: {} versus {}", a.time, b.time);
  if (a.host != b.host) return fmt::format("host: {} versus {}", a.host, b.host);
  const std::vector<FieldSpec>& fields = schema.kind(a.kind).fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (a.words[i] == b.words[i] && a.texts[i] == b.texts[i]) continue;
    return fmt::format("field {} of {}: {} versus {}", fields[i].name, schema.kind(a.kind).name,
                       FormatField(fields[i], a.words[i], a.texts[i]),
                       FormatField(fields[i], b.words[i], b.texts[i]));
  }
  return std::nullopt;
}

// Walks two traces of one schema in step.
class Comparison {
 public:
  Comparison(TraceReader first, TraceReader second, size_t before_max)
      : first_(std::move(first)), second_(std::move(second)), before_max_(before_max) {}

  absl::StatusOr<MaybeDifference> Run();

 private:
  absl::StatusOr<MaybeRecord> NextOf(TraceReader& reader, std::string_view which);
  MaybeDifference Compare(const MaybeRecord& a, const MaybeRecord& b);
  TraceDifference Describe(DifferenceKind kind, uint64_t number, std::string what) const;
  void Remember(const TraceRecord& record);

  TraceReader first_;
  TraceReader second_;
  size_t before_max_;
  std::deque<std::string> before_;
};

absl::StatusOr<MaybeDifference> Comparison::Run() {
  const uint64_t start = std::max(first_.first_number(), second_.first_number());
  const uint64_t end = std::min(first_.end_number(), second_.end_number());
  if (start > end) {
    return Describe(DifferenceKind::kNoOverlap, start,
                    fmt::format("records {} to {} versus {} to {}", first_.first_number(),
                                first_.end_number(), second_.first_number(), second_.end_number()));
  }
  while (true) {
    const absl::StatusOr<MaybeRecord> a = NextOf(first_, "first");
    if (!a.ok()) return a.status();
    const absl::StatusOr<MaybeRecord> b = NextOf(second_, "second");
    if (!b.ok()) return b.status();
    MaybeDifference difference = Compare(*a, *b);
    if (difference.has_value() || !a->has_value()) return difference;
    Remember(**a);
  }
}

// The next record that the other trace may hold too.
absl::StatusOr<MaybeRecord> Comparison::NextOf(TraceReader& reader, std::string_view which) {
  const uint64_t start = std::max(first_.first_number(), second_.first_number());
  while (true) {
    absl::StatusOr<MaybeRecord> record = reader.Next();
    if (!record.ok()) return Named(which, record.status());
    if (!record->has_value() || (*record)->number >= start) return record;
  }
}

MaybeDifference Comparison::Compare(const MaybeRecord& a, const MaybeRecord& b) {
  if (!a.has_value() && !b.has_value()) {
    if (first_.fingerprint() == second_.fingerprint()) return std::nullopt;
    return Describe(DifferenceKind::kFingerprint, first_.end_number(),
                    fmt::format("fingerprint after the last record: {:016x} versus {:016x}",
                                first_.fingerprint(), second_.fingerprint()));
  }
  const Schema& schema = first_.schema();
  TraceDifference difference;
  if (!a.has_value()) {
    difference = Describe(DifferenceKind::kFirstEnds, b->number, "the first trace ends here");
  } else if (!b.has_value()) {
    difference = Describe(DifferenceKind::kSecondEnds, a->number, "the second trace ends here");
  } else if (std::optional<std::string> what = RecordDifference(schema, *a, *b)) {
    difference = Describe(DifferenceKind::kRecord, a->number, std::move(*what));
  } else if (a->state != b->state) {
    difference = Describe(DifferenceKind::kDecision, a->number,
                          "equal, but what was decided or seen before it differs");
  } else {
    return std::nullopt;
  }
  if (a.has_value()) difference.first = FormatRecord(schema, *a);
  if (b.has_value()) difference.second = FormatRecord(schema, *b);
  return difference;
}

TraceDifference Comparison::Describe(DifferenceKind kind, uint64_t number, std::string what) const {
  return {kind, number, std::move(what), {before_.begin(), before_.end()}, "", ""};
}

void Comparison::Remember(const TraceRecord& record) {
  if (before_max_ == 0) return;
  if (before_.size() == before_max_) before_.pop_front();
  before_.push_back(FormatRecord(first_.schema(), record));
}

}  // namespace

std::string TraceDifference::ToText() const {
  std::string out = fmt::format("first difference at record {}: {}\n", number, what);
  for (const std::string& line : before) out += fmt::format("  both    {}\n", line);
  if (!first.empty()) out += fmt::format("  first   {}\n", first);
  if (!second.empty()) out += fmt::format("  second  {}\n", second);
  return out;
}

absl::StatusOr<MaybeDifference> DiffTraces(std::string_view first, std::string_view second,
                                           size_t before_max) {
  absl::StatusOr<TraceReader> a = TraceReader::Open(first);
  if (!a.ok()) return Named("first", a.status());
  absl::StatusOr<TraceReader> b = TraceReader::Open(second);
  if (!b.ok()) return Named("second", b.status());
  if (!(a->schema() == b->schema())) {
    TraceDifference difference;
    difference.kind = DifferenceKind::kSchema;
    difference.what = "schema: " + SchemaDifference(a->schema(), b->schema());
    return difference;
  }
  return Comparison(*std::move(a), *std::move(b), before_max).Run();
}

}  // namespace ww
