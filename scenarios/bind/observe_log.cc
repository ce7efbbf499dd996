// HostObserver: what hosts tell of their logs.
#include "raft/host/log_query.h"
#include "scenarios/bind/observer.h"

namespace ww::scenarios {

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
