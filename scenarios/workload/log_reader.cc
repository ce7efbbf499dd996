#include "scenarios/workload/log_reader.h"

#include <algorithm>
#include <memory>

#include "scenarios/sites.h"
#include "sim/base/check.h"
#include "sim/host.h"
#include "sim/network.h"
#include "sim/world.h"

namespace ww::scenarios {
namespace {

constexpr Duration kPauseMin = Milliseconds(100);
constexpr uint64_t kEntriesMax = 64;
constexpr uint64_t kPayloadBytesMax = 4096;
constexpr uint64_t kRereadsOneIn = 8;

}  // namespace

LogReader::LogReader(sim::Process& process, const LogReaderOptions& options)
    : process_(process),
      options_(options),
      mailbox_(process),
      choices_(process.world().decisions().Open(sites::kLogReader, process.host().id().value)),
      next_(options.shards + 1, raft::Index(1)) {
  CHECK_GT(options.hosts, 0u);
  CHECK_GT(options.timeout.ns, 0);
}

uint64_t LogReader::Draw(uint64_t bound) {
  return process_.world().decisions().Uniform(choices_, bound);
}

void LogReader::Run(ClientControl& control) {
  while (!control.stopping) {
    const uint64_t extra = Draw(static_cast<uint64_t>(2 * kPauseMin.ns));
    process_.SleepFor(kPauseMin + Nanoseconds(static_cast<int64_t>(extra)));
    AskOnce();
  }
  CHECK_GT(control.active, 0u);
  --control.active;
}

void LogReader::AskOnce() {
  const ShardId shard(1 + Draw(options_.shards));
  const HostId host(1 + Draw(options_.hosts));
  raft::Index& next = next_[shard.value];
  if (Draw(kRereadsOneIn) == kRereadsOneIn - 1) next = raft::Index(1 + Draw(next.value));
  auto query = std::make_unique<raft::LogQuery>();
  const uint64_t request = ++requests_;
  query->request = request;
  query->shard = shard;
  query->first = next;
  query->end = next + (1 + Draw(kEntriesMax));
  query->payload_bytes_max = Draw(kPayloadBytesMax);
  process_.world().network().Send(process_, host, std::move(query));
  const LocalTime deadline = process_.host().LocalNow() + options_.timeout;
  while (const std::optional<sim::Arrival> arrival = mailbox_.Receive(deadline)) {
    if (arrival->message->kind() != raft::kLogAnswerKind) continue;
    const auto& answer = static_cast<const raft::LogAnswer&>(*arrival->message);
    if (answer.request == request) return Learn(answer);
  }
}

// A host that lags has less than was read already; one that dropped the front of its log says
// where it begins.
void LogReader::Learn(const raft::LogAnswer& answer) {
  raft::Index& next = next_[answer.shard.value];
  if (answer.outcome == raft::LogAnswerOutcome::kEntries) {
    CHECK(answer.first == next);
    CHECK(!answer.entries.empty());
    next = next + answer.entries.size();
  } else if (answer.outcome == raft::LogAnswerOutcome::kOutOfRange) {
    next = std::max(next, answer.available);
  }
}

}  // namespace ww::scenarios
