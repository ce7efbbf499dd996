// Caller: brings one operation of a client to an end: attempts, leader hints, pauses, giving up.
//
// All attempts of an operation carry the same command, and with it the same (client, series), so
// that whichever of them is applied, it is applied once. An operation ends as completed, as
// rejected (certainly without effect, now and later) or as unknown (it may still take effect).
//
// Invariants: one operation at a time; an answer to any attempt of the present operation counts, an
// answer to an earlier operation never does; without a session a command that may have had an
// effect is not sent again, unless it only reads.
// Suspends: Call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "raft/host/wire.h"
#include "scenarios/bind/observer.h"
#include "scenarios/checks/events.h"
#include "sim/mailbox.h"
#include "sim/process.h"

namespace ww::scenarios {

// How a client finds its host and what it does without an answer.
enum class Manner : uint8_t {
  kWellBehaved,  // Follows hints, waits longer and longer, hardly ever gives up.
  kSticky,       // Stays with its host for a whole operation; moves on when it gave one up.
  kStubborn,     // Short of patience: sends the same again elsewhere at once, some of it even
                 // after it has the answer, as a network may that held an old message back.
};

struct CallerOptions {
  ClientId client;             // Whose streams are drawn from; also the first target.
  size_t hosts = 0;            // Engine hosts are 1..hosts.
  uint64_t last_shard = 0;     // Shards are numbered up to this.
  Duration timeout;            // Of one attempt of a patient client.
  bool may_duplicate = false;  // The network may bring a message twice.
  Manner manner = Manner::kWellBehaved;
};

struct CallResult {
  checks::Outcome outcome = checks::Outcome::kUnknown;
  bool refused = false;  // The state machine would not have it: the session is gone.
  checks::Index index;
  std::string response;
};

class Caller {
 public:
  // Borrowed for the caller's life, which lies within the process's.
  Caller(sim::Process& process, RunObserver& observer, const CallerOptions& options);

  struct Request {
    ClientId client;
    uint64_t operation = 0;
    ShardId shard;
    Payload command;
    bool repeatable = true;  // Applied twice it does no harm: within a session, or a read.
    bool in_session = false;
    checks::Via via = checks::Via::kLog;
    std::string key = {};  // Of a read that is not a command.
    HostId at = {};        // Where a read is tried first; none: where the leader is thought to be.
  };
  CallResult Call(const Request& request);

 private:
  // What one attempt taught.
  enum class Lesson : uint8_t { kAnswered, kRefused, kNoEffect, kUnclear };
  struct Attempt {
    Lesson lesson = Lesson::kUnclear;
    bool silent = false;  // Nothing came within the timeout.
    HostId hint;
    CallResult result;
  };

  Attempt TryOnce(const Request& request, HostId target);
  Attempt AwaitReply(uint64_t newest);
  static Attempt Learn(const raft::ClientReply& reply);
  void Send(const Request& request, HostId target);
  void SendQuery(const Request& request, HostId target);
  // Sends again what was answered one operation ago. Nothing that was not answered may be sent
  // again: its client was told that it certainly had no effect.
  void SendAnsweredAgain(const Request& answered);
  // Chooses the next target and pauses as the manner demands. Suspends.
  void PrepareNext(const Request& request, const Attempt& attempt, uint32_t attempts);
  Duration Pause(uint32_t attempts);
  HostId After(HostId host) const { return HostId(host.value % options_.hosts + 1); }
  // The next host to try without a hint: not one that gave no answer a moment ago.
  HostId Alternative(HostId host) const;
  uint32_t AttemptsMax() const;
  HostId& TargetOf(ShardId shard);

  sim::Process& process_;
  RunObserver& observer_;
  CallerOptions options_;
  sim::Mailbox mailbox_;
  sim::Stream& backoff_;
  sim::Stream& echo_;
  std::optional<Request> answered_;  // The newest within a session, of a stubborn client.
  HostId home_;                      // Of a sticky client.
  std::vector<HostId> targets_;      // By shard; none: home.
  HostId silent_host_;               // The last that gave no answer,
  LocalTime silent_until_;           // and until when it is not tried without a hint.
  uint64_t next_request_ = 1;
  uint64_t first_of_operation_ = 1;
};

}  // namespace ww::scenarios
