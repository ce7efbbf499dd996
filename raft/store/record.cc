#include "raft/store/record.h"

#include <cstring>
#include <utility>

#include "raft/core/membership_codec.h"
#include "raft/core/metadata.h"
#include "sim/base/check.h"

namespace ww::raft {
namespace {

// Fixed parts are put together in a local array and appended once: an entry costs two appends
// instead of ten, which is a third of the log writer's time.
template <size_t kBytes>
class FixedPart {
 public:
  FixedPart& Put32(uint32_t v) { return Put(&v, sizeof v); }
  FixedPart& Put64(uint64_t v) { return Put(&v, sizeof v); }
  void AppendTo(ByteWriter& out) const {
    CHECK_EQ(at_, kBytes);
    out.Raw(std::string_view(bytes_, kBytes));
  }

 private:
  FixedPart& Put(const void* v, size_t n) {
    CHECK_LE(at_ + n, kBytes);
    std::memcpy(bytes_ + at_, v, n);
    at_ += n;
    return *this;
  }
  char bytes_[kBytes];
  size_t at_ = 0;
};

constexpr size_t kHardStateBytes = 16;
constexpr size_t kEntriesHeaderBytes = 16;

size_t BodySize(const HardState&) { return kHardStateBytes; }
size_t BodySize(const EntriesRecord& record) {
  size_t bytes = kEntriesHeaderBytes;
  for (const Entry& entry : record.entries) bytes += EncodedSize(entry);
  return bytes;
}

uint32_t TypeOf(const LogRecord& record) {
  return std::holds_alternative<HardState>(record.body) ? kHardStateRecord : kEntriesRecord;
}

void EncodeBody(const HardState& state, ByteWriter& out) {
  FixedPart<kHardStateBytes>().Put64(state.term.value).Put64(state.vote.value).AppendTo(out);
}

void EncodeBody(const EntriesRecord& record, ByteWriter& out) {
  CHECK(!record.entries.empty());
  CHECK(!record.first.none());
  FixedPart<kEntriesHeaderBytes>()
      .Put64(record.first.value)
      .Put64(record.entries.size())
      .AppendTo(out);
  for (const Entry& entry : record.entries) EncodeEntry(entry, out);
}

// Whether the payload is one of an entry of the type. Commands are the machine's to judge.
bool HoldsA(uint32_t type, std::string_view payload) {
  if (type > static_cast<uint32_t>(EntryType::kMetadata)) return false;
  switch (static_cast<EntryType>(type)) {
    case EntryType::kEmpty:
      return payload.empty();
    case EntryType::kCommand:
      return true;
    case EntryType::kMembership:
      return DecodeMembershipEntry(payload).has_value();
    case EntryType::kMetadata:
      return DecodeMetadata(payload).has_value();
  }
  UNREACHABLE();
}

std::optional<HardState> DecodeHardState(ByteReader& in) {
  const uint64_t term = in.Fixed64();
  const uint64_t vote = in.Fixed64();
  if (!in.ok()) return std::nullopt;
  return HardState{Term(term), ReplicaId(vote)};
}

std::optional<EntriesRecord> DecodeEntries(ByteReader& in) {
  EntriesRecord record;
  record.first = Index(in.Fixed64());
  const uint64_t count = in.Fixed64();
  // Each entry takes at least its header, so a hostile count can't make us allocate.
  if (!in.ok() || record.first.none() || count == 0) return std::nullopt;
  if (count > in.remaining() / kEntryHeaderBytes) return std::nullopt;
  record.entries.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    std::optional<Entry> entry = DecodeEntry(in);
    if (!entry.has_value()) return std::nullopt;
    record.entries.push_back(*std::move(entry));
  }
  return record;
}

}  // namespace

size_t EncodedSize(const Entry& entry) { return kEntryHeaderBytes + entry.payload.size(); }

void EncodeEntry(const Entry& entry, ByteWriter& out) {
  CHECK_LE(entry.payload.size(), size_t{UINT32_MAX});
  FixedPart<kEntryHeaderBytes>()
      .Put64(entry.term.value)
      .Put32(static_cast<uint32_t>(entry.type))
      .Put32(static_cast<uint32_t>(entry.payload.size()))
      .AppendTo(out);
  out.Raw(entry.payload.view());
}

std::optional<Entry> DecodeEntry(ByteReader& in) {
  const uint64_t term = in.Fixed64();
  const uint32_t type = in.Fixed32();
  const uint32_t bytes = in.Fixed32();
  const std::string_view payload = in.Raw(bytes);
  if (!in.ok()) return std::nullopt;
  if (!HoldsA(type, payload)) return std::nullopt;
  return Entry{Term(term), static_cast<EntryType>(type), Payload::Copy(payload)};
}

size_t EncodedSize(const LogRecord& record) {
  return kRecordHeaderBytes +
         std::visit([](const auto& body) { return BodySize(body); }, record.body);
}

void EncodeRecord(const LogRecord& record, ByteWriter& out) {
  CHECK(!record.who.shard.none());
  CHECK(!record.who.replica.none());
  const size_t start = out.size();
  FixedPart<kRecordHeaderBytes>()
      .Put32(0)  // The length, patched below.
      .Put32(TypeOf(record))
      .Put64(record.who.shard.value)
      .Put64(record.who.replica.value)
      .AppendTo(out);
  std::visit([&out](const auto& body) { EncodeBody(body, out); }, record.body);
  const size_t bytes = out.size() - start;
  CHECK_LE(bytes, size_t{UINT32_MAX});
  out.PatchFixed32(start, static_cast<uint32_t>(bytes));
}

std::optional<LogRecord> DecodeRecord(ByteReader& in) {
  const uint32_t bytes = in.Fixed32();
  const uint32_t type = in.Fixed32();
  LogRecord record;
  record.who.shard = ShardId(in.Fixed64());
  record.who.replica = ReplicaId(in.Fixed64());
  if (!in.ok() || bytes < kRecordHeaderBytes) return std::nullopt;
  if (record.who.shard.none() || record.who.replica.none()) return std::nullopt;
  ByteReader body(in.Raw(bytes - kRecordHeaderBytes));
  if (!in.ok()) return std::nullopt;
  if (type == kHardStateRecord) {
    const std::optional<HardState> state = DecodeHardState(body);
    if (!state.has_value()) return std::nullopt;
    record.body = *state;
  } else if (type == kEntriesRecord) {
    std::optional<EntriesRecord> entries = DecodeEntries(body);
    if (!entries.has_value()) return std::nullopt;
    record.body = *std::move(entries);
  } else {
    return std::nullopt;
  }
  if (body.remaining() != 0) return std::nullopt;
  return record;
}

}  // namespace ww::raft
