#include "raft/failover/promise_file.h"

#include <fmt/format.h>

#include "sim/base/bytes.h"
#include "sim/base/check.h"

namespace ww::raft::failover {
namespace {

constexpr uint32_t kMagic = 0x31707777;  // "wwp1"
constexpr uint8_t kInvited = 1;
constexpr uint8_t kByAll = 2;
constexpr size_t kPromiseBytes = 4 + 8 + 8 + 1 + 8;

absl::Status WriteAnew(Env& env, const std::string& name, std::string_view bytes) {
  // What a crash left of an earlier attempt has another content, or another length.
  const absl::Status removed = env.files().Remove(name);
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  const absl::StatusOr<FileId> file = env.files().Open(name, OpenFor::kCreate);
  if (!file.ok()) return file.status();
  const absl::StatusOr<uint64_t> at = env.files().Append(*file, bytes);
  if (!at.ok()) return at.status();
  CHECK_EQ(*at, 0u);
  return env.files().Sync(*file);
}

}  // namespace

std::string EncodePromise(const Promise& promise) {
  CHECK(!promise.creator.none());
  CHECK(!promise.identity.none());
  ByteWriter out;
  out.Fixed32(kMagic);
  out.Fixed64(promise.creator.value);
  out.Fixed64(promise.identity.value);
  out.Fixed8((promise.invited ? kInvited : 0) | (promise.by_all ? kByAll : 0));
  out.Fixed64(HashBytes(out.view()));
  CHECK_EQ(out.size(), kPromiseBytes);
  return out.Take();
}

std::optional<Promise> DecodePromise(std::string_view bytes) {
  if (bytes.size() != kPromiseBytes) return std::nullopt;
  ByteReader in(bytes);
  const uint32_t magic = in.Fixed32();
  Promise promise;
  promise.creator = HostId(in.Fixed64());
  promise.identity = ShardIdentity(in.Fixed64());
  const uint8_t flags = in.Fixed8();
  promise.invited = (flags & kInvited) != 0;
  promise.by_all = (flags & kByAll) != 0;
  const uint64_t hash = in.Fixed64();
  CHECK(in.ok());
  const bool sound = magic == kMagic && flags <= (kInvited | kByAll) && !promise.creator.none() &&
                     !promise.identity.none() &&
                     hash == HashBytes(bytes.substr(0, kPromiseBytes - 8));
  if (!sound) return std::nullopt;
  return promise;
}

PromiseFile::PromiseFile(Env& env, ShardId shard)
    : env_(env), name_(fmt::format("promise-{}", shard)) {
  CHECK(!shard.none());
}

absl::StatusOr<std::optional<Promise>> PromiseFile::Read() {
  const absl::StatusOr<FileId> file = env_.files().Open(name_, OpenFor::kExisting);
  if (absl::IsNotFound(file.status())) return std::optional<Promise>();
  if (!file.ok()) return file.status();
  const absl::StatusOr<std::string> bytes = env_.files().Read(*file, 0, kPromiseBytes);
  if (!bytes.ok()) return bytes.status();
  const std::optional<Promise> promise = DecodePromise(*bytes);
  if (!promise.has_value()) return absl::DataLossError(fmt::format("{} is damaged", name_));
  return promise;
}

absl::Status PromiseFile::Keep(const Promise& promise) {
  const std::string fresh = name_ + ".new";
  if (const absl::Status done = WriteAnew(env_, fresh, EncodePromise(promise)); !done.ok()) {
    return done;
  }
  if (const absl::Status done = env_.files().Rename(fresh, name_); !done.ok()) return done;
  return env_.files().SyncDirectory();
}

}  // namespace ww::raft::failover
