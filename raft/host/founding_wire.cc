// Claims and verdicts as bytes (raft/store/FORMAT.md, "Messages").
#include "raft/host/founding.h"
#include "sim/base/bytes.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

constexpr size_t kHeaderBytes = 4 + 8 + 8 + 4;
constexpr size_t kClaimBytes = 8 + 8;
constexpr size_t kJudgedBytes = 8 + 8 + 4 + 8;

uint64_t DigestOf(const ReplicaIdentity& who) { return Absorb(who.shard.value, who.replica.value); }

// The number of things that follow, of which each takes `bytes`; nothing when they can't.
std::optional<uint32_t> Count(ByteReader& in, size_t bytes) {
  const uint32_t count = in.Fixed32();
  if (!in.ok() || count != in.remaining() / bytes) return std::nullopt;
  return count;
}

}  // namespace

// --- FoundingClaim ---

size_t FoundingClaim::encoded_size() const { return kHeaderBytes + claimed.size() * kClaimBytes; }

uint64_t FoundingClaim::digest() const {
  uint64_t digest = Absorb(Absorb(kFoundingClaimKind, from_host.value), disk.value);
  for (const ReplicaIdentity& who : claimed) digest = Absorb(digest, DigestOf(who));
  return digest;
}

std::unique_ptr<WireMessage> FoundingClaim::Clone() const {
  return std::make_unique<FoundingClaim>(*this);
}

void FoundingClaim::Encode(ByteWriter& out) const {
  out.Fixed32(kFoundingClaimKind);
  out.Fixed64(from_host.value);
  out.Fixed64(disk.value);
  out.Fixed32(static_cast<uint32_t>(claimed.size()));
  for (const ReplicaIdentity& who : claimed) {
    out.Fixed64(who.shard.value);
    out.Fixed64(who.replica.value);
  }
}

std::unique_ptr<WireMessage> DecodeFoundingClaim(ByteReader& in) {
  auto claim = std::make_unique<FoundingClaim>();
  claim->from_host = HostId(in.Fixed64());
  claim->disk = DiskId(in.Fixed64());
  const std::optional<uint32_t> count = Count(in, kClaimBytes);
  if (!count.has_value()) return nullptr;
  claim->claimed.resize(*count);
  for (ReplicaIdentity& who : claim->claimed) {
    who.shard = ShardId(in.Fixed64());
    who.replica = ReplicaId(in.Fixed64());
  }
  return claim;
}

// --- FoundingVerdict ---

size_t FoundingVerdict::encoded_size() const { return kHeaderBytes + judged.size() * kJudgedBytes; }

uint64_t FoundingVerdict::digest() const {
  uint64_t digest = Absorb(Absorb(kFoundingVerdictKind, from_host.value), disk.value);
  for (const JudgedClaim& one : judged) {
    digest = Absorb(Absorb(digest, DigestOf(one.who)),
                    Absorb(static_cast<uint64_t>(one.verdict), one.bound_to.value));
  }
  return digest;
}

std::unique_ptr<WireMessage> FoundingVerdict::Clone() const {
  return std::make_unique<FoundingVerdict>(*this);
}

void FoundingVerdict::Encode(ByteWriter& out) const {
  out.Fixed32(kFoundingVerdictKind);
  out.Fixed64(from_host.value);
  out.Fixed64(disk.value);
  out.Fixed32(static_cast<uint32_t>(judged.size()));
  for (const JudgedClaim& one : judged) {
    out.Fixed64(one.who.shard.value);
    out.Fixed64(one.who.replica.value);
    out.Fixed32(static_cast<uint32_t>(one.verdict));
    out.Fixed64(one.bound_to.value);
  }
}

std::unique_ptr<WireMessage> DecodeFoundingVerdict(ByteReader& in) {
  auto message = std::make_unique<FoundingVerdict>();
  message->from_host = HostId(in.Fixed64());
  message->disk = DiskId(in.Fixed64());
  const std::optional<uint32_t> count = Count(in, kJudgedBytes);
  if (!count.has_value()) return nullptr;
  message->judged.resize(*count);
  for (JudgedClaim& one : message->judged) {
    one.who.shard = ShardId(in.Fixed64());
    one.who.replica = ReplicaId(in.Fixed64());
    const uint32_t verdict = in.Fixed32();
    if (verdict > static_cast<uint32_t>(Verdict::kRemoved)) return nullptr;
    one.verdict = static_cast<Verdict>(verdict);
    one.bound_to = DiskId(in.Fixed64());
  }
  return message;
}

}  // namespace ww::raft
