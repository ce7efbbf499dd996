// Cost of a record with tracing off and on: the fingerprint is on in every run.
#include <benchmark/benchmark.h>

#include "sim/trace/journal.h"

namespace ww {
namespace {

struct Setup {
  Schema schema;
  KindId kind;
};

Setup MakeSetup() {
  Setup setup;
  setup.kind = setup.schema.Add({"message",
                                 DisplayRole::kHidden,
                                 {{"from", FieldType::kHost, "", {}},
                                  {"to", FieldType::kHost, "", {}},
                                  {"kind", FieldType::kNumber, "", {}},
                                  {"digest", FieldType::kDigest, "", {}},
                                  {"size", FieldType::kNumber, "bytes", {}}}});
  return setup;
}

// Seven words a record: kind and host, time, five fields.
void RecordMessages(benchmark::State& state, Journal& journal, KindId kind) {
  int64_t ns = 0;
  uint64_t digest = 1;
  for (auto _ : state) {
    ns += 100;
    digest += 0x9e3779b97f4a7c15ULL;
    journal.Record(kind, TrueTime{ns}, HostId(1), HostId(1), HostId(2), 5, digest, 64);
  }
  benchmark::DoNotOptimize(journal.fingerprint());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

void RecordUntraced(benchmark::State& state) {
  const Setup setup = MakeSetup();
  Journal journal(setup.schema);
  RecordMessages(state, journal, setup.kind);
}
BENCHMARK(RecordUntraced);

void RecordTraced(benchmark::State& state) {
  const Setup setup = MakeSetup();
  Journal journal(setup.schema);
  journal.StartTrace(1 << 20);
  RecordMessages(state, journal, setup.kind);
}
BENCHMARK(RecordTraced);

}  // namespace
}  // namespace ww

BENCHMARK_MAIN();
