// What judging costs: one committed entry of a shard with three replicas, all checks on.
//
// A synthetic stream of the events that a healthy engine raises: append, record, sync and apply on
// each replica, two answers, three commits, one client operation. Arguments: entries an append,
// shards. One item is one committed entry.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "scenarios/checks/judge.h"
#include "sim/base/check.h"

namespace ww::checks {
namespace {

constexpr uint64_t kReplicas = 3;
constexpr uint64_t kRecordBytes = 120;
// A run of this many entries, then a new judge: as long as the longest measured runs.
constexpr uint64_t kEntriesARun = 10'000;

class Stream {
 public:
  Stream(Judge& judge, uint64_t shards) : judge_(judge), shards_(shards + 1) {
    std::vector<Voter> voters;
    for (uint64_t i = 1; i <= kReplicas; ++i) voters.push_back({ReplicaId(i), HostId(i)});
    for (uint64_t shard = 1; shard <= shards; ++shard) {
      judge_.On(ShardCreated{ShardId(shard), voters});
    }
    for (uint64_t i = 1; i <= kReplicas; ++i) judge_.On(HostStarted{HostId(i), Incarnation(1)});
    for (uint64_t shard = 1; shard <= shards; ++shard) Elect(shard);
  }

  // Appends, commits and applies `count` commands of one shard.
  void Round(uint64_t shard, uint64_t count) {
    State& state = shards_[shard];
    entries_.clear();
    for (uint64_t i = 0; i < count; ++i) {
      entries_.push_back({Term(1), state.last + 1 + i});
      judge_.On(ClientInvoked{++operations_, ShardId(shard), Command(state.last + 1 + i)});
    }
    const Index first(state.last + 1);
    state.last += count;
    const Index last(state.last);
    for (uint64_t r = 1; r <= kReplicas; ++r) {
      judge_.On(EntriesAppended{Key(shard, r), first, entries_, false, r == 1});
      Write(shard, r, first);
      if (r != 1) {
        judge_.On(AppendAnswered{Key(shard, r), ReplicaId(1), Term(1), true, last});
      }
    }
    for (uint64_t r = 1; r <= kReplicas; ++r) {
      judge_.On(CommitAdvanced{
          Key(shard, r), last, Term(1), r == 1,
          r == 1 ? std::span<const ReplicaId>(counted_) : std::span<const ReplicaId>()});
      for (Index index = first; index <= last; ++index) Apply(shard, r, index);
    }
    for (uint64_t i = 0; i < count; ++i) {
      judge_.On(ClientReturned{operations_ - count + 1 + i, ShardId(shard), Outcome::kCompleted,
                               first + i, Previous(first.value + i)});
    }
  }

 private:
  struct State {
    uint64_t last = 0;
  };

  static ReplicaKey Key(uint64_t shard, uint64_t r) { return {ShardId(shard), ReplicaId(r)}; }

  CommandView Command(uint64_t index) {
    return {Operation::kPut, ClientId(index % 32 + 1), index, keys_[index % kKeys],
            values_[index % kValues]};
  }
  // What the key held before: it was written kKeys entries ago.
  std::string_view Previous(uint64_t index) const {
    return index <= kKeys ? std::string_view()
                          : std::string_view(values_[(index - kKeys) % kValues]);
  }

  void Elect(uint64_t shard) {
    for (uint64_t r = 1; r <= kReplicas; ++r) {
      judge_.On(ReplicaStarted{Key(shard, r), HostId(r), Incarnation(1), Term(0), {}, {}});
      judge_.On(TermChanged{Key(shard, r), Term(1), ReplicaId(1)});
      RecordWritten record;
      record.kind = RecordKind::kHardState;
      record.term = Term(1);
      record.vote = ReplicaId(1);
      WriteRecord(shard, r, record);
      if (r != 1) {
        judge_.On(VoteAnswered{Key(shard, r), ReplicaId(1), false, true, Term(1)});
      }
    }
    const std::vector<ReplicaId> all = {ReplicaId(1), ReplicaId(2), ReplicaId(3)};
    judge_.On(
        RoleChanged{Key(shard, 1), Incarnation(1), Role::kLeader, Term(1), ReplicaId(1), all});
  }
  void Write(uint64_t shard, uint64_t r, Index first) {
    RecordWritten record;
    record.first = first;
    record.entries = entries_;
    WriteRecord(shard, r, record);
  }
  void WriteRecord(uint64_t shard, uint64_t r, RecordWritten& record) {
    record.who = Key(shard, r);
    record.host = HostId(r);
    record.file = 1;
    record.offset = file_sizes_[r];
    file_sizes_[r] += kRecordBytes;
    record.end = file_sizes_[r];
    judge_.On(record);
    judge_.On(FileSynced{HostId(r), 1, file_sizes_[r]});
  }
  void Apply(uint64_t shard, uint64_t r, Index index) {
    EntryApplied event;
    event.who = Key(shard, r);
    event.incarnation = Incarnation(1);
    event.index = index;
    event.entry = {Term(1), index.value};
    event.command = Command(index.value);
    event.state_digest = index.value * 17;
    event.response = Previous(index.value);
    judge_.On(event);
  }

  static constexpr uint64_t kKeys = 16;
  static constexpr uint64_t kValues = 64;

  Judge& judge_;
  std::vector<State> shards_;
  uint64_t file_sizes_[kReplicas + 1] = {};
  uint64_t operations_ = 0;
  std::vector<EntryView> entries_;
  std::vector<ReplicaId> counted_ = {ReplicaId(1), ReplicaId(2)};
  std::vector<std::string> keys_ = Texts(kKeys, 6);
  std::vector<std::string> values_ = Texts(kValues, 64);

  static std::vector<std::string> Texts(uint64_t count, size_t bytes) {
    std::vector<std::string> texts;
    for (uint64_t i = 0; i < count; ++i) {
      std::string text = std::to_string(i) + ";";
      text.resize(bytes, '.');
      texts.push_back(text);
    }
    return texts;
  }
};

void JudgesACommittedEntry(benchmark::State& state) {
  const auto batch = static_cast<uint64_t>(state.range(0));
  const auto shards = static_cast<uint64_t>(state.range(1));
  uint64_t entries = 0;
  for (auto _ : state) {
    Judge judge{JudgeOptions{}};
    Stream stream(judge, shards);
    for (uint64_t done = 0, shard = 0; done < kEntriesARun; done += batch) {
      stream.Round(shard + 1, batch);
      shard = (shard + 1) % shards;
      entries += batch;
    }
    CHECK(!judge.violation().has_value(), "{}", judge.violation()->message);
    benchmark::DoNotOptimize(judge);
  }
  state.SetItemsProcessed(static_cast<int64_t>(entries));
}
BENCHMARK(JudgesACommittedEntry)->Args({1, 1})->Args({64, 1})->Args({1, 100});

// The end of a run: one order for all operations of 16 keys.
void SearchesTheHistory(benchmark::State& state) {
  uint64_t entries = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Judge judge{JudgeOptions{}};
    Stream stream(judge, 1);
    for (uint64_t done = 0; done < kEntriesARun; done += 32) stream.Round(1, 32);
    entries += kEntriesARun;
    state.ResumeTiming();
    judge.Finish();
    CHECK(!judge.violation().has_value(), "{}", judge.violation()->message);
  }
  state.SetItemsProcessed(static_cast<int64_t>(entries));
}
BENCHMARK(SearchesTheHistory);

}  // namespace
}  // namespace ww::checks

BENCHMARK_MAIN();
