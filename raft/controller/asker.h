// Asker: questions of a controller's tasks to hosts, and the answers to them.
//
// Many tasks may ask at once; each waits for the answer to its own question, up to a timeout. An
// answer that comes later reaches nobody, also in another life of the process. No answer says
// nothing about what became of the question.
//
// Suspends: Ask, AskAll, Query, Propose, Await.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "raft/host/admin.h"
#include "raft/host/service.h"
#include "raft/host/wire.h"

namespace ww::raft {

class Asker {
 public:
  // Askers of one host have lanes of their own: an answer reaches one of them.
  Asker(ServicePort& port, Duration timeout, uint32_t lane = 0);

  std::optional<AdminReply> Ask(HostId host, ShardId shard, const AdminAction& action,
                                const ControllerStamp& stamp);
  // The same of several hosts at once; an answer a host, in their order.
  std::vector<std::optional<AdminReply>> AskAll(const std::vector<HostId>& hosts, ShardId shard,
                                                const AdminAction& action,
                                                const ControllerStamp& stamp);
  std::optional<ClientReply> Query(HostId host, ShardId shard, std::string_view key);
  std::optional<ClientReply> Propose(HostId host, ShardId shard, const Payload& command);

  // A question of another kind: its number, its sending, and the answer, of which `Answered` was
  // told; null when none came.
  uint64_t NextRequest() { return first_ + ++asked_; }
  void Send(HostId host, uint64_t request, std::unique_ptr<WireMessage> message);
  std::unique_ptr<WireMessage> Await(uint64_t request, uint32_t kind, LocalTime deadline);
  void Answered(uint64_t request, const WireMessage& message);

  // What came for this host's services.
  void On(const WireMessage& message);
  // Whoever waits is told at once that no answer will come, now and later.
  void Close();
  bool closed() const { return closed_; }

 private:
  static constexpr size_t kWaitingMax = 4096;

  struct Waiting {
    uint64_t request = 0;
    std::unique_ptr<WaitQueue> queue;
    std::unique_ptr<WireMessage> answer;
  };
  LocalTime Deadline() { return port_.env().clock().Now() + timeout_; }
  Waiting* Find(uint64_t request);
  std::unique_ptr<Waiting> Take(uint64_t request);

  ServicePort& port_;
  const Duration timeout_;
  const uint64_t first_;  // Of this life of the process.
  uint64_t asked_ = 0;
  bool closed_ = false;
  std::vector<std::unique_ptr<Waiting>> waiting_;  // By number of the request.
};

}  // namespace ww::raft
