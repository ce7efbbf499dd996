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
    case DropReason::kDamaged:
      return "damaged";
  }
  UNREACHABLE();
}

struct Network::State {
  // A message between Send and its inbox, with what is asked of it once, when it is sent. It is
  // built where it stays: an event names it by its slot.
  struct InFlight {
    std::unique_ptr<WireMessage> message;  // Null: the slot is free.
    uint64_t digest = 0;
    uint64_t bytes = 0;
    uint32_t kind = 0;
    uint32_t link = 0;
    LinkEpoch epoch;
    bool refused = false;  // It was damaged, and its receiver will see that.
  };
  static constexpr uint32_t kNoSlot = UINT32_MAX;
  // Who hears what arrives at a host. The inbox may be gone once its incarnation is dead.
  struct Listener {
    Host* host = nullptr;
    Inbox* inbox = nullptr;
    Incarnation incarnation;
  };

  State(World& its_world, Decisions& its_decisions)
      : world(its_world),
        decisions(its_decisions),
        scheduler(its_world.scheduler()),
        journal(its_world.journal()),
        kinds(its_world.kinds()) {}

  Link& LinkOf(HostId from, HostId to) { return links.at(links.IndexOf(from, to)); }
  TrueTime now() const { return scheduler.now(); }

  // --- Sending ---
  void Send(uint32_t slot);
  void SendByRule(uint32_t slot);
  void Transmit(uint32_t slot, Duration extra);
  void TransmitOverFaults(uint32_t slot, Duration extra);
  uint32_t CopyOf(uint32_t slot);
  // The message becomes what its receiver makes of its damaged bytes.
  void Damage(uint32_t slot, Link& link, const LinkFate& fate);
  void Schedule(uint32_t slot, const Link& link, TrueTime when);
  // Journals the loss and gives the slot back.
  void Drop(uint32_t slot, DropReason reason);

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
  uint32_t TakeSlot() {
    if (free_slots.empty()) [[unlikely]]
      AddSlot();
    const uint32_t slot = free_slots.back();
    free_slots.pop_back();
    CHECK(slots[slot].message == nullptr);
    return slot;
  }
  void AddSlot();

  World& world;
  Decisions& decisions;
  Scheduler& scheduler;
  Journal& journal;
  const WorldKinds& kinds;
  LinkTable links;
  KindRules kind_rules;
  std::vector<Listener> listeners;  // By host id - 1.
  std::vector<InFlight> slots;
  std::vector<uint32_t> free_slots;
  NetworkCounters counters;
  const WireFormat* format = nullptr;
};

void Network::State::AddSlot() {
  CHECK_LT(slots.size(), kMessagesInFlightMax);
  free_slots.push_back(static_cast<uint32_t>(slots.size()));
  slots.emplace_back();
}

void Network::State::Drop(uint32_t slot, DropReason reason) {
  InFlight& dropped = slots[slot];
  const std::unique_ptr<WireMessage> message = std::move(dropped.message);
  dropped.refused = false;
  CHECK(message != nullptr);
  const Link& link = links.at(dropped.link);
  ++counters.dropped;
  ++counters.dropped_for[static_cast<size_t>(reason)];
  journal.Record(kinds.net_drop, now(), link.from(), link.from(), link.to(), dropped.kind,
                 dropped.digest, reason);
  free_slots.push_back(slot);
}

// Rules for message kinds come before the link: what they hold is not on the wire yet.
inline void Network::State::Send(uint32_t slot) {
  const InFlight& sent = slots[slot];
  const Link& link = links.at(sent.link);
  ++counters.sent;
  journal.Record(kinds.net_send, now(), link.from(), link.from(), link.to(), sent.kind, sent.digest,
                 sent.bytes);
  if (kind_rules.empty()) [[likely]]
    return Transmit(slot, Duration{});
  SendByRule(slot);
}

void Network::State::SendByRule(uint32_t slot) {
  const uint32_t kind = slots[slot].kind;
  Link& link = links.at(slots[slot].link);
  KindRules::Active* active = kind_rules.Match(link.from(), link.to(), kind);
  if (active == nullptr || !link.DrawKindRule(decisions, active->rule.ratio, kind)) {
    return Transmit(slot, Duration{});
  }
  switch (active->rule.action) {
    case KindAction::kDrop:
      return Drop(slot, DropReason::kKindRule);
    case KindAction::kDelay:
      ++counters.delayed_by_kind;
      return Transmit(slot, active->rule.delay);
    case KindAction::kHold:
      ++counters.held_by_kind;
      active->held.push_back(slot);
      return;
  }
  UNREACHABLE();
}

