#include "raft/store/recovery.h"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

// A status that says which step of recovery it comes from.
absl::Status While(std::string_view doing, const absl::Status& status) {
  CHECK(!status.ok());
  return absl::Status(status.code(), fmt::format("{}: {}", doing, std::string(status.message())));
}

// A segment as it was read.
struct Segment {
  uint64_t number = 0;
  FileId file;
};

absl::Status ReportDamage(Env& env, const Segment& segment, const LogDamage& damage) {
  COVER("log.corruption");
  CHECK(!damage.detail.empty());
  env.observer().On(CorruptionFound{segment.file.value, damage.offset, damage.detail});
  return absl::DataLossError(fmt::format(
      "{} is damaged at offset {}: {}", SegmentName(segment.number), damage.offset, damage.detail));
}

// Garbage never precedes good records: the cut is durable before the first append.
absl::Status CutTail(Env& env, FileId file, uint64_t end) {
  COVER("log.torn_tail");
  CHECK_GE(end, kFileHeaderBytes);
  const absl::Status cut = env.files().Truncate(file, end);
  if (!cut.ok()) return While("cutting the log's torn tail", cut);
  return absl::OkStatus();
}

// Also an intact log is synced, with its name, before it is believed: after a crash of the process
// alone what was read may come from a cache.
absl::Status MakeDurable(Env& env, FileId file) {
  const absl::Status synced = env.files().Sync(file);
  if (!synced.ok()) return While("syncing the recovered log", synced);
  const absl::Status named = env.files().SyncDirectory();
  if (!named.ok()) return While("syncing the log's name", named);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint64_t>> FindSegments(Env& env) {
  const absl::StatusOr<std::vector<std::string>> names = env.files().List();
  if (!names.ok()) return While("listing files", names.status());
  std::vector<uint64_t> numbers;
  for (const std::string& name : *names) {
    if (const std::optional<uint64_t> number = SegmentNumber(name); number.has_value()) {
      numbers.push_back(*number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

absl::Status ReadSegments(Env& env, const std::vector<uint64_t>& numbers,
                          std::vector<Segment>& segments, std::vector<std::string>& bytes) {
  for (const uint64_t number : numbers) {
    const absl::StatusOr<FileId> file = env.files().Open(SegmentName(number), OpenFor::kExisting);
    if (!file.ok()) return While("opening a log segment", file.status());
    absl::StatusOr<std::string> content = ReadSegment(env, *file);
    if (!content.ok()) return content.status();
    segments.push_back({number, *file});
    bytes.push_back(*std::move(content));
  }
  return absl::OkStatus();
}

// A header is synced before anything else is written to its segment, so a last one without records
// may be made anew: what stands in it are the remains of a crash during its making, or a header
// that is itself not known to be durable.
bool IsUnbegun(const std::string& segment) {
  return segment.size() <= kFileHeaderBytes && !ReadFileHeader(segment).has_value();
}

absl::Status CheckOwner(Env& env, const std::vector<Segment>& segments,
                        const std::vector<std::string>& bytes) {
  DiskId disk;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const std::optional<FileHeader> header = ReadFileHeader(bytes[i]);
    if (!header.has_value()) continue;
    if (header->host != env.host()) {
      return absl::FailedPreconditionError(fmt::format("{} belongs to host {}, this is host {}",
                                                       SegmentName(segments[i].number),
                                                       header->host, env.host()));
    }
    if (header->number != segments[i].number) {
      return ReportDamage(env, segments[i], {0, "the segment has another number than its name"});
    }
    if (!disk.none() && header->disk != disk) {
      return ReportDamage(env, segments[i], {0, "the segment was written to another disk"});
    }
    disk = header->disk;
  }
  return absl::OkStatus();
}

const Segment& SegmentOf(const std::vector<Segment>& segments, const LogDamage& damage) {
  for (const Segment& segment : segments) {
    if (segment.number == damage.segment) return segment;
  }
  return segments.front();  // Its header is bad, so nothing was read.
}

RecoveredLog Recovered(LogContents&& contents, const LogTail& tail, uint64_t oldest) {
  RecoveredLog log;
  log.tail = tail;
  log.oldest_segment = oldest;
  log.replicas = std::move(contents.replicas);
  log.last_batch = std::move(contents.last_batch);
  log.last_link = contents.last_link;
  return log;
}

// What counts of the segments that are there, with the last one made ready to be written.
absl::StatusOr<RecoveredLog> OpenSegments(Env& env, const std::vector<Segment>& segments,
                                          const std::vector<std::string>& bytes) {
  LogContents contents = ParseLog(bytes);
  if (contents.damage.has_value()) {
    return ReportDamage(env, SegmentOf(segments, *contents.damage), *contents.damage);
  }
  const Segment& last = segments.back();
  CHECK_EQ(contents.segment, last.number);
  const uint64_t oldest = segments.front().number;
  const FileHeader header = *ReadFileHeader(bytes.back());
  if (contents.end == kFileHeaderBytes) {
    const absl::StatusOr<LogTail> tail =
        CreateSegment(env, last.number, header.previous, header.disk);
    if (!tail.ok()) return tail.status();
    return Recovered(std::move(contents), *tail, oldest);
  }
  if (contents.end < bytes.back().size()) {
    const absl::Status cut = CutTail(env, last.file, contents.end);
    if (!cut.ok()) return cut;
  }
  const absl::Status durable = MakeDurable(env, last.file);
  if (!durable.ok()) return durable;
  const LogTail tail{last.file,   contents.end,    contents.sequence, contents.chain,
                     last.number, contents.writer, header.disk};
  return Recovered(std::move(contents), tail, oldest);
}

// The segment that was being made when the host crashed, behind those that are there.
absl::StatusOr<RecoveredLog> Continue(Env& env, const std::vector<Segment>& segments,
                                      const std::vector<std::string>& bytes) {
  LogContents contents = ParseLog(bytes);
  if (contents.damage.has_value()) {
    return ReportDamage(env, SegmentOf(segments, *contents.damage), *contents.damage);
  }
  if (contents.end != bytes.back().size()) {
    return ReportDamage(env, segments.back(), {contents.end, "synced bytes are not a batch"});
  }
  const LogEnd end{contents.end, contents.sequence, contents.writer, contents.chain};
  const absl::StatusOr<LogTail> tail =
      CreateSegment(env, contents.segment + 1, end, ReadFileHeader(bytes.back())->disk);
  if (!tail.ok()) return tail.status();
  contents.last_batch.clear();  // It was synced before the segment was begun.
  return Recovered(std::move(contents), *tail, segments.front().number);
}

}  // namespace

absl::StatusOr<RecoveredLog> OpenLog(Env& env) {
  const absl::StatusOr<std::vector<uint64_t>> numbers = FindSegments(env);
  if (!numbers.ok()) return numbers.status();
  std::vector<Segment> segments;
  std::vector<std::string> bytes;
  const absl::Status read = ReadSegments(env, *numbers, segments, bytes);
  if (!read.ok()) return read;
  const absl::Status owned = CheckOwner(env, segments, bytes);
  if (!owned.ok()) return owned;
  const bool unbegun = !bytes.empty() && IsUnbegun(bytes.back());
  if (unbegun && (bytes.size() > 1 || segments.back().number == 1)) {
    segments.pop_back();
    bytes.pop_back();
  }
  if (!segments.empty()) {
    return unbegun ? Continue(env, segments, bytes) : OpenSegments(env, segments, bytes);
  }
  COVER("log.created");
  const absl::StatusOr<LogTail> tail = CreateSegment(env, 1, LogEnd(), NewDiskId(env));
  if (!tail.ok()) return tail.status();
  return Recovered(LogContents(), *tail, 1);
}

}  // namespace ww::raft
