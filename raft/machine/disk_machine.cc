#include "raft/machine/disk_machine.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

constexpr std::string_view kPrefix = "machine-";
constexpr size_t kBytesPerAppend = 256 * 1024;
// Entries that wait for a Sync; beyond that the file is made anew from the machine itself.
constexpr size_t kBatchBytesMax = 64 * 1024;
// Batches may be as long as the image, and at least this long, before the file is made anew.
constexpr uint64_t kBatchesBytesMin = 8 * 1024;

std::string TemporaryName(const ReplicaIdentity& who) { return MachineFileName(who) + ".tmp"; }

absl::Status While(std::string_view doing, const absl::Status& status) {
  CHECK(!status.ok());
  return absl::Status(status.code(), fmt::format("{}: {}", doing, std::string(status.message())));
}

}  // namespace

std::string MachineFileName(const ReplicaIdentity& who) {
  return fmt::format("{}{}-{}", kPrefix, who.shard, who.replica);
}

absl::StatusOr<std::optional<ShardMachine>> DiskMachine::Open(uint32_t sessions_max,
                                                              std::unique_ptr<StateMachine> empty) {
  CHECK(made_anew_);
  const absl::StatusOr<FileId> file = env_.files().Open(MachineFileName(who_), OpenFor::kExisting);
  if (absl::IsNotFound(file.status())) return std::nullopt;
  if (!file.ok()) return While("opening the file of a machine", file.status());
  const absl::StatusOr<uint64_t> size = env_.files().Size(*file);
  if (!size.ok()) return absl::UnavailableError(size.status().message());
  const absl::StatusOr<std::string> bytes = env_.files().Read(*file, 0, *size);
  // Nothing is known to be lost when a disk does not answer.
  if (!bytes.ok()) {
    return absl::UnavailableError(While("reading the file of a machine", bytes.status()).message());
  }
  absl::StatusOr<ShardMachine> machine =
      DecodeMachineFile(*bytes, who_, sessions_max, std::move(empty));
  if (!machine.ok()) return While(MachineFileName(who_), machine.status());
  return std::optional(*std::move(machine));
}

void DiskMachine::Update(Index index, const Entry& entry) {
  CHECK_GT(index, durable_);
  if (made_anew_) return;  // The next image has it.
  batch_.Add(index, entry);
  if (batch_.bytes() <= kBatchBytesMax) return;
  COVER("machine.batch_outgrown");
  Replaced();
}

void DiskMachine::Replaced() {
  made_anew_ = true;
  batch_.Clear();
}

MachineWrite DiskMachine::Begin(const ShardMachine& machine) {
  CHECK(!writing_);
  CHECK_GE(machine.applied(), durable_);
  writing_ = true;
  const uint64_t batches = size_ + batch_.bytes() - whole_bytes_;
  const bool outgrown = batches > std::max(whole_bytes_, kBatchesBytesMin);
  const bool whole = made_anew_ || outgrown || batch_.empty();
  MachineWrite write{machine.applied(), whole,
                     whole ? EncodeMachineFile(who_, machine) : batch_.Encode(size_, machine)};
  if (outgrown && !made_anew_) COVER("machine.file_outgrown");
  made_anew_ = false;
  batch_.Clear();
  return write;
}

absl::Status DiskMachine::Sync(const MachineWrite& write) {
  CHECK(writing_);
  const absl::Status written = write.whole ? WriteWhole(write.bytes) : AppendBatch(write.bytes);
  writing_ = false;
  if (!written.ok()) {
    COVER("machine.sync_failed");
    Replaced();
    return written;
  }
  CHECK_GE(write.applied, durable_);
  durable_ = write.applied;
  return absl::OkStatus();
}

// The bytes are durable before the name is, and the old file counts until then.
absl::Status DiskMachine::WriteWhole(std::string_view bytes) {
  Files& files = env_.files();
  const std::string temporary = TemporaryName(who_);
  const absl::Status removed = files.Remove(temporary);
  if (!removed.ok() && !absl::IsNotFound(removed)) return While("making room", removed);
  const absl::StatusOr<FileId> file = files.Open(temporary, OpenFor::kCreate);
  if (!file.ok()) return While("making the file of a machine", file.status());
  for (size_t at = 0; at < bytes.size(); at += kBytesPerAppend) {
    const absl::StatusOr<uint64_t> offset = files.Append(*file, bytes.substr(at, kBytesPerAppend));
    if (!offset.ok()) return While("writing the file of a machine", offset.status());
    CHECK_EQ(*offset, at);
  }
  const absl::Status synced = files.Sync(*file);
  if (!synced.ok()) return While("syncing the file of a machine", synced);
  const absl::Status renamed = files.Rename(temporary, MachineFileName(who_));
  if (!renamed.ok()) return While("naming the file of a machine", renamed);
  const absl::Status named = files.SyncDirectory();
  if (!named.ok()) return While("syncing the name of a machine's file", named);
  file_ = *file;
  size_ = whole_bytes_ = bytes.size();
  return absl::OkStatus();
}

absl::Status DiskMachine::AppendBatch(std::string_view bytes) {
  CHECK_GT(size_, 0u);
  const absl::StatusOr<uint64_t> offset = env_.files().Append(file_, bytes);
  if (!offset.ok()) return While("writing what a machine applied", offset.status());
  CHECK_EQ(*offset, size_);
  const absl::Status synced = env_.files().Sync(file_);
  if (!synced.ok()) return While("syncing what a machine applied", synced);
  size_ += bytes.size();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> DiskMachine::RemoveOrphans(
    Env& env, const std::vector<std::string>& names, const std::vector<ReplicaIdentity>& kept) {
  std::vector<std::string> wanted;
  for (const ReplicaIdentity& who : kept) wanted.push_back(MachineFileName(who));
  std::sort(wanted.begin(), wanted.end());
  std::vector<std::string> removed;
  for (const std::string& name : names) {
    const bool ours = std::string_view(name).starts_with(kPrefix);
    if (!ours || std::binary_search(wanted.begin(), wanted.end(), name)) continue;
    COVER("machine.orphan");
    const absl::Status gone = env.files().Remove(name);
    if (!gone.ok()) return While("removing an orphan", gone);
    removed.push_back(name);
  }
  return removed;
}

}  // namespace ww::raft
