// Client: a program that puts, appends and gets keys of all shards, one operation at a time. Of a
// shard that is created meanwhile it learns when the metadata say that it exists.
//
// Per shard it holds a session. It never says that it has an answer which it has not: when an
// operation of a session ends without an answer, that session is given up and a new one is opened,
// because its next command could not be told from a late attempt of the lost one. It may also close
// a session and open another; client ids are never used twice. Every value
// written is unique in the run.
//
// Each choice is drawn as an offset from a default that rotates, so that an all-zero run still uses
// all shards, keys and operations.
// Suspends: Run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "raft/machine/command.h"
#include "raft/meta/records.h"
#include "scenarios/workload/caller.h"

namespace ww::scenarios {

struct ClientOptions {
  uint32_t number = 1;  // 1, 2, ... in a run.
  size_t hosts = 0;
  size_t shards = 0;                      // From the beginning on.
  uint64_t first_shard = 1;               // Shards are first_shard, ... without gaps.
  uint32_t keys = 4;                      // A shard.
  Duration interval = Milliseconds(400);  // From one operation to the next, half to three halves.
  uint64_t value_bytes_min = 16;
  uint64_t value_bytes_max = 64;
  uint32_t put_weight = 1;
  uint32_t append_weight = 1;
  uint32_t get_weight = 1;
  // Reads that are no commands: asked at the leader, at any host, and of any state that once was.
  uint32_t leader_read_weight = 0;
  uint32_t follower_read_weight = 0;
  uint32_t stale_read_weight = 0;
  Duration timeout = Seconds(3);
  bool sessions = true;
  Ratio unregister;  // Of operations, after which the client closes its session.
  bool may_duplicate = false;
  Manner manner = Manner::kWellBehaved;
  bool reads_each_replica = false;  // At the end: every key through each replica that has it.
};

// What the harness and its clients agree on. Outlives the clients.
struct ClientControl {
  bool stopping = false;  // No new operation is begun.
  bool healing = false;   // Operators begin nothing new.
  size_t active = 0;      // Clients, operators and log readers that have not ended.
};

// The name of the n-th key of a shard; keys are numbered from 0.
std::string KeyName(ShardId shard, uint64_t number);
// The range of these keys, and of nothing else.
raft::meta::KeyRange KeysOf(ShardId shard);

class Client {
 public:
  Client(sim::Process& process, RunObserver& observer, const ClientOptions& options);

  // Until `control.stopping`.
  void Run(ClientControl& control);
  // Reads every key of a part of the shards, outside of any session: of the shards first, first +
  // step, ... Returns how many were not answered.
  uint64_t ReadAll(uint64_t first, uint64_t step);

 private:
  struct Session {
    ClientId client;  // None: not open.
    uint64_t series = 0;
    uint64_t responded_to = 0;
  };

  void OperateOnce();
  size_t Shards() const;
  ShardId ShardAt(uint64_t place) const;  // Places are numbered from 0.
  bool OpenSession(ShardId shard, Session& session);
  void CloseSession(ShardId shard, Session& session);
  raft::Command NextCommand(ShardId shard);
  bool ReadAt(HostId at, ShardId shard);
  void Query(ShardId shard, uint64_t kind);
  uint64_t ReadWeights() const {
    return uint64_t{options_.leader_read_weight} + options_.follower_read_weight +
           options_.stale_read_weight;
  }
  // Invokes, calls and returns; the whole life of an operation.
  CallResult Perform(ShardId shard, const raft::Command& command);
  std::string NextValue();
  uint64_t Draw(sim::Stream& stream, uint64_t bound);

  sim::Process& process_;
  RunObserver& observer_;
  ClientOptions options_;
  Caller caller_;
  sim::Stream& pace_;
  sim::Stream& shard_;
  sim::Stream& key_;
  sim::Stream& operation_;
  sim::Stream& reads_;
  sim::Stream& close_;
  sim::Stream& value_bytes_;
  std::vector<Session> sessions_;  // By place.
  std::string key_name_;
  std::string value_;
  uint64_t sessions_opened_ = 0;
  uint64_t operations_ = 0;
  uint64_t turn_ = 0;
};

}  // namespace ww::scenarios
