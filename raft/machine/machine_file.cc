#include "raft/machine/machine_file.h"

#include <optional>
#include <utility>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

constexpr std::string_view kMagic = "WWMACH\r\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 56;
constexpr uint32_t kBatchMagic = 0xb6d05757;
constexpr size_t kBatchHeaderBytes = 48;
constexpr size_t kBatchSummedFrom = 16;  // What stands before is not covered by the checksum.
constexpr size_t kRecordHeaderBytes = 8;
static_assert(kMagic.size() == 8);

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(fmt::format("the file of a machine is damaged: {}", what));
}

// A batch that is whole; the views are into the file.
struct ReadBatch {
  Index first;
  uint64_t count = 0;
  uint64_t digest = 0;
  std::string_view records;
};

std::optional<ReadBatch> ReadBatchAt(std::string_view file, size_t offset) {
  ByteReader in(file.substr(offset));
  const uint32_t magic = in.Fixed32();
  const uint32_t bytes = in.Fixed32();
  const uint64_t checksum = in.Fixed64();
  const uint64_t own_offset = in.Fixed64();
  ReadBatch batch;
  batch.first = Index(in.Fixed64());
  batch.count = in.Fixed64();
  batch.digest = in.Fixed64();
  batch.records = in.Raw(bytes);
  if (!in.ok() || magic != kBatchMagic || own_offset != offset) return std::nullopt;
  const std::string_view summed =
      file.substr(offset + kBatchSummedFrom, kBatchHeaderBytes - kBatchSummedFrom + bytes);
  if (HashBytes(summed, bytes) != checksum) return std::nullopt;
  return batch;
}

absl::Status Execute(const ReadBatch& batch, ShardMachine& machine) {
  const bool follows = batch.first == machine.applied().next() && !batch.first.none();
  if (!follows || batch.count > UINT64_MAX - batch.first.value) {
    return Damaged("a batch does not follow");
  }
  ByteReader in(batch.records);
  for (uint64_t i = 0; i < batch.count; ++i) {
    const uint32_t type = in.Fixed32();
    const std::string_view payload = in.Raw(in.Fixed32());
    if (!in.ok() || type >= static_cast<uint32_t>(EntryType::kMetadata)) {
      return Damaged("a batch holds something else than entries");
    }
    const Entry entry{Term(), static_cast<EntryType>(type), Payload::Copy(payload)};
    if (entry.type != EntryType::kCommand && !payload.empty()) {
      return Damaged("an entry that is no command says something");
    }
    machine.Apply(batch.first + i, entry);
  }
  if (in.remaining() != 0) return Damaged("a batch is longer than its entries");
  if (machine.digest() != batch.digest) return Damaged("a batch leads to another state");
  return absl::OkStatus();
}

}  // namespace

std::string EncodeMachineFile(const ReplicaIdentity& who, const ShardMachine& machine) {
  CHECK(!machine.skipped());
  CHECK(!machine.elsewhere());
  const std::string image = machine.Save();
  ByteWriter out;
  out.Raw(kMagic);
  out.Fixed32(kVersion);
  out.Fixed32(0);
  out.Fixed64(who.shard.value);
  out.Fixed64(who.replica.value);
  out.Fixed64(image.size());
  out.Fixed64(HashBytes(image));
  out.Fixed64(HashBytes(out.view()));
  CHECK_EQ(out.size(), kHeaderBytes);
  out.Raw(image);
  return out.Take();
}

// --- MachineBatch ---

// Only a command says anything to a machine.
void MachineBatch::Add(Index index, const Entry& entry) {
  CHECK(entry.type != EntryType::kMetadata);
  if (count_ == 0) first_ = index;
  CHECK_EQ(index, first_ + count_);
  const std::string_view payload =
      entry.type == EntryType::kCommand ? entry.payload.view() : std::string_view();
  ByteWriter header;
  header.Fixed32(static_cast<uint32_t>(entry.type));
  header.Fixed32(static_cast<uint32_t>(payload.size()));
  CHECK_EQ(header.size(), kRecordHeaderBytes);
  records_.append(header.view()).append(payload);
  ++count_;
}

void MachineBatch::Clear() {
  count_ = 0;
  records_.clear();
}

Index MachineBatch::last() const {
  CHECK(!empty());
  return first_ + (count_ - 1);
}

std::string MachineBatch::Encode(uint64_t offset, const ShardMachine& machine) const {
  CHECK_EQ(last(), machine.applied());
  CHECK_LE(records_.size(), size_t{UINT32_MAX});
  ByteWriter out;
  out.Fixed32(kBatchMagic);
  out.Fixed32(static_cast<uint32_t>(records_.size()));
  out.Fixed64(0);  // The checksum of what follows, patched below.
  out.Fixed64(offset);
  out.Fixed64(first_.value);
  out.Fixed64(count_);
  out.Fixed64(machine.digest());
  CHECK_EQ(out.size(), kBatchHeaderBytes);
  out.Raw(records_);
  out.PatchFixed64(8, HashBytes(out.view().substr(kBatchSummedFrom), records_.size()));
  return out.Take();
}

// --- Reading ---

absl::StatusOr<ShardMachine> DecodeMachineFile(std::string_view file, const ReplicaIdentity& who,
                                               uint32_t sessions_max,
                                               std::unique_ptr<StateMachine> empty) {
  ByteReader in(file);
  const std::string_view magic = in.Raw(kMagic.size());
  const uint32_t version = in.Fixed32();
  const uint32_t zero = in.Fixed32();
  const ShardId shard(in.Fixed64());
  const ReplicaId replica(in.Fixed64());
  const uint64_t image_bytes = in.Fixed64();
  const uint64_t image_checksum = in.Fixed64();
  const uint64_t checksum = in.Fixed64();
  if (!in.ok() || magic != kMagic || version != kVersion || zero != 0) {
    return Damaged("it does not begin like one");
  }
  if (checksum != HashBytes(file.substr(0, kHeaderBytes - sizeof checksum))) {
    return Damaged("its head");
  }
  if (shard != who.shard || replica != who.replica) return Damaged("it is another replica's");
  if (image_bytes > in.remaining()) return Damaged("its image is short");
  const std::string_view image = in.Raw(image_bytes);
  if (HashBytes(image) != image_checksum) return Damaged("its image");
  absl::StatusOr<ShardMachine> machine = ShardMachine::Load(image, sessions_max, std::move(empty));
  if (!machine.ok()) return machine.status();
  if (machine->skipped() || machine->elsewhere()) return Damaged("there is no state in its image");
  size_t end = kHeaderBytes + image.size();
  while (const std::optional<ReadBatch> batch = ReadBatchAt(file, end)) {
    const absl::Status executed = Execute(*batch, *machine);
    if (!executed.ok()) return executed;
    end += kBatchHeaderBytes + batch->records.size();
  }
  if (end != file.size()) COVER("machine.torn_tail");
  return machine;
}

}  // namespace ww::raft
