#include "raft/host/notices.h"

#include <optional>

#include "raft/core/membership_codec.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

constexpr size_t kQuestionBytes = 4 + 3 * 8;

void EncodeNotice(const RemovalNotice& notice, ByteWriter& out) {
  out.Fixed32(kRemovalNoticeKind);
  out.Fixed64(notice.shard.value);
  out.Fixed64(notice.replica.value);
  out.Fixed64(notice.told_by.value);
  EncodeMembership(notice.members, out);
}

}  // namespace

size_t RemovalQuestion::encoded_size() const { return kQuestionBytes; }
uint64_t RemovalQuestion::digest() const {
  return Absorb(Absorb(Absorb(kRemovalQuestionKind, shard.value), replica.value), from_host.value);
}
std::unique_ptr<WireMessage> RemovalQuestion::Clone() const {
  return std::make_unique<RemovalQuestion>(*this);
}
void RemovalQuestion::Encode(ByteWriter& out) const {
  out.Fixed32(kRemovalQuestionKind);
  out.Fixed64(shard.value);
  out.Fixed64(replica.value);
  out.Fixed64(from_host.value);
}
std::unique_ptr<WireMessage> DecodeRemovalQuestion(ByteReader& in) {
  auto question = std::make_unique<RemovalQuestion>();
  question->shard = ShardId(in.Fixed64());
  question->replica = ReplicaId(in.Fixed64());
  question->from_host = HostId(in.Fixed64());
  return question;
}

size_t RemovalNotice::encoded_size() const {
  ByteWriter out;
  EncodeNotice(*this, out);
  return out.size();
}
uint64_t RemovalNotice::digest() const {
  ByteWriter out;
  EncodeNotice(*this, out);
  return HashBytes(out.view());
}
std::unique_ptr<WireMessage> RemovalNotice::Clone() const {
  return std::make_unique<RemovalNotice>(*this);
}
void RemovalNotice::Encode(ByteWriter& out) const { EncodeNotice(*this, out); }
std::unique_ptr<WireMessage> DecodeRemovalNotice(ByteReader& in) {
  auto notice = std::make_unique<RemovalNotice>();
  notice->shard = ShardId(in.Fixed64());
  notice->replica = ReplicaId(in.Fixed64());
  notice->told_by = ReplicaId(in.Fixed64());
  std::optional<Membership> members = DecodeMembership(in);
  if (!members.has_value()) return nullptr;
  notice->members = *std::move(members);
  return notice;
}

}  // namespace ww::raft
