// PlaceInquiry: asks the metadata whether the places of this host's initial members are its own.
//
// On every host of a cluster with a metadata shard. What its configuration lists takes part only
// once the metadata name this very disk for it; with another disk, or without a place, it is fenced
// for ever. While nobody can be read from, or nothing is recorded yet, it waits: a shard begins
// after the controller has put it, and the disks of its hosts, into the metadata.
//
// Invariants: what is read is committed; a place is never given to two disks (raft/meta/place.h).
// Suspends: Stop.
#pragma once

#include <memory>
#include <vector>

#include "raft/controller/asker.h"
#include "raft/meta/state.h"

namespace ww::raft {

struct PlaceInquiryOptions {
  std::vector<HostId> hosts;  // One of which has a replica of the metadata shard.
  Duration answer_timeout = Milliseconds(500);
  Duration pause = Milliseconds(200);  // Before the metadata are read again.
};

class PlaceInquiry final : public Service {
 public:
  explicit PlaceInquiry(PlaceInquiryOptions options);

  void Start(ServicePort& port) override;
  void On(HostId from, const WireMessage& message) override;
  void Stop() override;

 private:
  void Run();
  // False: this host could not say.
  bool ReadFrom(HostId host);
  void Judge(const OpenPlaces& open);

  const PlaceInquiryOptions options_;
  ServicePort* port_ = nullptr;
  std::unique_ptr<Asker> asker_;
  std::unique_ptr<WaitQueue> stopped_;
  TaskHandle task_;
  meta::State state_;  // As it was read last.
};

}  // namespace ww::raft
