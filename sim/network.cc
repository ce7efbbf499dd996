#include "sim/network.h"

#include <utility>

#include "sim/base/check.h"
#include "sim/host.h"
#include "sim/kind_rules.h"
#include "sim/link.h"
#include "sim/scheduler.h"
#include "sim/world.h"

namespace ww::sim {

const char* NameOf(DropReason reason) {
  switch (reason) {
    case DropReason::kLoss:
      return "loss";
    case DropReason::kCut:
      return "cut";
    case DropReason::kQueueFull:
      return "queue_full";
    case DropReason::kReset:
      return "reset";
    case DropReason::kKindRule:
      return "kind_rule";
    case DropReason::kNoProcess:
      return "no_process";
  }
  UNREACHABLE();
}

struct Network::State {
  // A message with what is asked of it once, when it is sent.
  struct Parcel {
    explicit Parcel(std::unique_ptr<WireMessage> its_message)
        : message(std::move(its_message)),
          digest(message->digest()),
          bytes(message->encoded_size()),
          kind(message->kind()) {}
    Parcel(std::unique_ptr<WireMessage> copy, const Parcel& original)
        : message(std::move(copy)),
          digest(original.digest),
          bytes(original.bytes),
          kind(original.kind) {}

    std::unique_ptr<WireMessage> message;
    uint64_t digest;
    uint64_t bytes;
    uint32_t kind;
  };
  // A message between Send and its inbox. An event names it by its slot.
  struct InFlight {
    std::optional<Parcel> parcel;
    uint32_t link = 0;
    LinkEpoch epoch;
  };
  // Who hears what arrives at a host. The inbox may be gone once its incarnation is dead.
  struct Listener {
    Host* host = nullptr;
    Inbox* inbox = nullptr;
    Incarnation incarnation;
  };

  State(World& its_world, Decisions& its_decisions)
      : world(its_world), decisions(its_decisions), scheduler(its_world.scheduler()) {}

  Link& LinkOf(HostId from, HostId to) { return links.at(links.IndexOf(from, to)); }
  TrueTime now() const { return scheduler.now(); }

  // --- Sending ---
  void Send(uint32_t link_index, Parcel parcel);
  void Transmit(uint32_t link_index, Parcel&& parcel, Duration extra);
  void Schedule(uint32_t link_index, Parcel&& parcel, TrueTime when);
  void Drop(const Link& link, const Parcel& parcel, DropReason reason);

  // --- Arriving ---
  static void OnArrival(void* state, uint64_t slot);
  static void OnDrain(void* state, uint64_t link_index);
  void Arrive(uint32_t slot);
  void Hold(Link& link, uint32_t slot);
  void Drain(uint32_t link_index);
  void ScheduleDrain(uint32_t link_index);
  void Deliver(uint32_t slot);
  Inbox* ListenerOn(HostId host) const;

  // --- Slots ---
  uint32_t TakeSlot(uint32_t link_index, Parcel&& parcel);
  Parcel FreeSlot(uint32_t slot);

