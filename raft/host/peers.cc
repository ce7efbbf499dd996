#include "raft/host/peers.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft {
namespace {

bool Before(const Peer& peer, HostId host) { return peer.host < host; }

}  // namespace

void Peers::Know(HostId host, LocalTime now) {
  CHECK(!host.none());
  const auto at = std::lower_bound(peers_.begin(), peers_.end(), host, Before);
  if (at != peers_.end() && at->host == host) return;
  Peer peer;
  peer.host = host;
  peer.heard = now;
  peers_.insert(at, std::move(peer));
}

Peer* Peers::Find(HostId host) {
  const auto at = std::lower_bound(peers_.begin(), peers_.end(), host, Before);
  return at == peers_.end() || at->host != host ? nullptr : &*at;
}

bool Peers::GivesNoSign(HostId host) const {
  const auto at = std::lower_bound(peers_.begin(), peers_.end(), host, Before);
  if (at == peers_.end() || at->host != host) return false;
  return at->silent || at->pulse.incarnation.none();
}

// A pulse of an earlier life that comes late is no sign of the present one.
bool Peers::Felt(HostId host, const Pulse& pulse, LocalTime now) {
  CHECK(!pulse.incarnation.none());
  Peer* peer = Find(host);
  if (peer == nullptr || pulse < peer->pulse) return false;
  const bool changed = !peer->pulse.incarnation.none() && pulse != peer->pulse;
  peer->pulse = pulse;
  peer->heard = now;
  peer->silent = false;
  return changed;
}

const std::vector<HostId>& Peers::FallenSilent(LocalTime now, Duration timeout) {
  fallen_.clear();
  for (Peer& peer : peers_) {
    if (peer.silent || now - peer.heard < timeout) continue;
    peer.silent = true;
    fallen_.push_back(peer.host);
  }
  return fallen_;
}

}  // namespace ww::raft
