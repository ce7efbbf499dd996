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

// Nothing is written to a file before its header is synced, so a file without records may be made
// anew: what stands in it are the remains of a crash during its making.
absl::StatusOr<RecoveredLog> CreateLog(Env& env) {
  COVER("log.created");
  const absl::StatusOr<FileId> file = env.files().Open(kLogFileName, OpenFor::kCreate);
  if (!file.ok()) return While("creating the log", file.status());
  const absl::Status emptied = env.files().Truncate(*file, 0);
  if (!emptied.ok()) return While("emptying the log", emptied);
  const std::string header = EncodeFileHeader(env.host());
  const absl::StatusOr<uint64_t> offset = env.files().Append(*file, header);
  if (!offset.ok()) return While("writing the log's header", offset.status());
  CHECK_EQ(*offset, 0u);
  const absl::Status synced = env.files().Sync(*file);
  if (!synced.ok()) return While("syncing the log's header", synced);
  const absl::Status named = env.files().SyncDirectory();
  if (!named.ok()) return While("syncing the log's name", named);
  RecoveredLog log;
  log.tail = LogTail{*file, header.size(), 0, ReadFileHeader(header)->checksum};
  return log;
}

absl::Status ReportDamage(Env& env, FileId file, const LogDamage& damage) {
  COVER("log.corruption");
  CHECK(!damage.detail.empty());
  env.observer().On(CorruptionFound{file.value, damage.offset, damage.detail});
  return absl::DataLossError(
      fmt::format("{} is damaged at offset {}: {}", kLogFileName, damage.offset, damage.detail));
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

absl::StatusOr<RecoveredLog> ReadLog(Env& env, FileId file, const std::string& bytes) {
  const std::optional<FileHeader> header = ReadFileHeader(bytes);
  if (!header.has_value()) return ReportDamage(env, file, {0, "the file header is bad"});
  if (header->host != env.host()) {
    return absl::FailedPreconditionError(fmt::format("{} belongs to host {}, this is host {}",
                                                     kLogFileName, header->host, env.host()));
  }
  LogContents contents = ParseLog(bytes);
  if (contents.damage.has_value()) return ReportDamage(env, file, *contents.damage);
  if (contents.end < bytes.size()) {
    const absl::Status cut = CutTail(env, file, contents.end);
    if (!cut.ok()) return cut;
  }
  const absl::Status durable = MakeDurable(env, file);
  if (!durable.ok()) return durable;
  RecoveredLog log;
  log.tail = LogTail{file, contents.end, contents.sequence, contents.chain};
  log.replicas = std::move(contents.replicas);
  log.last_batch = std::move(contents.last_batch);
  log.last_link = contents.last_link;
  return log;
}

}  // namespace

absl::StatusOr<RecoveredLog> OpenLog(Env& env) {
  const absl::StatusOr<std::vector<std::string>> names = env.files().List();
  if (!names.ok()) return While("listing files", names.status());
  if (std::find(names->begin(), names->end(), kLogFileName) == names->end()) {
    return CreateLog(env);
  }
  const absl::StatusOr<FileId> file = env.files().Open(kLogFileName, OpenFor::kExisting);
  if (!file.ok()) return While("opening the log", file.status());
  const absl::StatusOr<uint64_t> size = env.files().Size(*file);
  if (!size.ok()) return While("asking for the log's size", size.status());
  const absl::StatusOr<std::string> bytes = env.files().Read(*file, 0, *size);
  if (!bytes.ok()) return While("reading the log", bytes.status());
  CHECK_EQ(bytes->size(), *size);
  if (*size <= kFileHeaderBytes && !ReadFileHeader(*bytes).has_value()) return CreateLog(env);
  return ReadLog(env, *file, *bytes);
}

}  // namespace ww::raft
