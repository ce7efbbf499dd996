// What lives beside the engine on this host: messages to and from it.
#include <utility>

#include "raft/core/membership.h"
#include "raft/env/no_suspend.h"
#include "raft/host/host_state.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

class Host::State::Port final : public ServicePort {
 public:
  explicit Port(State& host) : host_(host) {}
  Env& env() override { return host_.env_; }
  void Send(HostId to, std::unique_ptr<WireMessage> message) override {
    CHECK(message != nullptr);
    if (to != host_.host_) return host_.transport_.Send(to, std::move(message));
    host_.from_services_.push_back({to, std::move(message)});
    host_.arrivals_->WakeOne();
  }
  void ShutWrites(ShardId shard, WriteGate gate) override { host_.write_gates_.Shut(shard, gate); }
  void AdmitWrites(ShardId shard, WriteGate gate, const Admission& admission) override {
    host_.write_gates_.Open(shard, gate, admission);
  }
  ReplicaStanding StandingOf(ShardId shard) override {
    const Slot* slot = host_.SlotOf(shard);
    if (slot == nullptr) return {};
    const bool votes = RoleOf(slot->replica.membership(), slot->who.replica) == MemberRole::kVoter;
    return {slot->who.replica, slot->replica.term(), slot->leads(), votes};
  }
  OpenPlaces PlacesInQuestion() override {
    OpenPlaces open{host_.log_->tail().disk, {}};
    for (const Founding& founding : host_.foundings_) {
      if (founding.by_service) open.places.push_back(founding.who);
    }
    return open;
  }

 private:
  State& host_;
};

void Host::State::AddService(Service& service) {
  CHECK(!started_);
  services_.push_back(&service);
}

void Host::State::StartServices() {
  CHECK(started_);
  port_ = std::make_unique<Port>(*this);
  for (Service* service : services_) service->Start(*port_);
}

void Host::State::StopServices() {
  CHECK(!failure_.ok());
  for (Service* service : services_) service->Stop();
}

// To whoever asked: a service of this host hears at once.
void Host::State::Reply(HostId to, std::unique_ptr<WireMessage> message) {
  CHECK(!to.none());
  if (to != host_) return transport_.Send(to, std::move(message));
  TellServices({to, std::move(message)});
}

void Host::State::TellServices(const Delivery& delivery) {
  const NoSuspend guard(env_);
  if (services_.empty()) COVER("host.stray_message");
  for (Service* service : services_) service->On(delivery.from, *delivery.message);
}

// Whether the request is of the newest controller that this host knows, or of nobody who is fenced.
// The record of a new term stands in the log before anything that the request brings about.
bool Host::State::Heeds(const AdminRequest& request) {
  const Term term = request.stamp.term;
  if (term.none()) return true;
  const bool heeded = term >= controller_term_;
  observer_.On(ControllerCommand{request.shard, term, request.stamp.version, NameOf(request.action),
                                 heeded});
  if (term > controller_term_) {
    controller_term_ = term;
    queue_.Push(kNoSlot, kHostItself, HardState{term, ReplicaId()});
  }
  if (!heeded) COVER("host.stale_controller");
  CHECK_LE(term, controller_term_);
  return heeded;
}

}  // namespace ww::raft
