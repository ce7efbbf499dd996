// Peers: the other hosts that share shards with this one, and what is about to be sent to each.
//
// Heartbeats of all shards between two hosts travel in one message a turn. When shards may rest,
// hosts also tell each other that they live, once a heartbeat interval: the only thing between two
// hosts whose shards all rest, however many they are. Such a message carries a pulse: one that
// changed says that replicas there are not what they were (the process is new, or one of them
// stopped), and a host whose pulse was not felt for an election timeout is silent. Either way, what
// rests on that host must wake up.
//
// Invariants: sorted by host; a host is silent from when it was found to be until it is heard.
// Suspends: never.
#pragma once

#include <cstdint>
#include <vector>

#include "raft/host/wire.h"

namespace ww::raft {

struct Peer {
  HostId host;
  LocalTime heard;
  Pulse pulse;
  bool silent = false;
  std::vector<PeerMessage> waiting;  // Heartbeats and their answers, until the end of the turn.
};

class Peers {
 public:
  // From now on silence of this host counts.
  void Know(HostId host, LocalTime now);
  // Null when it shares nothing with this host.
  Peer* Find(HostId host);
  // It shares something with this host, and was not felt so far or fell silent.
  bool GivesNoSign(HostId host) const;
  // The host lives. Returns whether its pulse is another than before.
  bool Felt(HostId host, const Pulse& pulse, LocalTime now);
  // Hosts that were not silent before and were not felt for `timeout`. Valid until the next call.
  const std::vector<HostId>& FallenSilent(LocalTime now, Duration timeout);

  std::vector<Peer>& all() { return peers_; }

 private:
  std::vector<Peer> peers_;
  std::vector<HostId> fallen_;
};

}  // namespace ww::raft
