#include "raft/store/snapshot_store.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

constexpr std::string_view kPrefix = "snapshot-";
constexpr size_t kBytesPerAppend = 256 * 1024;

std::string TemporaryName(const ReplicaIdentity& who) {
  return fmt::format("{}{}-{}.tmp", kPrefix, who.shard, who.replica);
}
std::string PartName(const ReplicaIdentity& who) {
  return fmt::format("{}{}-{}.part", kPrefix, who.shard, who.replica);
}

absl::Status While(std::string_view doing, const absl::Status& status) {
  CHECK(!status.ok());
  return absl::Status(status.code(), fmt::format("{}: {}", doing, std::string(status.message())));
}

bool Contains(const std::vector<std::string>& sorted, const std::string& name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

}  // namespace

std::string SnapshotName(const NamedSnapshot& snapshot) {
  CHECK(!snapshot.position.index.none());
  return fmt::format("{}{}-{}-{}-{}", kPrefix, snapshot.who.shard, snapshot.who.replica,
                     snapshot.position.index, snapshot.position.term);
}

bool IsSnapshotName(std::string_view name) { return name.starts_with(kPrefix); }

// A new file in any case: of one that an earlier attempt left, perhaps with a sync that failed,
// nobody knows what is on the disk.
absl::StatusOr<FileId> SnapshotStore::MakeEmpty(const std::string& name) {
  const absl::Status removed = env_.files().Remove(name);
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  return env_.files().Open(name, OpenFor::kCreate);
}

absl::StatusOr<std::string> SnapshotStore::ReadAll(FileId file) {
  const absl::StatusOr<uint64_t> size = env_.files().Size(file);
  if (!size.ok()) return size.status();
  return env_.files().Read(file, 0, *size);
}

// The bytes are durable before the name is, so a name never stands for less than a whole file.
absl::Status SnapshotStore::SyncAndName(FileId file, const std::string& from,
                                        const std::string& to) {
  const absl::Status synced = env_.files().Sync(file);
  if (!synced.ok()) return While("syncing a snapshot", synced);
  const absl::Status renamed = env_.files().Rename(from, to);
  if (!renamed.ok()) return While("naming a snapshot", renamed);
  const absl::Status named = env_.files().SyncDirectory();
  if (!named.ok()) return While("syncing a snapshot's name", named);
  return absl::OkStatus();
}

absl::StatusOr<SnapshotContent> SnapshotStore::Publish(const ReplicaIdentity& who,
                                                       const LogPosition& position,
                                                       const Membership& membership,
                                                       std::string_view machine) {
  const std::string bytes = EncodeSnapshot(who.shard, position, membership, machine);
  const std::string temporary = TemporaryName(who);
  const absl::StatusOr<FileId> file = MakeEmpty(temporary);
  if (!file.ok()) return While("making a snapshot", file.status());
  for (size_t at = 0; at < bytes.size(); at += kBytesPerAppend) {
    const std::string_view piece = std::string_view(bytes).substr(at, kBytesPerAppend);
    const absl::StatusOr<uint64_t> offset = env_.files().Append(*file, piece);
    if (!offset.ok()) return While("writing a snapshot", offset.status());
    CHECK_EQ(*offset, at);
  }
  const absl::Status named = SyncAndName(*file, temporary, SnapshotName({who, position}));
  if (!named.ok()) return named;
  return ReadSnapshotHead(bytes)->content;
}

absl::StatusOr<SnapshotPart> SnapshotStore::BeginPart(const ReplicaIdentity& who) {
  const absl::StatusOr<FileId> file = MakeEmpty(PartName(who));
  if (!file.ok()) return While("making a part of a snapshot", file.status());
  return SnapshotPart{*file, 0};
}

// What is good is written again: after a sync that failed, what is read back may only stand in a
// cache that no later sync ever writes.
absl::StatusOr<SnapshotPart> SnapshotStore::ResumePart(const ReplicaIdentity& who,
                                                       const SnapshotContent& content) {
  const absl::StatusOr<FileId> file = env_.files().Open(PartName(who), OpenFor::kExisting);
  if (absl::IsNotFound(file.status())) return BeginPart(who);
  if (!file.ok()) return While("opening a part of a snapshot", file.status());
  const absl::StatusOr<std::string> bytes = ReadAll(*file);
  if (!bytes.ok()) return While("reading a part of a snapshot", bytes.status());
  const std::optional<SnapshotHead> head = ReadSnapshotHead(*bytes);
  if (!head.has_value() || head->shard != who.shard || head->content != content) {
    return BeginPart(who);
  }
  const uint64_t good = GoodBytes(*bytes);
  CHECK_GE(good, head->body_offset);
  COVER("store.part_resumed");
  absl::StatusOr<SnapshotPart> part = BeginPart(who);
  if (!part.ok()) return part.status();
  const absl::Status written = AppendToPart(*part, std::string_view(*bytes).substr(0, good));
  if (!written.ok()) return written;
  return part;
}

