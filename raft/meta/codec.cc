#include "raft/meta/codec.h"

#include <utility>

#include "raft/meta/fields.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::raft::meta {
namespace {

constexpr uint8_t kStateVersion = 3;
constexpr uint8_t kCommandVersion = 1;
constexpr uint8_t kResultVersion = 1;
constexpr uint8_t kFailoverVersion = 1;

// The fields of a state apart from its tables.
template <class A>
void SmallFields(A& a, In<A, State>& v) {
  a(v.cluster, v.ids, v.version, v.controller);
  a.List(v.ended, kEndedMax);
  a(v.last_migration, v.migrations_done, v.migrations_aborted, v.failover.lock);
}

template <class Record>
void LoadTable(Loader& in, Table<Record>& table, size_t count_max) {
  std::vector<Record> records;
  in.List(records, count_max);
  if (!in.ok()) return;
  std::optional<Table<Record>> loaded = Table<Record>::Of(std::move(records));
  if (!loaded.has_value()) return in.Fail();
  table = *std::move(loaded);
}

std::string EncodeUnchecked(const State& state) {
  ByteWriter out;
  out.Fixed8(kStateVersion);
  Saver saver(out);
  SmallFields(saver, state);
  saver.List(state.hosts.records(), kHostsMax);
  saver.List(state.shards.records(), kShardsMax);
  saver.List(state.migrations.records(), kMigrationsMax);
  saver.List(state.owed.records(), kOwedMax);
  saver.List(state.failover.replicasets.records(), kReplicasetsMax);
  return out.Take();
}

// Numbers can be written in more than one way; only the shortest one counts, so that equal values
// have equal bytes. Hence the second look at the bytes.
template <class Value>
std::optional<Value> DecodeWhole(std::string_view bytes, uint8_t version) {
  if (bytes.empty() || static_cast<uint8_t>(bytes[0]) != version) return std::nullopt;
  Loader in(bytes.substr(1));
  Value value;
  in(value);
  if (!in.Finished() || Encode(value) != bytes) return std::nullopt;
  return value;
}

template <class Value>
std::string EncodeWhole(const Value& value, uint8_t version) {
  ByteWriter out;
  out.Fixed8(version);
  Saver saver(out);
  saver(value);
  return out.Take();
}

}  // namespace

std::string Encode(const State& state) {
  CHECK(Defect(state).empty(), "{}", Defect(state));
  return EncodeUnchecked(state);
}

std::optional<State> DecodeState(std::string_view bytes) {
  if (bytes.empty() || static_cast<uint8_t>(bytes[0]) != kStateVersion) return std::nullopt;
  Loader in(bytes.substr(1));
  State state;
  SmallFields(in, state);
  LoadTable(in, state.hosts, kHostsMax);
  LoadTable(in, state.shards, kShardsMax);
  LoadTable(in, state.migrations, kMigrationsMax);
  LoadTable(in, state.owed, kOwedMax);
  LoadTable(in, state.failover.replicasets, kReplicasetsMax);
  if (!in.Finished() || !Defect(state).empty()) return std::nullopt;
  if (EncodeUnchecked(state) != bytes) return std::nullopt;
  return state;
}

std::string Encode(const FailoverState& state) {
  ByteWriter out;
  out.Fixed8(kFailoverVersion);
  Saver saver(out);
  saver(state.lock);
  saver.List(state.replicasets.records(), kReplicasetsMax);
  return out.Take();
}

std::optional<FailoverState> DecodeFailover(std::string_view bytes) {
  if (bytes.empty() || static_cast<uint8_t>(bytes[0]) != kFailoverVersion) return std::nullopt;
  Loader in(bytes.substr(1));
  FailoverState state;
  in(state.lock);
  LoadTable(in, state.replicasets, kReplicasetsMax);
  if (!in.Finished() || Encode(state) != bytes) return std::nullopt;
  return state;
}

std::string Encode(const Command& command) { return EncodeWhole(command, kCommandVersion); }
std::optional<Command> DecodeCommand(std::string_view bytes) {
  return DecodeWhole<Command>(bytes, kCommandVersion);
}

std::string Encode(const Result& result) { return EncodeWhole(result, kResultVersion); }
std::optional<Result> DecodeResult(std::string_view bytes) {
  return DecodeWhole<Result>(bytes, kResultVersion);
}

// --- Digests ---

// Mixed, because tables add them up.
uint64_t DigestOf(const HostRecord& record) { return Mix64(HashBytes(Bytes(record))); }
uint64_t DigestOf(const ShardRecord& record) { return Mix64(HashBytes(Bytes(record))); }
uint64_t DigestOf(const Migration& record) { return Mix64(HashBytes(Bytes(record))); }
uint64_t DigestOf(const OwedCleanup& record) { return Mix64(HashBytes(Bytes(record))); }
uint64_t DigestOf(const ReplicasetRecord& record) { return Mix64(HashBytes(Bytes(record))); }

uint64_t DigestOf(const State& state) {
  ByteWriter out;
  Saver saver(out);
  SmallFields(saver, state);
  uint64_t digest = HashBytes(out.view());
  for (const uint64_t table :
       {state.hosts.digest(), state.shards.digest(), state.migrations.digest(), state.owed.digest(),
        state.failover.replicasets.digest()}) {
    digest = Absorb(digest, table);
  }
  return digest;
}

}  // namespace ww::raft::meta
