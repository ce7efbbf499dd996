// Cluster: the instances of a replicaset, when they start and what they are configured with.
#include <algorithm>

#include "scenarios/cluster.h"
#include "scenarios/draw_plan.h"
#include "scenarios/sites.h"

namespace ww::scenarios {

bool Cluster::StartsFromNothing() const {
  return spec_.replicaset.has_value() ||
         (spec_.failover.has_value() && spec_.failover->from_nothing);
}

// One after the other. Healing may have started a host before its time came.
void Cluster::StartInstances() {
  const ReplicaPlace founder = places_.back();
  Announce(FirstStartAnnouncement{ConfigurationOf(founder.host), founder.shard, HostId()},
           *observer_);
  sim::Decisions& decisions = world_->decisions();
  for (size_t number = 1; number <= spec_.hosts; ++number) {
    const HostId host(number);
    sim::Stream& stream = decisions.Open(sites::kLateStart, host.value);
    // In nanoseconds: whoever replaces the draw says when.
    const Duration spread = spec_.late_start.high - spec_.late_start.low;
    const uint64_t choices = static_cast<uint64_t>(spread.ns) + 1;
    const uint64_t drawn = choices > 1 ? decisions.Uniform(stream, choices) : 0;
    Duration late = spec_.late_start.low + Nanoseconds(static_cast<int64_t>(drawn));
    if (host == founder.host) {
      late = late + DrawDuration(decisions, stream, spec_.chosen_late);
    }
    world_->At(world_->now() + late, [this, host] {
      if (!world_->host(host).up()) world_->host(host).Start();
    });
  }
}

const raft::failover::FailoverConfig& Cluster::ConfigurationOf(HostId host) const {
  const size_t configuration = engines_[host.value].configuration;
  if (configuration > 0) return spec_.edits.configs[configuration - 1];
  if (spec_.configured.has_value()) return *spec_.configured;
  return spec_.failover.has_value() ? spec_.failover->config : *spec_.replicaset;
}

// A configuration stands outside of a host's disk: one that is down finds it when it starts.
void Cluster::StartEdits() {
  sim::Decisions& decisions = world_->decisions();
  TrueTime at = world_->now();
  for (size_t edit = 1; edit <= spec_.edits.configs.size(); ++edit) {
    at = at + DrawDuration(decisions, decisions.Open(sites::kEdit, {edit}), spec_.edits.every);
    for (size_t number = 1; number <= spec_.hosts; ++number) {
      const HostId host(number);
      sim::Stream& stream = decisions.Open(sites::kEditSpread, {edit, host.value});
      const Duration late = DrawDuration(decisions, stream, spec_.edits.spread);
      world_->At(at + late, [this, host, edit] { Configure(host, edit); });
    }
  }
}

// One that comes after a newer one is late.
void Cluster::Configure(HostId host, size_t configuration) {
  EngineSlot& slot = engines_[host.value];
  if (configuration <= slot.configuration) return;
  slot.configuration = configuration;
  if (spec_.configured.has_value()) {
    AnnounceMode(host);
    if (slot.writer != nullptr) slot.writer->Reconfigure(ConfigurationOf(host));
    return;
  }
  if (spec_.failover.has_value()) {
    if (!Coordinates(host)) return;
    AnnounceEdit(host, ConfigurationOf(host), InstanceHosts(*spec_.failover, places_), *observer_);
    if (slot.coordinator != nullptr) slot.coordinator->Reconfigure(ConfigurationOf(host));
    return;
  }
  Announce(FirstStartAnnouncement{ConfigurationOf(host), places_.back().shard, host}, *observer_);
  if (slot.instance != nullptr) slot.instance->Reconfigure(ConfigurationOf(host));
}

void Cluster::AnnounceMode(HostId host) {
  const raft::failover::FailoverConfig& config =
      host.none() ? *spec_.configured : ConfigurationOf(host);
  Announce(ModeAnnouncement{config, places_, host, spec_.engine.election_timeout, OnlyCrashes()},
           *observer_);
}

bool Cluster::OnlyCrashes() const {
  const std::vector<faults::PlanItem>& items = spec_.plan.items;
  return std::all_of(items.begin(), items.end(), [](const faults::PlanItem& item) {
    return item.kind == faults::FaultKind::kCrash;
  });
}

}  // namespace ww::scenarios
