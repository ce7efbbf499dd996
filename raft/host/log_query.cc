#include "raft/host/log_query.h"

#include <algorithm>
#include <utility>

#include "raft/core/membership.h"
#include "raft/host/host_state.h"
#include "raft/store/record.h"
#include "sim/base/context.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

constexpr size_t kQueryBytes = 4 + 5 * 8;
constexpr size_t kAnswerBytes = 4 + 2 * 8 + 4 + 3 * 8 + 4;

// The entries of the replica from `first` on, before `end`, of so many bytes; one at least.
Entries Collect(const Replica& replica, Index first, Index end, uint64_t payload_bytes_max) {
  Entries entries;
  uint64_t bytes = 0;
  for (Index at = first; at < end; at = at.next()) {
    const Entry& entry = replica.EntryAt(at);
    bytes += entry.payload.size();
    if (bytes > payload_bytes_max && !entries.empty()) break;
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace

size_t LogQuery::encoded_size() const { return kQueryBytes; }
uint64_t LogQuery::digest() const {
  const uint64_t whose = Absorb(Absorb(kLogQueryKind, shard.value), request);
  return Absorb(Absorb(Absorb(whose, first.value), end.value), payload_bytes_max);
}
std::unique_ptr<WireMessage> LogQuery::Clone() const { return std::make_unique<LogQuery>(*this); }
void LogQuery::Encode(ByteWriter& out) const {
  out.Fixed32(kLogQueryKind);
  out.Fixed64(request);
  out.Fixed64(shard.value);
  out.Fixed64(first.value);
  out.Fixed64(end.value);
  out.Fixed64(payload_bytes_max);
}
std::unique_ptr<WireMessage> DecodeLogQuery(ByteReader& in) {
  auto query = std::make_unique<LogQuery>();
  query->request = in.Fixed64();
  query->shard = ShardId(in.Fixed64());
  query->first = Index(in.Fixed64());
  query->end = Index(in.Fixed64());
  query->payload_bytes_max = in.Fixed64();
  return query;
}

size_t LogAnswer::encoded_size() const {
  size_t bytes = kAnswerBytes;
  for (const Entry& entry : entries) bytes += EncodedSize(entry);
  return bytes;
}
uint64_t LogAnswer::digest() const {
  const uint64_t whose = Absorb(Absorb(kLogAnswerKind, shard.value), request);
  const uint64_t range = Absorb(Absorb(whose, available.value), available_end.value);
  const uint64_t told = Absorb(Absorb(range, first.value), entries.digest());
  return Absorb(told, static_cast<uint64_t>(outcome));
}
std::unique_ptr<WireMessage> LogAnswer::Clone() const { return std::make_unique<LogAnswer>(*this); }
void LogAnswer::Encode(ByteWriter& out) const {
  out.Fixed32(kLogAnswerKind);
  out.Fixed64(request);
  out.Fixed64(shard.value);
  out.Fixed32(static_cast<uint32_t>(outcome));
  out.Fixed64(available.value);
  out.Fixed64(available_end.value);
  out.Fixed64(first.value);
  out.Fixed32(static_cast<uint32_t>(entries.size()));
  for (const Entry& entry : entries) EncodeEntry(entry, out);
}
std::unique_ptr<WireMessage> DecodeLogAnswer(ByteReader& in) {
  auto answer = std::make_unique<LogAnswer>();
  answer->request = in.Fixed64();
  answer->shard = ShardId(in.Fixed64());
  const uint32_t outcome = in.Fixed32();
  answer->available = Index(in.Fixed64());
  answer->available_end = Index(in.Fixed64());
  answer->first = Index(in.Fixed64());
  const uint32_t count = in.Fixed32();
  if (outcome > static_cast<uint32_t>(kLastLogAnswerOutcome)) return nullptr;
  if (count > in.remaining() / kEntryHeaderBytes) return nullptr;
  answer->outcome = static_cast<LogAnswerOutcome>(outcome);
  answer->entries.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    std::optional<Entry> entry = DecodeEntry(in);
    if (!entry.has_value()) return nullptr;
    answer->entries.push_back(*std::move(entry));
  }
  return answer;
}

// What is committed is safe to tell at once: whoever leads later has it too.
void Host::State::OnLogQuery(HostId asking_host, const LogQuery& query) {
  auto answer = std::make_unique<LogAnswer>();
  answer->request = query.request;
  answer->shard = query.shard;
  const Slot* slot = SlotOf(query.shard);
  if (query.first.none() || query.end <= query.first) {
    answer->outcome = LogAnswerOutcome::kBadRange;
  } else if (slot == nullptr) {
    answer->outcome = LogAnswerOutcome::kNoReplica;
  } else if (RoleOf(slot->replica.membership(), slot->who.replica) == MemberRole::kWitness) {
    answer->outcome = LogAnswerOutcome::kNoPayloads;
  } else {
    answer->available = slot->replica.first_index();
    answer->available_end = slot->replica.commit().next();
    if (query.first < answer->available || query.first >= answer->available_end) {
      COVER("host.log_query_out_of_range");
      answer->outcome = LogAnswerOutcome::kOutOfRange;
    } else {
      answer->outcome = LogAnswerOutcome::kEntries;
      answer->first = query.first;
      answer->entries =
          Collect(slot->replica, query.first, std::min(query.end, answer->available_end),
                  std::min(query.payload_bytes_max, config_.limits.log_answer_bytes_max));
    }
  }
  Reply(asking_host, std::move(answer));
}

}  // namespace ww::raft
