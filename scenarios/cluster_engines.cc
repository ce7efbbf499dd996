// Cluster: the process of an engine's host, and what lives in it beside the engine.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "raft/controller/place_inquiry.h"
#include "scenarios/bind/env.h"
#include "scenarios/bind/host_listener.h"
#include "scenarios/cluster.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

constexpr Ratio kBuggifyRatio(1, 8);

raft::PlaceInquiryOptions InquiryOf(const raft::ControllerOptions& controllers) {
  raft::PlaceInquiryOptions options;
  for (const raft::meta::HostSeat& host : controllers.file.found.hosts) {
    options.hosts.push_back(host.host);
  }
  options.answer_timeout = controllers.answer_timeout;
  options.pause = controllers.pause;
  return options;
}

}  // namespace

void Cluster::RunEngine(sim::Process& process) {
  const HostId host = process.host().id();
  EngineSlot& slot = engines_[host.value];
  observer_->HostStarted(host, process.incarnation());
  HostObserver observer(*observer_, host, process.incarnation());
  const Ratio buggify = spec_.buggify ? kBuggifyRatio : Ratio::Never();
  bind::SimEnv env(process, observer,
                   bind::SimEnvOptions{.buggify = buggify, .watcher = &observer});
  std::vector<std::unique_ptr<HostListener>> listeners;
  raft::Host engine(env, slot.config);
  for (uint32_t number = 1; number <= spec_.listeners; ++number) {
    listeners.push_back(std::make_unique<HostListener>(process, *observer_, number));
    engine.AddListener(*listeners.back());
  }
  std::optional<raft::Controller> controller;
  std::optional<raft::PlaceInquiry> inquiry;
  if (spec_.control.has_value()) {
    const raft::ControllerOptions options = ControllerOf();
    inquiry.emplace(InquiryOf(options));
    engine.AddService(*inquiry);
    controller.emplace(options);
    engine.AddService(*controller);
    engine.AddListener(*controller);
  }
  std::optional<SupervisedInstance> instance;
  if (StartsFromNothing() && host.value <= ConfigurationOf(host).instances.size()) {
    instance.emplace(FirstStartAnnouncement{ConfigurationOf(host), places_.back().shard, host},
                     spec_.engine.election_timeout, *observer_);
    engine.AddService(instance->service());
    slot.instance = &*instance;
  }
  std::optional<raft::failover::ConfiguredWriter> writer;
  if (spec_.configured.has_value() && view_.ReplicaOn(places_.front().shard, host) != nullptr) {
    writer.emplace(ConfiguredOf(ConfigurationOf(host), places_, spec_.engine.election_timeout));
    engine.AddService(*writer);
    slot.writer = &*writer;
  }
  std::optional<LeasedInstance> leased;
  std::optional<CoordinatingHost> coordinating;
  if (spec_.failover.has_value()) {
    const std::vector<HostId> hosts = InstanceHosts(*spec_.failover, places_);
    if (std::find(hosts.begin(), hosts.end(), host) != hosts.end()) {
      leased.emplace(host, *observer_);
      engine.AddService(leased->service());
    }
    if (Coordinates(host)) {
      coordinating.emplace(CoordinatorOf(*spec_.failover, ConfigurationOf(host), places_,
                                         spec_.engine.election_timeout),
                           host, *observer_);
      engine.AddService(coordinating->service());
      slot.coordinator = &*coordinating;
    }
  }
  slot.engine = &engine;
  const absl::Cleanup forget = [&slot] {
    slot.engine = nullptr;
    slot.instance = nullptr;
    slot.writer = nullptr;
    slot.coordinator = nullptr;
  };
  const absl::Status status = engine.Run();
  observer_->EngineExited(host, status);
  if (!absl::IsDataLoss(status)) RestartLater(host, process.incarnation());
}

bool Cluster::Coordinates(HostId host) const {
  CHECK(spec_.failover.has_value());
  return host.value + spec_.failover->coordinators > spec_.hosts;
}

}  // namespace ww::scenarios