// A link without faults and bandwidth, as most are, only delays.
inline void Network::State::Transmit(uint32_t slot, Duration extra) {
  Link& link = links.at(slots[slot].link);
  if (!link.calm()) [[unlikely]]
    return TransmitOverFaults(slot, extra);
  const TrueTime earliest = now() + link.DrawDelay(decisions, slots[slot].kind);
  Schedule(slot, link, extra > Duration{} ? earliest + extra : link.InOrder(earliest));
}

// Every kind that is on draws before any of them acts, so that what one fault does moves no draw of
// another.
void Network::State::TransmitOverFaults(uint32_t slot, Duration extra) {
  const uint32_t kind = slots[slot].kind;
  const uint64_t bytes = slots[slot].bytes;
  Link& link = links.at(slots[slot].link);
  const LinkFate fate = link.Draw(decisions, kind);
  const Duration copy_delay = fate.duplicated ? link.DrawDelay(decisions, kind) : Duration{};
  if (link.is_cut()) return Drop(slot, DropReason::kCut);
  if (!link.HasRoom(now(), bytes)) return Drop(slot, DropReason::kQueueFull);
  const TrueTime sent = link.Transmit(now(), bytes);
  const uint32_t copy = fate.duplicated ? CopyOf(slot) : kNoSlot;
  if ((fate.corrupted || fate.truncated) && !fate.lost) [[unlikely]]
    Damage(slot, link, fate);
  if (fate.lost) {
    Drop(slot, DropReason::kLoss);
  } else if (fate.reordered || extra > Duration{}) {
    if (fate.reordered) ++counters.reordered;
    Schedule(slot, link, sent + fate.delay + fate.reordered_by + extra);
  } else {
    Schedule(slot, link, link.InOrder(sent + fate.delay));
  }
  if (copy == kNoSlot) return;
  ++counters.duplicated;
  Schedule(copy, link, link.InOrder(sent + copy_delay));
}

void Network::State::Damage(uint32_t slot, Link& link, const LinkFate& fate) {
  CHECK(format != nullptr, "a link damages messages that nobody can encode");
  InFlight& sent = slots[slot];
  const std::string whole = format->Encode(*sent.message);
  std::string bytes = whole;
  link.Damage(decisions, fate, sent.kind, bytes);
  if (bytes == whole) return;  // A bit flipped twice.
  if (fate.corrupted) ++counters.corrupted;
  if (fate.truncated) ++counters.truncated;
  std::unique_ptr<WireMessage> read = format->Decode(bytes);
  sent.refused = read == nullptr;
  if (sent.refused) return;
  ++counters.believed;
  sent.digest = read->digest();
  sent.kind = read->kind();
  sent.message = std::move(read);
}

uint32_t Network::State::CopyOf(uint32_t slot) {
  const uint32_t copy = TakeSlot();
  const InFlight& original = slots[slot];
  slots[copy] = {original.message->Clone(),
                 original.digest,
                 original.bytes,
                 original.kind,
                 original.link,
                 {},
                 false};
  return copy;
}

// What is scheduled is on the wire from now on: it shares the fate of its link.
inline void Network::State::Schedule(uint32_t slot, const Link& link, TrueTime when) {
  slots[slot].epoch = link.epoch();
  scheduler.At(when, {.target = link.to(),
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
  Drop(slot, DropReason::kQueueFull);
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
inline void Network::State::Deliver(uint32_t slot) {
  InFlight& arrived = slots[slot];
  const Link& link = links.at(arrived.link);
  if (arrived.epoch.cuts != link.epoch().cuts) [[unlikely]]
    return Drop(slot, DropReason::kCut);
  if (arrived.epoch.resets != link.epoch().resets) [[unlikely]]
    return Drop(slot, DropReason::kReset);
  if (arrived.refused) [[unlikely]]
    return Drop(slot, DropReason::kDamaged);
  Inbox* inbox = ListenerOn(link.to());
  if (inbox == nullptr) [[unlikely]]
    return Drop(slot, DropReason::kNoProcess);
  ++counters.delivered;
  const HostId from = link.from();
  journal.Record(kinds.net_deliver, now(), link.to(), from, link.to(), arrived.kind,
                 arrived.digest);
  std::unique_ptr<WireMessage> message = std::move(arrived.message);
  CHECK(message != nullptr);
  free_slots.push_back(slot);
  inbox->Deliver({.from = from, .message = std::move(message)});
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

void Network::SetWireFormat(const WireFormat* format) { state_->format = format; }

void Network::Send(Process& sender, HostId to, std::unique_ptr<WireMessage> message) {
  CHECK(sender.alive());
  CHECK(message != nullptr);
  const uint32_t slot = state_->TakeSlot();
  State::InFlight& sent = state_->slots[slot];
  sent.link = state_->links.IndexOf(sender.host().id(), to);
  sent.digest = message->digest();
  sent.bytes = message->encoded_size();
  sent.kind = message->kind();
  sent.message = std::move(message);
  state_->Send(slot);
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
    state_->Transmit(slot, Duration{});
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
