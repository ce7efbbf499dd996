// RunObserver: what operators ask of hosts, and what they are told.
#include "raft/core/membership_codec.h"
#include "scenarios/bind/observer.h"
#include "scenarios/occurrences.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::scenarios {
namespace {

// Askings of all operators in one space of numbers.
constexpr uint32_t kRequestBits = 40;
uint64_t AskOf(HostId operator_host, uint64_t request) {
  return (operator_host.value << kRequestBits) | request;
}

checks::ChangeAnswer AnswerOf(raft::AdminOutcome outcome) {
  switch (outcome) {
    case raft::AdminOutcome::kDone:
      return checks::ChangeAnswer::kDone;
    case raft::AdminOutcome::kRefused:
    case raft::AdminOutcome::kNotLeader:
      return checks::ChangeAnswer::kRefused;
    case raft::AdminOutcome::kUnknown:
    case raft::AdminOutcome::kAborted:
      return checks::ChangeAnswer::kUnknown;
  }
  UNREACHABLE();
}

// Occurrences are counted by engine host.
HostId SubjectOf(const OperatorItem& item) { return item.host.none() ? HostId(1) : item.host; }

}  // namespace

// Leaders leave a joint membership by themselves.
uint64_t DigestOf(const raft::ChangeRequest& change) {
  if (std::holds_alternative<raft::LeaveJoint>(change.what)) return 0;
  ByteWriter bytes;
  raft::EncodeChange(change, bytes);
  return HashBytes(bytes.view());
}

void RunObserver::OperatorBegan(HostId operator_host, const OperatorItem& item) {
  Record(kinds_.operate, operator_host, item.id, std::string_view(Describe(item)));
  Occurred(kEventOperationBegan, SubjectOf(item), item.shard);
}

void RunObserver::AdminAsked(HostId operator_host, HostId to, const raft::AdminRequest& request) {
  Record(kinds_.ask, operator_host, to, request.shard, request.request,
         std::string_view(NameOf(request.action)));
  const auto* change = std::get_if<raft::ChangeMembership>(&request.action);
  if (change == nullptr) return;
  const std::optional<raft::Index> expected = change->change.expected;
  checks::ChangeAsked asked{AskOf(operator_host, request.request), request.shard,
                            DigestOf(change->change), std::nullopt};
  if (expected.has_value()) asked.expected = checks::Index(expected->value);
  Feed(asked);
}

void RunObserver::AdminAnswered(HostId operator_host, HostId from, const raft::AdminReply& reply) {
  Record(kinds_.told, operator_host, from, reply.shard, reply.request,
         std::string_view(NameOf(reply.outcome)), std::string_view(NameOf(reply.reason)));
  Feed(checks::ChangeAnswered{AskOf(operator_host, reply.request), AnswerOf(reply.outcome),
                              checks::Index(reply.index.value)});
}

void RunObserver::OperatorEnded(HostId operator_host, const OperatorItem& item, uint64_t ending) {
  Record(kinds_.operated, operator_host, item.id, ending);
  Occurred(kEventOperationEnded, SubjectOf(item), item.shard);
}

}  // namespace ww::scenarios
