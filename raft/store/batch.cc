#include "raft/store/batch.h"

#include <cstring>
#include <string>

#include "sim/base/check.h"

namespace ww::raft {
namespace {

constexpr char kBatchMagic[] = {'W', 'W', 'b', '\x9d'};
constexpr std::string_view kFileMagic = "WWLOG\r\n\x1a";
constexpr size_t kChecksummedFrom = 16;  // Behind magic, length and the checksum itself.
constexpr size_t kFileHeaderChecksummed = 72;
static_assert(kFileMagic.size() == 8);

uint32_t MagicWord() {
  uint32_t word = 0;
  std::memcpy(&word, kBatchMagic, sizeof word);
  return word;
}

// The length seeds the hash, so that a damaged length fails like damaged bytes do.
uint64_t ChecksumOf(std::string_view batch, uint32_t body_bytes) {
  return HashBytes(batch.substr(kChecksummedFrom), body_bytes);
}

}  // namespace

void BeginBatch(ByteWriter& out) {
  static constexpr char kBlank[kBatchHeaderBytes] = {};
  CHECK(out.empty());
  out.Raw(std::string_view(kBlank, kBatchHeaderBytes));
}

uint64_t FinishBatch(ByteWriter& out, const BatchHeader& header) {
  CHECK_GT(out.size(), kBatchHeaderBytes);
  CHECK_LE(out.size() - kBatchHeaderBytes, size_t{UINT32_MAX});
  CHECK_LE(header.link.durable_before, header.offset);
  const auto body_bytes = static_cast<uint32_t>(out.size() - kBatchHeaderBytes);
  out.PatchFixed32(0, MagicWord());
  out.PatchFixed32(4, body_bytes);
  out.PatchFixed64(16, header.offset);
  out.PatchFixed64(24, header.link.durable_before);
  out.PatchFixed64(32, header.sequence);
  out.PatchFixed64(40, header.writer.value);
  out.PatchFixed64(48, header.link.chain);
  const uint64_t checksum = ChecksumOf(out.view(), body_bytes);
  out.PatchFixed64(8, checksum);
  return checksum;
}

std::optional<Batch> ReadBatch(std::string_view file, uint64_t offset) {
  if (offset > file.size() || file.size() - offset < kBatchHeaderBytes) return std::nullopt;
  ByteReader in(file.substr(offset));
  const uint32_t magic = in.Fixed32();
  const uint32_t body_bytes = in.Fixed32();
  Batch batch;
  batch.checksum = in.Fixed64();
  batch.header.offset = in.Fixed64();
  batch.header.link.durable_before = in.Fixed64();
  batch.header.sequence = in.Fixed64();
  batch.header.writer = Incarnation(in.Fixed64());
  batch.header.link.chain = in.Fixed64();
  CHECK_EQ(in.offset(), kBatchHeaderBytes);
  if (magic != MagicWord() || batch.header.offset != offset) return std::nullopt;
  batch.body = in.Raw(body_bytes);
  if (!in.ok() || batch.body.empty()) return std::nullopt;
  const std::string_view whole = file.substr(offset, kBatchHeaderBytes + body_bytes);
  if (ChecksumOf(whole, body_bytes) != batch.checksum) return std::nullopt;
  if (batch.header.link.durable_before > offset) return std::nullopt;
  return batch;
}

std::optional<Batch> FindBatch(std::string_view file, uint64_t offset) {
  const std::string_view magic(kBatchMagic, sizeof kBatchMagic);
  for (uint64_t at = file.find(magic, offset); at != std::string_view::npos;
       at = file.find(magic, at + 1)) {
    if (std::optional<Batch> batch = ReadBatch(file, at); batch.has_value()) return batch;
  }
  return std::nullopt;
}

std::string EncodeFileHeader(const FileHeader& header) {
  CHECK(!header.host.none());
  CHECK(!header.disk.none());
  CHECK_GT(header.number, 0u);
  const LogEnd& previous = header.previous;
  CHECK_EQ(previous == LogEnd(), header.number == 1);
  ByteWriter out;
  out.Raw(kFileMagic);
  out.Fixed32(kLogVersion);
  out.Fixed32(0);
  out.Fixed64(header.host.value);
  out.Fixed64(header.disk.value);
  out.Fixed64(header.number);
  out.Fixed64(previous.offset);
  out.Fixed64(previous.sequence);
  out.Fixed64(previous.writer.value);
  out.Fixed64(previous.chain);
  out.Fixed64(HashBytes(out.view()));
  CHECK_EQ(out.size(), kFileHeaderBytes);
  return out.Take();
}

std::optional<FileHeader> ReadFileHeader(std::string_view file) {
  if (file.size() < kFileHeaderBytes) return std::nullopt;
  ByteReader in(file.substr(0, kFileHeaderBytes));
  if (in.Raw(kFileMagic.size()) != kFileMagic) return std::nullopt;
  const uint32_t version = in.Fixed32();
  const uint32_t reserved = in.Fixed32();
  FileHeader header;
  header.host = HostId(in.Fixed64());
  header.disk = DiskId(in.Fixed64());
  header.number = in.Fixed64();
  header.previous.offset = in.Fixed64();
  header.previous.sequence = in.Fixed64();
  header.previous.writer = Incarnation(in.Fixed64());
  header.previous.chain = in.Fixed64();
  header.checksum = in.Fixed64();
  CHECK(in.ok());
  CHECK_EQ(in.offset(), kFileHeaderBytes);
  if (HashBytes(file.substr(0, kFileHeaderChecksummed)) != header.checksum) return std::nullopt;
  if (version != kLogVersion || reserved != 0 || header.host.none()) return std::nullopt;
  if (header.disk.none()) return std::nullopt;
  if (header.number == 0 || (header.previous == LogEnd()) != (header.number == 1)) {
    return std::nullopt;
  }
  return header;
}

}  // namespace ww::raft
