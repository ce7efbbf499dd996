#include "scenarios/checks/listeners.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/checks/bounds.h"

namespace ww::checks {

using enum PropertyId;

void ListenerChecks::On(const ListenerAdded& event) {
  std::erase_if(listeners_, [&event](const Listener& listener) {
    return listener.host == event.host && listener.incarnation != event.incarnation;
  });
  listeners_.push_back({event.host, event.incarnation, event.listener, event.prompt, false, {}});
}

void ListenerChecks::On(const HostCrashed& event) {
  for (Listener& listener : listeners_) {
    if (listener.host != event.host) continue;
    listener.ended = true;
    listener.owed.clear();
  }
}

void ListenerChecks::On(const EngineReturned& event) {
  for (Listener& listener : listeners_) {
    if (listener.host != event.host || listener.ended) continue;
    reporter_.Count(kEventsInOrder);
    if (!listener.owed.empty()) ReportOwed(listener, "when its engine returns");
    listener.ended = true;
  }
}

ListenerChecks::Known& ListenerChecks::KnownOf(Ghost::Where where) {
  if (known_.size() <= where.shard.slot) known_.resize(where.shard.slot + 1);
  std::vector<Known>& replicas = known_[where.shard.slot];
  if (replicas.size() <= where.replica.slot) replicas.resize(where.replica.slot + 1);
  return replicas[where.replica.slot];
}

void ListenerChecks::On(const ReplicaStarted& event, Ghost::Where where) {
  KnownOf(where) = {event.term, ReplicaId()};
}

void ListenerChecks::On(const RoleChanged& event, Ghost::Where where) {
  Known& known = KnownOf(where);
  const Known now{event.term, event.leader};
  if (now == known) return;
  known = now;
  for (Listener& listener : listeners_) {
    if (listener.host != where.replica.host || listener.incarnation != event.incarnation) continue;
    if (!listener.ended) listener.owed.push_back({event.who, now, reporter_.now()});
  }
}

ListenerChecks::Listener* ListenerChecks::Find(const LeaderTold& event) {
  for (Listener& listener : listeners_) {
    if (listener.host == event.host && listener.incarnation == event.incarnation &&
        listener.number == event.listener) {
      return &listener;
    }
  }
  return nullptr;
}

void ListenerChecks::On(const LeaderTold& event) {
  reporter_.Count(kEventsInOrder);
  Listener* listener = Find(event);
  if (listener != nullptr && !listener->ended) return Tell(*listener, event);
  reporter_.Report(kEventsInOrder, event.who.shard,
                   "host {}: listener {} of incarnation {} is told of leader {} in "
                   "term {} (shard {} replica {}) after that incarnation's end",
                   event.host, event.listener, event.incarnation, event.leader, event.term,
                   event.who.shard, event.who.replica);
}

// The event is the one after those of its replica that it stands for.
void ListenerChecks::Tell(Listener& listener, const LeaderTold& event) {
  std::vector<Owed>& owed = listener.owed;
  const auto of_replica = [&event](const Owed& one) { return one.who == event.who; };
  auto at = std::find_if(owed.begin(), owed.end(), of_replica);
  for (uint64_t skipped = 0; skipped < event.skipped && at != owed.end(); ++skipped) {
    at = std::find_if(owed.erase(at), owed.end(), of_replica);
  }
  const auto text = [&event] {
    return fmt::format(
        "host {}: listener {} is told that replica {} of shard {} knows leader {} "
        "in term {}, standing for {} earlier changes",
        event.host, event.listener, event.who.replica, event.who.shard, event.leader, event.term,
        event.skipped);
  };
  if (at == owed.end()) {
    reporter_.ReportText(kEventsInOrder, event.who.shard,
                         text() + ", but it has been told of every change already");
    return;
  }
  if (!(at->change == Known{event.term, event.leader}) || at->overtaken) {
    reporter_.ReportText(
        kEventsInOrder, event.who.shard,
        text() + fmt::format(", but the change it is owed next is leader {} in term {}{}",
                             at->change.leader, at->change.term,
                             at->overtaken ? ", which a later one has overtaken" : ""));
  }
  for (auto before = owed.begin(); before != at; ++before) before->overtaken = true;
  owed.erase(at);
}

void ListenerChecks::ReportOwed(const Listener& listener, const char* when) {
  const Owed& oldest = listener.owed.front();
  reporter_.Report(
      kEventsInOrder, oldest.who.shard,
      "host {}: listener {} was never told that replica {} of shard {} knows leader {} "
      "in term {} (since {}), {}",
      listener.host, listener.number, oldest.who.replica, oldest.who.shard, oldest.change.leader,
      oldest.change.term, oldest.since, when);
}

void ListenerChecks::Finish() {
  for (const Listener& listener : listeners_) {
    if (!listener.prompt || listener.ended) continue;
    reporter_.Count(kEventsInOrder);
    if (listener.owed.empty()) continue;
    if (reporter_.now() - listener.owed.front().since > election_timeout_ * kToldBound) {
      ReportOwed(listener, "by the end of the run");
    }
  }
}

}  // namespace ww::checks
