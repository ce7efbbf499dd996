#include "sim/link.h"

#include <algorithm>

#include "sim/base/check.h"
#include "sim/sites.h"

namespace ww::sim {
namespace {

constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr uint64_t kFlipsMax = 4;
using Wide = unsigned __int128;  // Bytes times nanoseconds.

}  // namespace

bool Link::DrawKindRule(Decisions& decisions, Ratio ratio, uint32_t kind) {
  return decisions.Chance(Opened(kind_rule_, decisions, sites::kNetKindRule), ratio, kind);
}

void Link::DrawFaults(Decisions& decisions, uint32_t kind, LinkFate& fate) {
  if (rules_.loss_on) {
    fate.lost = decisions.Chance(Opened(loss_, decisions, sites::kNetLoss), rules_.loss, kind);
  }
  if (rules_.duplication_on) {
    fate.duplicated = decisions.Chance(Opened(duplicate_, decisions, sites::kNetDuplicate),
                                       rules_.duplication, kind);
  }
  if (rules_.reordering_on) {
    Stream& stream = Opened(reorder_, decisions, sites::kNetReorder);
    fate.reordered = decisions.Chance(stream, rules_.reordering, kind);
    if (fate.reordered) {
      const uint64_t bound = static_cast<uint64_t>(rules_.reordering_max.ns) + 1;
      fate.reordered_by = Nanoseconds(static_cast<int64_t>(decisions.Uniform(stream, bound, kind)));
    }
  }
}

void Link::DrawDamage(Decisions& decisions, uint32_t kind, LinkFate& fate) {
  if (rules_.corruption_on) {
    Stream& stream = Opened(corrupt_, decisions, sites::kNetCorrupt);
    fate.corrupted = decisions.Chance(stream, rules_.corruption, kind);
  }
  if (rules_.truncation_on) {
    Stream& stream = Opened(truncate_, decisions, sites::kNetTruncate);
    fate.truncated = decisions.Chance(stream, rules_.truncation, kind);
  }
}

// Zero is the least harm: one bit, or the last byte.
void Link::Damage(Decisions& decisions, const LinkFate& fate, uint32_t kind, std::string& bytes) {
  CHECK(!bytes.empty());
  if (fate.corrupted) {
    const uint64_t flips = 1 + decisions.Uniform(*corrupt_, kFlipsMax, kind);
    for (uint64_t i = 0; i < flips; ++i) {
      const uint64_t at = decisions.Uniform(*corrupt_, bytes.size(), kind);
      const uint64_t bit = decisions.Uniform(*corrupt_, 8, kind);
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    }
  }
  if (fate.truncated) {
    bytes.resize(bytes.size() - 1 - decisions.Uniform(*truncate_, bytes.size(), kind));
  }
}

bool Link::HasRoomBeforeWire(TrueTime now, uint64_t bytes) const {
  if (rules_.queue_bytes_max == 0) return true;
  if (wire_free_ <= now) return true;  // An idle wire takes a message of any size.
  const Wide backlog_ns = static_cast<Wide>((wire_free_ - now).ns);
  const Wide waiting = backlog_ns * rules_.bytes_per_second / kNanosecondsPerSecond;
  return waiting + bytes <= rules_.queue_bytes_max;
}

TrueTime Link::TransmitOverWire(TrueTime now, uint64_t bytes) {
  const Wide takes_ns = Wide{bytes} * kNanosecondsPerSecond / rules_.bytes_per_second;
  CHECK(takes_ns < (Wide{1} << 52), "a message of {} bytes never leaves", bytes);
  wire_free_ = std::max(now, wire_free_) + Nanoseconds(static_cast<int64_t>(takes_ns));
  return wire_free_;
}

void Link::Cut() {
  ++cut_depth_;
  ++epoch_.cuts;  // What is in flight is of an older epoch, and lost.
}

void Link::Heal() {
  if (cut_depth_ > 0) --cut_depth_;
}

void Link::Release() {
  if (clog_depth_ > 0) --clog_depth_;
}

void Link::Restore() {
  cut_depth_ = 0;
  clog_depth_ = 0;
}

void LinkTable::AddHost(HostId host, const LinkRules& rules) {
  CHECK_EQ(host.value, hosts_ + 1);
  ++hosts_;
  rules_of_host_.push_back(rules);
  // The order that IndexOf counts on: from the new host to 1..n, then from 1..n-1 to it.
  for (uint64_t to = 1; to <= hosts_; ++to) links_.emplace_back(host, HostId(to), rules);
  for (uint64_t from = 1; from < hosts_; ++from) links_.emplace_back(HostId(from), host, rules);
  CHECK_EQ(links_.size(), hosts_ * hosts_);
}

const LinkRules& LinkTable::added_with(uint32_t index) const {
  const Link& link = links_[index];
  return rules_of_host_[std::max(link.from(), link.to()).value - 1];
}

}  // namespace ww::sim
