// Link: one direction between two hosts. Rules, order, bandwidth, cuts, clogs and decision streams.
//
// A link decides what happens to a message and when; the network carries it out. Links stand in one
// dense table whose indices stay valid while hosts join.
//
// Invariants: arrivals in order are strictly later one after the other; a stream is opened when its
// fault kind is first met while on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/decisions.h"
#include "sim/network.h"
#include "sim/sites.h"

namespace ww::sim {

// What the streams of a link say about one message.
struct LinkFate {
  Duration delay;
  bool lost = false;
  bool duplicated = false;
  bool reordered = false;
  Duration reordered_by;  // Later than usual.
  bool corrupted = false;
  bool truncated = false;
};

// A message's place in the history of its link: it is lost when the link was cut or reset since.
struct LinkEpoch {
  uint32_t cuts = 0;
  uint32_t resets = 0;
};

class Link {
 public:
  Link(HostId from, HostId to, const LinkRules& rules) : from_(from), to_(to), rules_(rules) {}

  HostId from() const { return from_; }
  HostId to() const { return to_; }
  LinkRules& rules() { return rules_; }

  // Not cut, and nothing is on but the delay.
  bool calm() const {
    return cut_depth_ == 0 && rules_.bytes_per_second == 0 && !rules_.loss_on &&
           !rules_.duplication_on && !rules_.reordering_on && !rules_.corruption_on &&
           !rules_.truncation_on;
  }
  // Draws once from the stream of each kind that is on, whatever the others said.
  LinkFate Draw(Decisions& decisions, uint32_t kind) {
    LinkFate fate{.delay = DrawDelay(decisions, kind), .reordered_by = {}};
    if (rules_.loss_on || rules_.duplication_on || rules_.reordering_on) {
      DrawFaults(decisions, kind, fate);
    }
    if (rules_.corruption_on || rules_.truncation_on) DrawDamage(decisions, kind, fate);
    return fate;
  }
  Duration DrawDelay(Decisions& decisions, uint32_t kind) {
    return decisions.Delay(Opened(delay_, decisions, sites::kNetDelay), rules_.delay, kind);
  }
  // What is left of the bytes of a message whose fate is to be damaged.
  void Damage(Decisions& decisions, const LinkFate& fate, uint32_t kind, std::string& bytes);
  // Whether a rule for a message kind acts.
  bool DrawKindRule(Decisions& decisions, Ratio ratio, uint32_t kind);

  // Whether a message of that size finds room before the wire.
  bool HasRoom(TrueTime now, uint64_t bytes) const {
    return rules_.bytes_per_second == 0 || HasRoomBeforeWire(now, bytes);
  }
  // Takes the wire; returns when the last byte has left. `now` without a bandwidth.
  TrueTime Transmit(TrueTime now, uint64_t bytes) {
    return rules_.bytes_per_second == 0 ? now : TransmitOverWire(now, bytes);
  }
  // The arrival of the next message of the stream that is not due before `earliest`.
  TrueTime InOrder(TrueTime earliest) {
    last_arrival_ = std::max(earliest, last_arrival_ + Nanoseconds(1));
    return last_arrival_;
  }

  void Cut();
  void Heal();  // Without effect when not cut.
  bool is_cut() const { return cut_depth_ > 0; }
  void Clog() { ++clog_depth_; }
  void Release();  // Without effect when not clogged.
  bool clogged() const { return clog_depth_ > 0; }
  void Reset() { ++epoch_.resets; }
  // Undoes every cut and clog.
  void Restore();
  LinkEpoch epoch() const { return epoch_; }

  // Slots of messages that arrived while the link was clogged, oldest first.
  std::deque<uint32_t>& held() { return held_; }
  // Whether an event is due that delivers the first held message.
  bool draining = false;

 private:
  Stream& Opened(Stream*& stream, Decisions& decisions, const Site& site) {
    if (stream == nullptr) [[unlikely]]
      stream = &decisions.Open(site, StreamKey(from_.value, to_.value));
    return *stream;
  }
  void DrawFaults(Decisions& decisions, uint32_t kind, LinkFate& fate);
  void DrawDamage(Decisions& decisions, uint32_t kind, LinkFate& fate);
  bool HasRoomBeforeWire(TrueTime now, uint64_t bytes) const;
  TrueTime TransmitOverWire(TrueTime now, uint64_t bytes);

  HostId from_;
  HostId to_;
  LinkRules rules_;
  TrueTime last_arrival_{-1};
  TrueTime wire_free_;
  LinkEpoch epoch_;
  uint32_t cut_depth_ = 0;
  uint32_t clog_depth_ = 0;
  Stream* delay_ = nullptr;
  Stream* loss_ = nullptr;
  Stream* duplicate_ = nullptr;
  Stream* reorder_ = nullptr;
  Stream* kind_rule_ = nullptr;
  Stream* corrupt_ = nullptr;
  Stream* truncate_ = nullptr;
  std::deque<uint32_t> held_;
};

// All links between the hosts 1..n. Host n adds its links in one piece at the end, so the index of
// a link never changes; references last until a host joins.
class LinkTable {
 public:
  // Requires: hosts join in the order of their ids, which count from 1.
  void AddHost(HostId host, const LinkRules& rules);
  uint32_t IndexOf(HostId from, HostId to) const {
    CHECK(!from.none() && from.value <= hosts_);
    CHECK(!to.none() && to.value <= hosts_);
    const uint64_t f = from.value - 1;
    const uint64_t t = to.value - 1;
    return static_cast<uint32_t>(f >= t ? f * f + t : t * t + t + 1 + f);
  }
  Link& at(uint32_t index) { return links_[index]; }
  size_t size() const { return links_.size(); }
  size_t hosts() const { return hosts_; }
  // The rules that the link was added with.
  const LinkRules& added_with(uint32_t index) const;

 private:
  size_t hosts_ = 0;
  std::vector<Link> links_;
  std::vector<LinkRules> rules_of_host_;
};

}  // namespace ww::sim
