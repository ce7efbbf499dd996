// Rules: where the engine's profiles differ, one named rule each.
//
// Every rule is a promise. The hardened profile keeps all of them; dragonboat-v4 keeps none, which
// is what that system documents and does. A profile is a set of values and nothing else: code asks
// for one rule at the place where it matters, never for the profile.
//
// All replicas of a shard have to be given the same rules: some are judged by each replica again.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ww::raft {

struct Rules {
  // --- Elections ---
  bool pre_vote = true;           // Nobody campaigns without having asked before (Raft 9.6).
  bool check_quorum = true;       // A leader without a quorum steps down (6.2), and who hears one
                                  // helps nobody else (4.2.3).
  bool removed_not_heard = true;  // Requests for votes of removed replicas change nothing.
  bool orders_of_members = true;  // Only members are heard over a living leader because their
                                  // leader told them to campaign (3.10).
  // --- Commitment ---
  bool own_copy_durable = true;    // A leader's own copy counts once it is durable, not when it is
                                   // appended. Shows where a leader decides alone: answers of
                                   // others are handled after the leader's own sync either way.
  bool committed_compared = true;  // A follower compares entries also where it has committed.
  // --- Membership ---
  bool own_term_committed = true;  // No change before the leader has committed in its term.
  bool live_quorum = true;         // No change that leaves no quorum of live, caught-up voters.
  bool caught_up = true;           // Nobody who lags is promoted.
  bool members_deleted = true;     // Only members are deleted; otherwise any id is, and is burnt.
  bool zero_refused = true;        // Replica id 0 is refused; otherwise it becomes a member, and
                                   // everything but the membership takes no notice.
  bool refusals_explained = true;  // A refused change has its reason.
  bool removed_told = true;        // A removed replica is told, and its data goes for ever; else it
                                   // just stops, when its own removal happens to reach it.
  bool disks_bound = true;         // Initial members take part once the others have let their disk
                                   // in; otherwise a wiped machine begins again as who it was.
  bool contradictions_contained = true;  // A replica that is told what can't be true together with
                                         // what is committed stops alone; otherwise its process
                                         // ends, with all shards of the host.
  // --- Reads and transfers ---
  bool reads_keep_context = true;  // Each forwarded read is answered with its own context, not with
                                   // that of the newest read confirmed with it.
  bool transfers_reported = true;  // Who asks for a transfer is told how it ended, and it is tried
                                   // again; otherwise it is begun, once, to the target named.

  friend bool operator==(const Rules&, const Rules&) = default;
};

enum class Profile : uint8_t { kHardened, kDragonboatV4 };
Rules RulesOf(Profile profile);
std::string_view NameOf(Profile profile);
std::optional<Profile> ProfileFromName(std::string_view name);

struct RuleInfo {
  std::string_view name;  // Stable, used in scenarios.
  bool Rules::*rule;
};
// Every rule, in the order above.
std::span<const RuleInfo> AllRules();

}  // namespace ww::raft