absl::Status SnapshotStore::AppendToPart(SnapshotPart& part, std::string_view bytes) {
  CHECK(!bytes.empty());
  const absl::StatusOr<uint64_t> offset = env_.files().Append(part.file, bytes);
  if (!offset.ok()) return While("writing a part of a snapshot", offset.status());
  CHECK_EQ(*offset, part.bytes);
  part.bytes += bytes.size();
  return absl::OkStatus();
}

absl::StatusOr<SnapshotImage> SnapshotStore::ReadPart(const ReplicaIdentity& who,
                                                      const SnapshotPart& part,
                                                      const SnapshotContent& content) {
  const absl::StatusOr<std::string> bytes = ReadAll(part.file);
  if (!bytes.ok()) return While("reading a part of a snapshot", bytes.status());
  absl::StatusOr<SnapshotImage> image = DecodeSnapshot(*bytes);
  if (!image.ok()) return image.status();
  if (image->shard != who.shard || image->content != content) {
    return absl::DataLossError("what was received is another snapshot than was announced");
  }
  return image;
}

absl::Status SnapshotStore::PublishPart(const ReplicaIdentity& who, const SnapshotPart& part,
                                        const SnapshotContent& content) {
  CHECK_EQ(part.bytes, content.bytes);
  return SyncAndName(part.file, PartName(who), SnapshotName({who, content.position}));
}

absl::StatusOr<FileId> SnapshotStore::Open(const NamedSnapshot& snapshot) {
  const absl::StatusOr<FileId> file = env_.files().Open(SnapshotName(snapshot), OpenFor::kExisting);
  if (!file.ok()) return While("opening a snapshot", file.status());
  return *file;
}

absl::StatusOr<SnapshotImage> SnapshotStore::Load(const NamedSnapshot& snapshot) {
  const absl::StatusOr<FileId> file = Open(snapshot);
  if (!file.ok()) return file.status();
  const absl::StatusOr<std::string> bytes = ReadAll(*file);
  // Nothing is known to be lost when a disk does not answer.
  if (!bytes.ok())
    return absl::UnavailableError(While("reading a snapshot", bytes.status()).message());
  absl::StatusOr<SnapshotImage> image = DecodeSnapshot(*bytes);
  if (!image.ok()) {
    COVER("store.snapshot_damaged");
    return While(SnapshotName(snapshot), image.status());
  }
  if (image->shard != snapshot.who.shard || image->content.position != snapshot.position) {
    return absl::DataLossError(
        fmt::format("{} holds another snapshot than it is named for", SnapshotName(snapshot)));
  }
  return image;
}

absl::Status SnapshotStore::Remove(const NamedSnapshot& snapshot) {
  const absl::Status removed = env_.files().Remove(SnapshotName(snapshot));
  if (!removed.ok()) return While("removing a snapshot", removed);
  return absl::OkStatus();
}

// An orphan is the rest of a publication that a crash interrupted, or an old file whose removal
// did not last. Nobody was told of the first; the second was replaced.
absl::StatusOr<std::vector<std::string>> SnapshotStore::RemoveAllBut(
    const std::vector<NamedSnapshot>& kept, const std::vector<ReplicaIdentity>& receiving) {
  const absl::StatusOr<std::vector<std::string>> names = env_.files().List();
  if (!names.ok()) return While("listing files", names.status());
  return RemoveAllBut(*names, kept, receiving);
}

absl::StatusOr<std::vector<std::string>> SnapshotStore::RemoveAllBut(
    const std::vector<std::string>& names, const std::vector<NamedSnapshot>& kept,
    const std::vector<ReplicaIdentity>& receiving) {
  std::vector<std::string> wanted;
  for (const NamedSnapshot& snapshot : kept) {
    wanted.push_back(SnapshotName(snapshot));
    if (!Contains(names, wanted.back())) {
      return absl::NotFoundError(fmt::format("{} is missing", wanted.back()));
    }
  }
  for (const ReplicaIdentity& who : receiving) wanted.push_back(PartName(who));
  std::sort(wanted.begin(), wanted.end());
  std::vector<std::string> removed;
  for (const std::string& name : names) {
    if (!IsSnapshotName(name) || Contains(wanted, name)) continue;
    COVER("store.orphan");
    const absl::Status gone = env_.files().Remove(name);
    if (!gone.ok()) return While("removing an orphan", gone);
    removed.push_back(name);
  }
  return removed;
}

}  // namespace ww::raft
