// FirstStarts: what instances of supervised replicasets have promised, for the fault budget.
//
// Until there is a shard, what must not be lost is who agreed to what: two creators could find
// enough agreements if those in common forgot theirs. While the creator of an identity holds to it,
// or lives on since it asked for it and may be about to, nobody else may forget that promise; the
// creator itself may, because then nobody ever creates that identity. Once the shard is created,
// more than half of the instances have to hold to it, and those that were never asked count like
// those that forgot. The creator is the only voter at first: a disk that is broken when it creates,
// and is replaced later, is the shard's only one.
//
// Fed by the observer with what hosts say; a host's word is good here, since a promise that was not
// kept is for the checks to find.
#pragma once

#include <optional>
#include <vector>

#include "faults/quorum_view.h"
#include "sim/base/ids.h"

namespace ww::scenarios {

class FirstStarts {
 public:
  // The hosts whose instances count as connections.
  void Supervise(ShardId shard, std::vector<HostId> counting);
  // An instance holds to this identity from now on; 0: to none.
  void Holds(ShardId shard, HostId host, HostId creator, uint64_t identity);
  void Created(ShardId shard, HostId creator);
  void Wiped(HostId host);
  void WentDown(HostId host);

  // It has a first start, and that is not over: there is no membership to keep a quorum of.
  bool Awaits(ShardId shard) const;
  // Of what was promised.
  std::vector<faults::QuorumGroup> Groups() const;
  // Of those that are not created.
  std::vector<faults::QuorumGroup> Awaited() const;
  // The hosts whose instances are to vote; null when it has no first start.
  const std::vector<HostId>* CountingOf(ShardId shard) const;

 private:
  struct Held {
    HostId host;
    HostId creator;
    uint64_t identity = 0;
    bool asker_lives = true;  // The life of the creator that asked for it goes on.
  };
  struct Start {
    ShardId shard;
    std::vector<HostId> counting;
    std::vector<Held> held;  // By instances that count; one for each at most.
    uint64_t created = 0;    // The identity.
  };
  // What must not fall below a majority of those who hold to what `one` holds to; nothing: nobody
  // would miss it.
  static std::optional<faults::QuorumGroup> GroupOf(const Start& start, const Held& one);
  const Start* Find(ShardId shard) const;
  Start* Find(ShardId shard) {
    return const_cast<Start*>(static_cast<const FirstStarts*>(this)->Find(shard));
  }

  std::vector<Start> starts_;
};

}  // namespace ww::scenarios
