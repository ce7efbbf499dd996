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
constexpr size_t kEntriesHeaderBytes = 24;
constexpr size_t kCommitBytes = 8;
constexpr size_t kSnapshotBytes = 36;
constexpr size_t kBootstrapHeaderBytes = 12;
// Who joins a shard is let in by its leader: never both.
constexpr uint32_t kJoins = 1;
constexpr uint32_t kNotFounded = 2;

static_assert(std::variant_size_v<decltype(LogRecord::body)> == kRecordKinds);

bool HasOwner(const ReplicaIdentity& who, RecordKind kind) {
  if (who == kHostItself) return kind == RecordKind::kHardState;
  return !who.shard.none() && !who.replica.none();
}

uint32_t TypeOf(const LogRecord& record) {
  return static_cast<uint32_t>(KindOf(record)) + kFirstRecordType;
}

size_t BodySize(const HardState&) { return kHardStateBytes; }
size_t BodySize(const EntriesRecord& record) {
  size_t bytes = kEntriesHeaderBytes;
  for (const Entry& entry : record.entries) bytes += EncodedSize(entry);
  return bytes;
}
size_t BodySize(const CommitRecord&) { return kCommitBytes; }
size_t BodySize(const SnapshotRecord&) { return kSnapshotBytes; }
size_t BodySize(const BootstrapRecord& record) {
  return kBootstrapHeaderBytes + record.details.size();
}
size_t BodySize(const TombstoneRecord&) { return 0; }
size_t BodySize(const DataRemovedRecord&) { return 0; }

void EncodeBody(const HardState& state, ByteWriter& out) {
  FixedPart<kHardStateBytes>().Put64(state.term.value).Put64(state.vote.value).AppendTo(out);
}

void EncodeBody(const EntriesRecord& record, ByteWriter& out) {
  CHECK(!record.entries.empty());
  CHECK(!record.first.none());
  FixedPart<kEntriesHeaderBytes>()
      .Put64(record.first.value)
      .Put64(record.entries.size())
      .Put64(record.commit.value)
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

void EncodeBody(const CommitRecord& record, ByteWriter& out) {
  CHECK(!record.commit.none());
  FixedPart<kCommitBytes>().Put64(record.commit.value).AppendTo(out);
}

// What both sides of the codec hold of a snapshot record.
bool Sane(const SnapshotRecord& record) {
  if (record.position.index.none() || record.position.term.none()) return false;
  if (record.log_base.index.none() != record.log_base.term.none()) return false;
  if (record.log_base == record.position) return true;
  if (record.resets) return false;
  return record.log_base.index < record.position.index &&
         record.log_base.term <= record.position.term;
}

void EncodeBody(const SnapshotRecord& record, ByteWriter& out) {
  CHECK(Sane(record));
  FixedPart<kSnapshotBytes>()
      .Put64(record.position.index.value)
      .Put64(record.position.term.value)
      .Put64(record.log_base.index.value)
      .Put64(record.log_base.term.value)
      .Put32(record.resets ? 1 : 0)
      .AppendTo(out);
}

void EncodeBody(const BootstrapRecord& record, ByteWriter& out) {
  FixedPart<kBootstrapHeaderBytes>()
      .Put32((record.joins ? kJoins : 0) | (record.founded ? 0 : kNotFounded))
      .Put32(record.role)
      .Put32(static_cast<uint32_t>(record.details.size()))
      .AppendTo(out);
  out.Raw(record.details.view());
}

void EncodeBody(const TombstoneRecord&, ByteWriter&) {}
void EncodeBody(const DataRemovedRecord&, ByteWriter&) {}

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
  record.commit = Index(in.Fixed64());
  // Each entry takes at least its header, so a hostile count can't make us allocate.
  if (!in.ok() || record.first.none() || count == 0) return std::nullopt;
  if (count > in.remaining() / kEntryHeaderBytes) return std::nullopt;
  if (record.first.value > UINT64_MAX - count) return std::nullopt;
  record.entries.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    std::optional<Entry> entry = DecodeEntry(in);
    if (!entry.has_value()) return std::nullopt;
    record.entries.push_back(*std::move(entry));
  }
  return record;
}

std::optional<CommitRecord> DecodeCommit(ByteReader& in) {
  const CommitRecord record{Index(in.Fixed64())};
  if (!in.ok() || record.commit.none()) return std::nullopt;
  return record;
}

std::optional<SnapshotRecord> DecodeSnapshot(ByteReader& in) {
  SnapshotRecord record;
  record.position.index = Index(in.Fixed64());
  record.position.term = Term(in.Fixed64());
  record.log_base.index = Index(in.Fixed64());
  record.log_base.term = Term(in.Fixed64());
  const uint32_t resets = in.Fixed32();
  record.resets = resets == 1;
  if (!in.ok() || resets > 1 || !Sane(record)) return std::nullopt;
  return record;
}

std::optional<BootstrapRecord> DecodeBootstrap(ByteReader& in) {
  const uint32_t flags = in.Fixed32();
  const uint32_t role = in.Fixed32();
  const std::string_view details = in.Raw(in.Fixed32());
  if (!in.ok() || flags > kNotFounded || role > UINT8_MAX) return std::nullopt;
  return BootstrapRecord{flags == kJoins, static_cast<uint8_t>(role), Payload::Copy(details),
                         flags != kNotFounded};
}

using RecordBody = decltype(LogRecord::body);

template <class Body>
std::optional<RecordBody> Wrap(std::optional<Body> body) {
  if (!body.has_value()) return std::nullopt;
  return RecordBody(*std::move(body));
}

std::optional<RecordBody> DecodeBody(RecordKind kind, ByteReader& in) {
  switch (kind) {
    case RecordKind::kHardState:
      return Wrap(DecodeHardState(in));
    case RecordKind::kEntries:
      return Wrap(DecodeEntries(in));
    case RecordKind::kCommit:
      return Wrap(DecodeCommit(in));
    case RecordKind::kSnapshot:
      return Wrap(DecodeSnapshot(in));
    case RecordKind::kBootstrap:
      return Wrap(DecodeBootstrap(in));
    case RecordKind::kTombstone:
      return RecordBody(TombstoneRecord{});
    case RecordKind::kDataRemoved:
      return RecordBody(DataRemovedRecord{});
  }
  UNREACHABLE("record kind {}", static_cast<int>(kind));
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
  CHECK(HasOwner(record.who, KindOf(record)));
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
  ByteReader body(in.Raw(bytes - kRecordHeaderBytes));
  if (!in.ok()) return std::nullopt;
  if (type < kFirstRecordType || type >= kFirstRecordType + kRecordKinds) return std::nullopt;
  const auto kind = static_cast<RecordKind>(type - kFirstRecordType);
  if (!HasOwner(record.who, kind)) return std::nullopt;
  std::optional<RecordBody> decoded = DecodeBody(kind, body);
  if (!decoded.has_value()) return std::nullopt;
  record.body = *std::move(decoded);
  if (body.remaining() != 0) return std::nullopt;
  return record;
}

}  // namespace ww::raft
