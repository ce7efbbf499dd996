#include "raft/store/broken_mark.h"

#include <algorithm>

#include "sim/base/bytes.h"
#include "sim/base/check.h"

namespace ww::raft {
namespace {

constexpr std::string_view kPrefix = "broken-";
constexpr std::string_view kMagic = "WWBRKN\r\n";
constexpr size_t kReasonBytesMax = 1024;
static_assert(kMagic.size() == 8);

std::string Encode(std::string_view why) {
  ByteWriter out;
  out.Raw(kMagic);
  out.Bytes(why.substr(0, std::min(why.size(), kReasonBytesMax)));
  out.Fixed64(HashBytes(out.view()));
  return out.Take();
}

std::optional<std::string> Decode(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.Raw(kMagic.size()) != kMagic) return std::nullopt;
  std::string why(in.Bytes());
  const uint64_t expected = HashBytes(bytes.substr(0, in.offset()));
  if (in.Fixed64() != expected || !in.ok() || in.remaining() != 0) return std::nullopt;
  return why;
}

}  // namespace

std::string MarkName(const ReplicaIdentity& who) {
  return fmt::format("{}{}-{}", kPrefix, who.shard, who.replica);
}

bool IsMarkName(std::string_view name) { return name.starts_with(kPrefix); }

absl::Status WriteMark(Env& env, const ReplicaIdentity& who, std::string_view why) {
  CHECK(!why.empty());
  Files& files = env.files();
  const std::string temporary = MarkName(who) + ".tmp";
  const absl::StatusOr<FileId> file = files.Open(temporary, OpenFor::kCreate);
  if (!file.ok()) return file.status();
  const absl::StatusOr<uint64_t> written = files.Append(*file, Encode(why));
  if (!written.ok()) return written.status();
  CHECK_EQ(*written, 0u);
  const absl::Status synced = files.Sync(*file);
  if (!synced.ok()) return synced;
  const absl::Status renamed = files.Rename(temporary, MarkName(who));
  if (!renamed.ok()) return renamed;
  return files.SyncDirectory();
}

absl::StatusOr<std::string> ReadMark(Env& env, const ReplicaIdentity& who) {
  const absl::StatusOr<FileId> file = env.files().Open(MarkName(who), OpenFor::kExisting);
  if (!file.ok()) return file.status();
  const absl::StatusOr<uint64_t> size = env.files().Size(*file);
  if (!size.ok()) return size.status();
  const absl::StatusOr<std::string> bytes = env.files().Read(*file, 0, *size);
  if (!bytes.ok()) return bytes.status();
  return Decode(*bytes).value_or("it was broken before, and why can't be read any more");
}

}  // namespace ww::raft
