#include "reports/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>

#include "sim/trace/reader.h"
#include "sim/trace/text.h"

namespace ww::reports {
namespace {

constexpr size_t kColumnWidthMin = 8;

// What happened and to whom, short: ids by their letter ("s1 r27"), other fields with their names.
std::string CellText(const Schema& schema, const TraceRecord& record) {
  const KindSpec& kind = schema.kind(record.kind);
  std::string text = kind.name;
  for (size_t i = 0; i < kind.fields.size(); ++i) {
    const FieldSpec& field = kind.fields[i];
    switch (field.type) {
      case FieldType::kDigest:  // For machines.
        break;
      case FieldType::kShard:
        text += fmt::format(" s{}", record.words[i]);
        break;
      case FieldType::kReplica:
        text += fmt::format(" r{}", record.words[i]);
        break;
      case FieldType::kNumber:
      case FieldType::kSigned:
      case FieldType::kDuration:
      case FieldType::kHost:
      case FieldType::kClient:
      case FieldType::kFlag:
      case FieldType::kName:
      case FieldType::kText:
        text +=
            fmt::format(" {}={}", field.name, FormatField(field, record.words[i], record.texts[i]));
        break;
    }
  }
  return text;
}

std::string Fit(std::string text, size_t width) {
  if (text.size() > width) {
    text.resize(width - 1);
    text.push_back('~');
  }
  return text;
}

absl::StatusOr<std::deque<TraceRecord>> NewestShown(TraceReader& reader, size_t events_max) {
  std::deque<TraceRecord> newest;
  while (true) {
    absl::StatusOr<std::optional<TraceRecord>> record = reader.Next();
    if (!record.ok()) return record.status();
    if (!record->has_value()) return newest;
    const KindSpec& kind = reader.schema().kind((*record)->kind);
    if (kind.role == DisplayRole::kHidden) continue;
    newest.push_back(std::move(**record));
    if (newest.size() > events_max) newest.pop_front();
  }
}

}  // namespace

absl::StatusOr<std::string> RenderTimeline(std::string_view trace, const TimelineOptions& options) {
  absl::StatusOr<TraceReader> reader = TraceReader::Open(trace);
  if (!reader.ok()) return reader.status();
  const absl::StatusOr<std::deque<TraceRecord>> newest = NewestShown(*reader, options.events_max);
  if (!newest.ok()) return newest.status();
  std::map<HostId, size_t> widths;  // Of the columns: what the longest cell needs, within bounds.
  for (const TraceRecord& record : *newest) {
    const size_t needed = CellText(reader->schema(), record).size();
    size_t& width = widths.try_emplace(record.host, kColumnWidthMin).first->second;
    width = std::clamp(needed, width, std::max(width, options.column_width_max));
  }
  std::string text = fmt::format("{:>16}", "time");
  for (const auto& [host, width] : widths) {
    const std::string name = host.none() ? "harness" : fmt::format("h{}", host);
    text += fmt::format(" | {:<{}}", name, width);
  }
  text += "\n";
  for (const TraceRecord& record : *newest) {
    text += fmt::format("{:>16}", FormatNanos(record.time.ns));
    for (const auto& [host, width] : widths) {
      const std::string cell =
          host == record.host ? Fit(CellText(reader->schema(), record), width) : "";
      text += fmt::format(" | {:<{}}", cell, width);
    }
    text.erase(text.find_last_not_of(" |") + 1);
    text += "\n";
  }
  return text;
}

}  // namespace ww::reports
