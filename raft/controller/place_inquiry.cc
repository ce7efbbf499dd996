#include "raft/controller/place_inquiry.h"

#include <utility>

#include "raft/host/founding.h"
#include "raft/meta/codec.h"
#include "raft/meta/metadata.h"
#include "raft/meta/place.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

constexpr uint32_t kAskerLane = 4;

std::optional<JudgedClaim> VerdictOn(const meta::State& state, const meta::AskedPlace& place) {
  const ReplicaIdentity who{place.who.shard, place.who.replica};
  switch (meta::OwnerOf(state, place)) {
    case meta::PlaceOwner::kUnknown:
      COVER("controller.place_not_recorded");
      return std::nullopt;
    case meta::PlaceOwner::kAsker:
      return JudgedClaim{who, Verdict::kGranted, place.disk};
    case meta::PlaceOwner::kOtherDisk: {
      COVER("controller.place_lost");
      const meta::ShardRecord& shard = state.shards.Get(who.shard);
      return JudgedClaim{who, Verdict::kOtherDisk, meta::PlacementOf(shard, who.replica)->disk};
    }
    case meta::PlaceOwner::kNobody:
      COVER("controller.place_lost");
      return JudgedClaim{who, Verdict::kRemoved, {}};
  }
  UNREACHABLE();
}

}  // namespace

PlaceInquiry::PlaceInquiry(PlaceInquiryOptions options) : options_(std::move(options)) {
  CHECK(!options_.hosts.empty());
  CHECK_GT(options_.pause.ns, 0);
}

void PlaceInquiry::Start(ServicePort& port) {
  CHECK(port_ == nullptr);
  port_ = &port;
  asker_ = std::make_unique<Asker>(port, options_.answer_timeout, kAskerLane);
  stopped_ = port.env().tasks().NewWaitQueue();
  task_ = port.env().tasks().Spawn("controller.places", [this] { Run(); });
}

void PlaceInquiry::On(HostId, const WireMessage& message) { asker_->On(message); }

void PlaceInquiry::Stop() {
  asker_->Close();
  stopped_->WakeAll();
  port_->env().tasks().Join(task_);
}

// A configured member waits from the start of its host on or never: once none does, none will.
void PlaceInquiry::Run() {
  for (size_t at = 0; !asker_->closed();) {
    if (port_->PlacesInQuestion().places.empty()) return;
    if (ReadFrom(options_.hosts[at])) {
      Judge(port_->PlacesInQuestion());
    } else {
      at = (at + 1) % options_.hosts.size();
    }
    if (asker_->closed()) return;
    stopped_->WaitUntil(port_->env().clock().Now() + options_.pause);
  }
}

bool PlaceInquiry::ReadFrom(HostId host) {
  const auto reply = asker_->Query(host, meta::kMetadataShard, meta::ImageUnlessAt(state_.version));
  if (!reply.has_value() || reply->outcome != Outcome::kCompleted) return false;
  if (reply->response.empty()) return true;
  std::optional<meta::State> state = meta::DecodeState(reply->response);
  if (!state.has_value()) return false;
  state_ = *std::move(state);
  return true;
}

// The host takes it in its next turn, like any message of its services.
void PlaceInquiry::Judge(const OpenPlaces& open) {
  const HostId host = port_->env().host();
  auto verdict = std::make_unique<FoundingVerdict>();
  verdict->from_host = host;
  verdict->disk = open.disk;
  for (const ReplicaIdentity& who : open.places) {
    const meta::AskedPlace place{{who.shard, who.replica}, host, open.disk};
    if (const auto judged = VerdictOn(state_, place)) verdict->judged.push_back(*judged);
  }
  if (!verdict->judged.empty()) port_->Send(host, std::move(verdict));
}

}  // namespace ww::raft
