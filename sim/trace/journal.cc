#include "sim/trace/journal.h"

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/trace/writer.h"

namespace ww {

Journal::Journal(const Schema& schema) : schema_(schema) {}

Journal::~Journal() = default;

void Journal::StartTrace(size_t bytes_max) {
  CHECK(writer_ == nullptr, "a journal is traced once");
  writer_ = std::make_unique<TraceWriter>(
      schema_, TraceWriter::Options{.bytes_max = bytes_max, .first_number = records_});
}

std::string Journal::TraceBytes() const {
  CHECK(writer_ != nullptr);
  return writer_->Finish(fingerprint_);
}

uint64_t Journal::TextWord(std::string_view text) { return HashBytes(text); }

void Journal::WriteRecord(KindId kind, TrueTime now, HostId host, const uint64_t* words,
                          const std::string_view* texts, size_t fields) {
  writer_->Add({.kind = kind,
                .time = now,
                .host = host,
                .state = static_cast<uint32_t>(fingerprint_),
                .words = {words, fields},
                .texts = {texts, fields}});
}

}  // namespace ww