  World& world;
  Decisions& decisions;
  Scheduler& scheduler;
  LinkTable links;
  KindRules kind_rules;
  std::vector<Listener> listeners;  // By host id - 1.
  std::vector<InFlight> slots;
  std::vector<uint32_t> free_slots;
  NetworkCounters counters;
};

uint32_t Network::State::TakeSlot(uint32_t link_index, Parcel&& parcel) {
  if (free_slots.empty()) [[unlikely]] {
    CHECK_LT(slots.size(), kMessagesInFlightMax);
    free_slots.push_back(static_cast<uint32_t>(slots.size()));
    slots.emplace_back();
  }
  const uint32_t slot = free_slots.back();
  free_slots.pop_back();
  InFlight& in_flight = slots[slot];
  CHECK(!in_flight.parcel.has_value());
  in_flight.parcel.emplace(std::move(parcel));
  in_flight.link = link_index;
  in_flight.epoch = links.at(link_index).epoch();
  return slot;
}

Network::State::Parcel Network::State::FreeSlot(uint32_t slot) {
  std::optional<Parcel>& taken = slots[slot].parcel;
  CHECK(taken.has_value());
  Parcel parcel = std::move(*taken);
  taken.reset();
  free_slots.push_back(slot);
  return parcel;
}

void Network::State::Drop(const Link& link, const Parcel& parcel, DropReason reason) {
  ++counters.dropped;
  ++counters.dropped_for[static_cast<size_t>(reason)];
  world.journal().Record(world.kinds().net_drop, now(), link.from(), link.from(), link.to(),
                         parcel.kind, parcel.digest, reason);
}

// Rules for message kinds come before the link: what they hold is not on the wire yet.
void Network::State::Send(uint32_t link_index, Parcel parcel) {
  Link& link = links.at(link_index);
  ++counters.sent;
  world.journal().Record(world.kinds().net_send, now(), link.from(), link.from(), link.to(),
                         parcel.kind, parcel.digest, parcel.bytes);
  if (kind_rules.empty()) return Transmit(link_index, std::move(parcel), Duration{});
  KindRules::Active* active = kind_rules.Match(link.from(), link.to(), parcel.kind);
  if (active == nullptr || !link.DrawKindRule(decisions, active->rule.ratio, parcel.kind)) {
    return Transmit(link_index, std::move(parcel), Duration{});
  }
  switch (active->rule.action) {
    case KindAction::kDrop:
      return Drop(link, parcel, DropReason::kKindRule);
    case KindAction::kDelay:
      ++counters.delayed_by_kind;
      return Transmit(link_index, std::move(parcel), active->rule.delay);
    case KindAction::kHold:
      ++counters.held_by_kind;
      active->held.push_back(TakeSlot(link_index, std::move(parcel)));
      return;
  }
  UNREACHABLE();
}

// Every kind that is on draws before any of them acts, so that what one fault does moves no draw of
// another.
void Network::State::Transmit(uint32_t link_index, Parcel&& parcel, Duration extra) {
  Link& link = links.at(link_index);
  const LinkFate fate = link.Draw(decisions, parcel.kind);
  const Duration copy_delay = fate.duplicated ? link.DrawDelay(decisions, parcel.kind) : Duration{};
  if (link.is_cut()) return Drop(link, parcel, DropReason::kCut);
  if (!link.HasRoom(now(), parcel.bytes)) return Drop(link, parcel, DropReason::kQueueFull);
  const TrueTime sent = link.Transmit(now(), parcel.bytes);
  std::optional<Parcel> copy;
  if (fate.duplicated) copy.emplace(parcel.message->Clone(), parcel);
  if (fate.lost) {
    Drop(link, parcel, DropReason::kLoss);
  } else if (fate.reordered || extra > Duration{}) {
    if (fate.reordered) ++counters.reordered;
    Schedule(link_index, std::move(parcel), sent + fate.delay + fate.reordered_by + extra);
  } else {
    Schedule(link_index, std::move(parcel), link.InOrder(sent + fate.delay));
  }
  if (copy.has_value()) {
    ++counters.duplicated;
    Schedule(link_index, std::move(*copy), link.InOrder(sent + copy_delay));
  }
}

void Network::State::Schedule(uint32_t link_index, Parcel&& parcel, TrueTime when) {
  const HostId target = links.at(link_index).to();
  const uint32_t slot = TakeSlot(link_index, std::move(parcel));
  scheduler.At(when, {.target = target,
                      .event_class = EventClass::kDelivery,
                      .callback = &OnArrival,
                      .object = this,
                      .argument = slot});
}

void Network::State::OnArrival(void* state, uint64_t slot) {
  static_cast<State*>(state)->Arrive(static_cast<uint32_t>(slot));
}

void Network::State::OnDrain(void* state, uint64_t link_index) {
  static_cast<State*>(state)->Drain(static_cast<uint32_t>(link_index));
}

void Network::State::Arrive(uint32_t slot) {
  Link& link = links.at(slots[slot].link);
  // Behind held messages also an open link must wait its turn, or it would overtake them.
  if (link.clogged() || !link.held().empty()) [[unlikely]] {
    Hold(link, slot);
  } else {
    Deliver(slot);
  }
}

void Network::State::Hold(Link& link, uint32_t slot) {
  if (link.held().size() < kMessagesHeldMax) {
    ++counters.held_by_clog;
    link.held().push_back(slot);
    return;
  }
  const Parcel parcel = FreeSlot(slot);
  Drop(link, parcel, DropReason::kQueueFull);
}

// Delivers one held message and comes back a nanosecond later for the next, so that a released link
// has the spacing of any other.
void Network::State::Drain(uint32_t link_index) {
  Link& link = links.at(link_index);
  link.draining = false;
  if (link.clogged() || link.held().empty()) return;
  const uint32_t slot = link.held().front();
  link.held().pop_front();
  ScheduleDrain(link_index);
  Deliver(slot);
}

void Network::State::ScheduleDrain(uint32_t link_index) {
  Link& link = links.at(link_index);
  if (link.draining || link.clogged() || link.held().empty()) return;
  link.draining = true;
  scheduler.At(now() + Nanoseconds(1), {.target = link.to(),
                                        .event_class = EventClass::kDelivery,
                                        .callback = &OnDrain,
                                        .object = this,
                                        .argument = link_index});
}

// The slot is given back first: the receiver may send, and slots may move.
void Network::State::Deliver(uint32_t slot) {
  const LinkEpoch sent_in = slots[slot].epoch;
  const Link& link = links.at(slots[slot].link);
  Parcel parcel = FreeSlot(slot);
  if (sent_in.cuts != link.epoch().cuts) return Drop(link, parcel, DropReason::kCut);
  if (sent_in.resets != link.epoch().resets) return Drop(link, parcel, DropReason::kReset);
  Inbox* inbox = ListenerOn(link.to());
  if (inbox == nullptr) return Drop(link, parcel, DropReason::kNoProcess);
  ++counters.delivered;
  world.journal().Record(world.kinds().net_deliver, now(), link.to(), link.from(), link.to(),
                         parcel.kind, parcel.digest);
  inbox->Deliver({.from = link.from(), .message = std::move(parcel.message)});
}

Inbox* Network::State::ListenerOn(HostId host) const {
  const Listener& listener = listeners[host.value - 1];
  if (listener.inbox == nullptr || !listener.host->up()) return nullptr;
  return listener.incarnation == listener.host->incarnation() ? listener.inbox : nullptr;
}

Network::Network(World& world, Decisions& decisions)
    : state_(std::make_unique<State>(world, decisions)) {}

Network::~Network() = default;

void Network::AddHost(HostId host, const LinkRules& rules) {
  state_->links.AddHost(host, rules);
  state_->listeners.emplace_back();
}

void Network::Send(Process& sender, HostId to, std::unique_ptr<WireMessage> message) {
  CHECK(sender.alive());
  CHECK(message != nullptr);
  const uint32_t link = state_->links.IndexOf(sender.host().id(), to);
  state_->Send(link, State::Parcel(std::move(message)));
}

void Network::Listen(Process& process, Inbox& inbox) {
  CHECK(process.alive());
  const HostId host = process.host().id();
  CHECK(state_->ListenerOn(host) == nullptr, "a process listens with one inbox");
  state_->listeners[host.value - 1] = {&process.host(), &inbox, process.incarnation()};
}

void Network::StopListening(Process& process) {
  State::Listener& listener = state_->listeners[process.host().id().value - 1];
  // A dead incarnation may stop late, when the next one listens already.
  if (listener.incarnation == process.incarnation()) listener = {};
}

LinkRules& Network::rules(HostId from, HostId to) { return state_->LinkOf(from, to).rules(); }

void Network::Cut(HostId from, HostId to) { state_->LinkOf(from, to).Cut(); }

void Network::Heal(HostId from, HostId to) { state_->LinkOf(from, to).Heal(); }

bool Network::Connected(HostId from, HostId to) const {
  const Link& link = state_->LinkOf(from, to);
  return !link.is_cut() && !link.clogged();
}

void Network::Clog(HostId from, HostId to) { state_->LinkOf(from, to).Clog(); }

void Network::Release(HostId from, HostId to) {
  const uint32_t index = state_->links.IndexOf(from, to);
  state_->links.at(index).Release();
  state_->ScheduleDrain(index);
}

void Network::Reset(HostId from, HostId to) { state_->LinkOf(from, to).Reset(); }

KindRuleId Network::AddKindRule(const KindRule& rule) { return state_->kind_rules.Add(rule); }

void Network::RemoveKindRule(KindRuleId id) {
  for (const uint32_t slot : state_->kind_rules.Remove(id)) {
    const uint32_t link_index = state_->slots[slot].link;
    State::Parcel parcel = state_->FreeSlot(slot);
    state_->Transmit(link_index, std::move(parcel), Duration{});
  }
}

void Network::HealAll() {
  for (uint32_t i = 0; i < state_->links.size(); ++i) {
    Link& link = state_->links.at(i);
    link.Restore();
    link.rules() = state_->links.added_with(i);
    state_->ScheduleDrain(i);
  }
  // After the links are whole: what the rules held is sent over them.
  while (!state_->kind_rules.empty()) RemoveKindRule(state_->kind_rules.oldest());
}

const NetworkCounters& Network::counters() const { return state_->counters; }

size_t Network::in_flight() const { return state_->slots.size() - state_->free_slots.size(); }

}  // namespace ww::sim
