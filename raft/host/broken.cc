// Replicas whose machine failed, that have lost what they go on from, or that are told what can't
// be true together with what they hold (raft/core/contradiction.h). Such a replica stops, alone and
// for good: its host says so (ReplicaStopped, kReplicaBroken), refuses with the reason whoever asks
// for it, and finds it marked when it starts again. Its data can be removed; then another replica
// may take its place.
#include <algorithm>

#include "raft/host/snapshots.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

// --- Host::State ---

bool Host::State::MachineCan(Slot& slot, Index index) {
  if (config_.machine_health == nullptr) return true;
  const absl::Status health = config_.machine_health(slot.who, index);
  if (health.ok()) return true;
  COVER("host.machine_broke");
  Break(slot, health);
  return false;
}

// What this step has brought about is written and told like that of any other; what waits for the
// disk to be sent is not sent any more.
void Host::State::Contain(Slot& slot, const Contradiction& contradiction) {
  CHECK(config_.rules.contradictions_contained);
  if (slot.quiet != slot.replica.quiet()) ReportRest(slot);
  Break(slot, absl::AbortedError(TextOf(contradiction)));
}

// What it has acknowledged stays in the log; nobody is told of an entry that it did not apply.
void Host::State::Break(Slot& slot, const absl::Status& why) {
  CHECK(!why.ok());
  CHECK(slot.running());
  slot.broken = why;
  Unload(slot, why);
  Tell(SystemEventKind::kReplicaBroken, slot.who);
  snapshots_->Mark(slot);
}

// --- Snapshots ---

void Host::State::Snapshots::Lose(const ReplicaIdentity& who, const absl::Status& why) {
  CHECK(!why.ok());
  if (!IsLost(who)) lost_.push_back({who, why});
}

bool Host::State::Snapshots::IsLost(const ReplicaIdentity& who) const {
  return std::any_of(lost_.begin(), lost_.end(), [&](const Lost& one) { return one.who == who; });
}

std::string Host::State::Snapshots::WhyLost(ShardId shard) const {
  for (const Lost& one : lost_) {
    const ReplicaPage* page = host_.book_.Find(one.who);
    if (one.who.shard == shard && page != nullptr && !page->fenced) {
      return std::string(one.why.message());
    }
  }
  return {};
}

// A mark that can't be written is no reason to go on: this life of the host knows without it.
void Host::State::Snapshots::Mark(Slot& slot) {
  CHECK(!slot.broken.ok());
  ++slot.pins;
  Spawn("raft.broken", [this, &slot] {
    if (!WriteMark(host_.env_, slot.who, std::string(slot.broken.message())).ok()) {
      COVER("host.mark_not_written");
    }
    Unpin(slot);
  });
}

// Marks of replicas that are gone go with them, and so does what a crash left of one.
absl::Status Host::State::Snapshots::ReadMarks(const std::vector<std::string>& names,
                                               const std::vector<ReplicaIdentity>& here) {
  for (const std::string& name : names) {
    if (!IsMarkName(name)) continue;
    const auto whose = std::find_if(here.begin(), here.end(), [&name](const ReplicaIdentity& who) {
      return MarkName(who) == name;
    });
    if (whose == here.end()) {
      const absl::Status gone = host_.env_.files().Remove(name);
      if (!gone.ok()) return gone;
      continue;
    }
    COVER("host.found_broken");
    const absl::StatusOr<std::string> why = ReadMark(host_.env_, *whose);
    Lose(*whose, absl::InternalError(why.ok() ? *why : std::string(why.status().message())));
  }
  return absl::OkStatus();
}

}  // namespace ww::raft
