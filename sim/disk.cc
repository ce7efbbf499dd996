#include "sim/disk.h"

#include <utility>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/disk_state.h"

namespace ww::sim {
namespace {

absl::Status NoSuchFile() { return absl::NotFoundError("no such file"); }

}  // namespace

Disk::Disk(Host& host, Decisions& decisions) : state_(std::make_unique<State>(host, decisions)) {}

Disk::~Disk() = default;

absl::StatusOr<FileNumber> Disk::Open(Process& process, std::string_view name, OpenMode mode) {
  CHECK(!name.empty());
  FileNumber file = state_->directory.Find(name);
  const DiskCall call = state_->Begin(process, {.operation = IoOperation::kOpen, .file = file});
  absl::Status status = state_->Failure(call);
  const bool exists = file.value != 0;
  if (status.ok() && exists && mode == OpenMode::kCreateNew) {
    status = absl::AlreadyExistsError("file exists");
  } else if (status.ok() && !exists && mode == OpenMode::kExisting) {
    status = NoSuchFile();
  } else if (status.ok() && !exists) {
    file = state_->Create(name);
  }
  state_->End(process, call, status, DigestBytes(name, file.value));
  if (!status.ok()) return status;
  return file;
}

absl::StatusOr<uint64_t> Disk::Append(Process& process, FileNumber number, std::string_view bytes) {
  State::File* file = state_->Named(number);
  const uint64_t offset = file == nullptr ? 0 : file->image.size();
  const DiskCall call = state_->Begin(
      process,
      {.operation = IoOperation::kAppend, .file = number, .offset = offset, .bytes = bytes.size()});
  const absl::Status status = file == nullptr ? NoSuchFile() : state_->Write(call, *file, bytes);
  state_->End(process, call, status, DigestBytes(bytes));
  if (!status.ok()) return status;
  return offset;
}

absl::Status Disk::Write(Process& process, FileNumber number, uint64_t offset,
                         std::string_view bytes) {
  State::File* file = state_->Named(number);
  const DiskCall call = state_->Begin(
      process,
      {.operation = IoOperation::kWrite, .file = number, .offset = offset, .bytes = bytes.size()});
  const absl::Status status = file == nullptr ? NoSuchFile() : state_->Write(call, *file, bytes);
  state_->End(process, call, status, DigestBytes(bytes));
  return status;
}

absl::StatusOr<std::string> Disk::Read(Process& process, FileNumber number, uint64_t offset,
                                       uint64_t bytes) {
  const State::File* file = state_->Named(number);
  const DiskCall call = state_->Begin(
      process, {.operation = IoOperation::kRead, .file = number, .offset = offset, .bytes = bytes});
  absl::Status status = file == nullptr ? NoSuchFile() : state_->Failure(call);
  std::string out;
  if (status.ok()) {
    const uint64_t size = file->image.size();
    if (offset > size || bytes > size - offset) {
      status = absl::OutOfRangeError("read past the end");
    } else if (!State::Readable(*file, offset, bytes)) {
      status = absl::DataLossError("unreadable sector");
    } else {
      out = file->image.Read(offset, bytes);
    }
  }
  state_->End(process, call, status, DigestBytes(out));
  if (!status.ok()) return status;
  return out;
}

absl::StatusOr<uint64_t> Disk::Size(Process& process, FileNumber number) {
  const State::File* file = state_->Named(number);
  const DiskCall call = state_->Begin(process, {.operation = IoOperation::kRead, .file = number});
  const absl::Status status = file == nullptr ? NoSuchFile() : state_->Failure(call);
  const uint64_t size = status.ok() ? file->image.size() : 0;
  state_->End(process, call, status, size);
  if (!status.ok()) return status;
  return size;
}

absl::Status Disk::Truncate(Process& process, FileNumber number, uint64_t size) {
  State::File* file = state_->Named(number);
  const DiskCall call =
      state_->Begin(process, {.operation = IoOperation::kTruncate, .file = number, .offset = size});
  absl::Status status = file == nullptr ? NoSuchFile() : state_->Failure(call);
  if (status.ok()) status = state_->Resize(*file, size);
  state_->End(process, call, status, 0);
  return status;
}

absl::Status Disk::Sync(Process& process, FileNumber number) {
  State::File* file = state_->Named(number);
  const DiskCall call = state_->Begin(process, {.operation = IoOperation::kSync,
                                                .file = number,
                                                .bytes = file == nullptr ? 0 : file->image.size()});
  if (file == nullptr) {
    state_->End(process, call, NoSuchFile(), 0);
    return NoSuchFile();
  }
  const absl::Status status = state_->Failure(call);
  const State::RunningSync sync(*state_, number, file->image.StartSync());
  absl::Status result;
  state_->Await(process, call, [&] { result = state_->EndSync(call, status, sync.label); });
  return result;
}

absl::Status Disk::SyncDirectory(Process& process) {
  const DiskCall call = state_->Begin(process, {.operation = IoOperation::kSyncDirectory});
  const absl::Status status = state_->Failure(call);
  const uint64_t end = state_->directory.next_operation();
  state_->Await(process, call, [&] {
    state_->Journal(call, status, 0);
    if (!status.ok()) return;
    state_->directory.MakeDurable(end);
    state_->FreeUnreferred();
  });
  return status;
}

absl::Status Disk::Rename(Process& process, std::string_view from, std::string_view to) {
  CHECK(!to.empty());
  const FileNumber file = state_->directory.Find(from);
  const DiskCall call = state_->Begin(process, {.operation = IoOperation::kRename, .file = file});
  const absl::Status status = file.value == 0 ? NoSuchFile() : state_->Failure(call);
  if (status.ok()) {
    const FileNumber replaced = state_->directory.Rename(from, to);
    if (replaced.value != 0) state_->LoseName(replaced);
  }
  const uint64_t from_hash = DigestBytes(from);
  state_->End(process, call, status, DigestBytes(to, from_hash));
  return status;
}

absl::Status Disk::Remove(Process& process, std::string_view name) {
  const FileNumber file = state_->directory.Find(name);
  const DiskCall call = state_->Begin(process, {.operation = IoOperation::kRemove, .file = file});
  const absl::Status status = file.value == 0 ? NoSuchFile() : state_->Failure(call);
  if (status.ok()) state_->LoseName(state_->directory.Remove(name));
  state_->End(process, call, status, DigestBytes(name));
  return status;
}

absl::StatusOr<std::vector<std::string>> Disk::List(Process& process) {
  const DiskCall call = state_->Begin(process, {.operation = IoOperation::kList});
  const absl::Status status = state_->Failure(call);
  std::vector<std::string> names;
  uint64_t digest = 0;
  if (status.ok()) {
    for (const auto& [name, file] : state_->directory.Names()) {
      names.push_back(name);
      digest = DigestBytes(name, digest);
    }
  }
  state_->End(process, call, status, digest);
  if (!status.ok()) return status;
  return names;
}

// --- For checks and tests ---

DiskRules& Disk::rules() { return state_->rules; }
CrashRules& Disk::crash_rules() { return state_->crash_rules; }
uint64_t Disk::io_points() const { return state_->io_points; }
uint64_t Disk::bytes_used() const { return state_->bytes_used; }

std::vector<std::pair<std::string, FileNumber>> Disk::Names() const {
  return state_->directory.Names();
}

std::string Disk::VolatileBytes(FileNumber number) const {
  const State::File* file = state_->Named(number);
  return file == nullptr ? std::string() : file->image.Read(0, file->image.size());
}

std::string Disk::DurableBytes(FileNumber number) const {
  const State::File* file = state_->Find(number);
  return file == nullptr ? std::string() : file->image.DurableBytes();
}

}  // namespace ww::sim
