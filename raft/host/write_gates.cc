#include "raft/host/write_gates.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft {

const char* NameOf(WriteGate gate) {
  switch (gate) {
    case WriteGate::kTooFewVoters:
      return "too few of its instances are voters yet";
    case WriteGate::kNoLease:
      return "its leader has no lease";
    case WriteGate::kReadOnly:
      return "its leader is configured to take none";
  }
  UNREACHABLE();
}

void WriteGates::Set(ShardId shard, WriteGate gate, const std::optional<Admission>& admission) {
  CHECK(!shard.none());
  const auto before = [](const One& a, const One& b) {
    return a.shard != b.shard ? a.shard < b.shard : a.gate < b.gate;
  };
  One one{shard, gate, admission};
  const auto at = std::lower_bound(gates_.begin(), gates_.end(), one, before);
  if (at != gates_.end() && at->shard == shard && at->gate == gate) {
    *at = one;
    return;
  }
  gates_.insert(at, one);
}

std::optional<WriteGate> WriteGates::Meets(ShardId shard, Term term, LocalTime now) const {
  if (gates_.empty()) return std::nullopt;
  CHECK(!term.none());
  auto at = std::lower_bound(gates_.begin(), gates_.end(), shard,
                             [](const One& one, ShardId wanted) { return one.shard < wanted; });
  for (; at != gates_.end() && at->shard == shard; ++at) {
    const std::optional<Admission>& open = at->admission;
    const bool for_term = open.has_value() && (open->term.none() || open->term == term);
    if (!for_term || now >= open->until) return at->gate;
  }
  return std::nullopt;
}

}  // namespace ww::raft
