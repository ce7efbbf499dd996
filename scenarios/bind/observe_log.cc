// HostObserver: what hosts tell of their logs.
#include "raft/host/log_query.h"
#include "raft/store/record.h"
#include "scenarios/bind/observer.h"
#include "scenarios/bind/translate.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::scenarios {
namespace {

// Of what a record says, for the fingerprint.
uint64_t DigestOf(const raft::RecordWritten& event) {
  switch (event.kind) {
    case raft::RecordKind::kHardState:
      return Absorb(event.hard_state.term.value, event.hard_state.vote.value);
    case raft::RecordKind::kEntries:
    case raft::RecordKind::kCommit:
      return Absorb(Absorb(event.first.value, event.commit.value), event.entries_digest);
    case raft::RecordKind::kSnapshot:
      return Absorb(Absorb(event.snapshot.index.value, event.snapshot.term.value),
                    Absorb(event.log_base.index.value, event.resets ? 1 : 0));
    case raft::RecordKind::kBootstrap:
    case raft::RecordKind::kTombstone:
    case raft::RecordKind::kDataRemoved:
      return 0;
  }
  UNREACHABLE("record kind {}", static_cast<int>(event.kind));
}

checks::RecordKind KindOf(raft::RecordKind kind) {
  switch (kind) {
    case raft::RecordKind::kHardState:
      return checks::RecordKind::kHardState;
    case raft::RecordKind::kEntries:
      return checks::RecordKind::kEntries;
    case raft::RecordKind::kCommit:
      return checks::RecordKind::kCommit;
    case raft::RecordKind::kSnapshot:
      return checks::RecordKind::kSnapshot;
    case raft::RecordKind::kBootstrap:
      return checks::RecordKind::kBootstrap;
    case raft::RecordKind::kTombstone:
      return checks::RecordKind::kTombstone;
    case raft::RecordKind::kDataRemoved:
      return checks::RecordKind::kDataRemoved;
  }
  UNREACHABLE("record kind {}", static_cast<int>(kind));
}

}  // namespace

void HostObserver::On(const raft::RecordWritten& event) {
  const uint64_t digest = DigestOf(event);
  run_.Record(run_.kinds_.write, host_, event.who.shard, event.who.replica, event.kind, event.file,
              event.offset, event.bytes, digest);
  if (!event.founded) return;  // Nothing that anybody relies on yet.
  if (event.who == raft::kHostItself) {
    return run_.Feed(checks::ControllerTermWritten{host_, event.hard_state.term.value, event.file,
                                                   event.offset + event.bytes});
  }
  run_.Feed(checks::RecordWritten{
      KeyOf(event.who), host_, event.file, event.offset, event.offset + event.bytes,
      KindOf(event.kind), TermOf(event.hard_state.term), event.hard_state.vote,
      IndexOf(event.first), run_.ViewsOf(event.entries), IndexOf(event.commit),
      IndexOf(event.snapshot.index), TermOf(event.snapshot.term), IndexOf(event.log_base.index),
      TermOf(event.log_base.term), event.resets});
}

void HostObserver::OnAnswer(const raft::LogAnswer& answer) {
  run_.Record(run_.kinds_.log_answer, host_, answer.shard, answer.outcome, answer.available,
              answer.available_end, answer.entries.size(), answer.entries.digest());
  if (answer.outcome != raft::LogAnswerOutcome::kEntries) return;
  std::vector<checks::EntryView> views;
  views.reserve(answer.entries.size());
  for (const raft::Entry& entry : answer.entries) views.push_back(ViewOf(entry));
  run_.Feed(checks::LogTold{host_, answer.shard, checks::Index(answer.first.value), views});
}

}  // namespace ww::scenarios
