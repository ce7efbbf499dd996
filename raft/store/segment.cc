#include "raft/store/segment.h"

#include <utility>

#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

constexpr std::string_view kNamePrefix = "wal-";
constexpr size_t kNumberDigits = 6;

absl::Status While(std::string_view doing, const absl::Status& status) {
  CHECK(!status.ok());
  return absl::Status(status.code(), fmt::format("{}: {}", doing, std::string(status.message())));
}

}  // namespace

std::string SegmentName(uint64_t number) {
  CHECK_GT(number, 0u);
  return fmt::format("{}{:06}", kNamePrefix, number);
}

std::optional<uint64_t> SegmentNumber(std::string_view name) {
  if (!name.starts_with(kNamePrefix)) return std::nullopt;
  const std::string_view digits = name.substr(kNamePrefix.size());
  if (digits.size() < kNumberDigits || digits.size() > 18) return std::nullopt;
  uint64_t number = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(digit - '0');
  }
  if (number == 0 || SegmentName(number) != name) return std::nullopt;
  return number;
}

absl::StatusOr<LogTail> CreateSegment(Env& env, uint64_t number, const LogEnd& previous,
                                      DiskId disk) {
  COVER("log.segment_created");
  const absl::StatusOr<FileId> file = env.files().Open(SegmentName(number), OpenFor::kCreate);
  if (!file.ok()) return While("creating a log segment", file.status());
  const absl::Status emptied = env.files().Truncate(*file, 0);
  if (!emptied.ok()) return While("emptying a log segment", emptied);
  const std::string header = EncodeFileHeader({env.host(), number, previous, disk, 0});
  const absl::StatusOr<uint64_t> offset = env.files().Append(*file, header);
  if (!offset.ok()) return While("writing a log segment's header", offset.status());
  CHECK_EQ(*offset, 0u);
  const absl::Status synced = env.files().Sync(*file);
  if (!synced.ok()) return While("syncing a log segment's header", synced);
  const absl::Status named = env.files().SyncDirectory();
  if (!named.ok()) return While("syncing a log segment's name", named);
  const uint64_t chain = ReadFileHeader(header)->checksum;
  return LogTail{*file, header.size(), previous.sequence, chain, number, previous.writer, disk};
}

absl::StatusOr<std::string> ReadSegment(Env& env, FileId file) {
  const absl::StatusOr<uint64_t> size = env.files().Size(file);
  if (!size.ok()) return While("asking for a log segment's size", size.status());
  absl::StatusOr<std::string> bytes = env.files().Read(file, 0, *size);
  if (!bytes.ok()) return While("reading a log segment", bytes.status());
  CHECK_EQ(bytes->size(), *size);
  return bytes;
}

// One that is gone already was removed by a call whose sync of the directory failed.
absl::Status RemoveSegment(Env& env, uint64_t number) {
  const absl::Status removed = env.files().Remove(SegmentName(number));
  if (!removed.ok() && !absl::IsNotFound(removed)) return While("removing a log segment", removed);
  const absl::Status synced = env.files().SyncDirectory();
  if (!synced.ok()) return While("syncing a log segment's removal", synced);
  return absl::OkStatus();
}

}  // namespace ww::raft
