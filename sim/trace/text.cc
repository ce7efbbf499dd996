#include "sim/trace/text.h"

#include <fmt/format.h>

#include <optional>

#include "absl/strings/escaping.h"
#include "sim/base/check.h"

namespace ww {
namespace {

std::string FormatHost(uint64_t host) { return host == 0 ? "-" : fmt::format("h{}", host); }

std::string FormatFlag(uint64_t word) {
  if (word > 1) return fmt::format("#{}", word);
  return word == 1 ? "yes" : "no";
}

}  // namespace

std::string FormatField(const FieldSpec& field, uint64_t word, std::string_view text) {
  switch (field.type) {
    case FieldType::kNumber:
      return fmt::format("{}{}", word, field.unit);
    case FieldType::kSigned:
      return fmt::format("{}{}", static_cast<int64_t>(word), field.unit);
    case FieldType::kDuration:
      return FormatNanos(static_cast<int64_t>(word));
    case FieldType::kHost:
      return FormatHost(word);
    case FieldType::kShard:
    case FieldType::kReplica:
    case FieldType::kClient:
      return fmt::format("{}", word);
    case FieldType::kDigest:
      return fmt::format("{:016x}", word);
    case FieldType::kFlag:
      return FormatFlag(word);
    case FieldType::kName:
      return word < field.names.size() ? field.names[word] : fmt::format("#{}", word);
    case FieldType::kText:
      return fmt::format("\"{}\"", absl::CHexEscape({text.data(), text.size()}));
  }
  UNREACHABLE();
}

std::string FormatRecord(const Schema& schema, const TraceRecord& record) {
  const KindSpec& kind = schema.kind(record.kind);
  CHECK_EQ(record.words.size(), kind.fields.size());
  CHECK_EQ(record.texts.size(), kind.fields.size());
  std::string line = fmt::format("{:>15} {:<4} {}", FormatNanos(record.time.ns),
                                 FormatHost(record.host.value), kind.name);
  for (size_t i = 0; i < kind.fields.size(); ++i) {
    const FieldSpec& field = kind.fields[i];
    line += fmt::format(" {}={}", field.name, FormatField(field, record.words[i], record.texts[i]));
  }
  return line;
}

absl::Status RenderTrace(std::string_view trace, absl::FunctionRef<void(std::string_view)> sink) {
  absl::StatusOr<TraceReader> reader = TraceReader::Open(trace);
  if (!reader.ok()) return reader.status();
  while (true) {
    const absl::StatusOr<std::optional<TraceRecord>> record = reader->Next();
    if (!record.ok()) return record.status();
    if (!record->has_value()) return absl::OkStatus();
    sink(FormatRecord(reader->schema(), **record));
  }
}

}  // namespace ww
