#include "reports/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

#include "sim/trace/reader.h"
#include "sim/trace/text.h"

namespace ww::reports {
namespace {

// The kind's name without its room, then the fields.
std::string CellText(const Schema& schema, const TraceRecord& record) {
  const KindSpec& kind = schema.kind(record.kind);
  std::string text = kind.name;
  for (size_t i = 0; i < kind.fields.size(); ++i) {
    if (kind.fields[i].type == FieldType::kDigest) continue;  // For machines.
    text += fmt::format(" {}={}", kind.fields[i].name,
                        FormatField(kind.fields[i], record.words[i], record.texts[i]));
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
  std::set<HostId> hosts;
  for (const TraceRecord& record : *newest) hosts.insert(record.host);
  std::string text = fmt::format("{:>16}", "time");
  for (const HostId host : hosts) {
    const std::string name = host.none() ? "harness" : fmt::format("h{}", host);
    text += fmt::format(" | {:<{}}", name, options.column_width);
  }
  text += "\n";
  for (const TraceRecord& record : *newest) {
    text += fmt::format("{:>16}", FormatNanos(record.time.ns));
    for (const HostId host : hosts) {
      const std::string cell =
          host == record.host ? Fit(CellText(reader->schema(), record), options.column_width) : "";
      text += fmt::format(" | {:<{}}", cell, options.column_width);
    }
    text.erase(text.find_last_not_of(" |") + 1);
    text += "\n";
  }
  return text;
}

}  // namespace ww::reports
