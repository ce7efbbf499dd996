#include "raft/core/rules.h"

#include <array>

#include "sim/base/check.h"

namespace ww::raft {
namespace {

constexpr RuleInfo kRules[] = {
    {"pre-vote", &Rules::pre_vote},
    {"check-quorum", &Rules::check_quorum},
    {"removed-not-heard", &Rules::removed_not_heard},
    {"orders-of-members", &Rules::orders_of_members},
    {"own-copy-durable", &Rules::own_copy_durable},
    {"committed-compared", &Rules::committed_compared},
    {"own-term-committed", &Rules::own_term_committed},
    {"live-quorum", &Rules::live_quorum},
    {"caught-up", &Rules::caught_up},
    {"members-deleted", &Rules::members_deleted},
    {"zero-refused", &Rules::zero_refused},
    {"refusals-explained", &Rules::refusals_explained},
    {"removed-told", &Rules::removed_told},
    {"disks-bound", &Rules::disks_bound},
    {"contradictions-contained", &Rules::contradictions_contained},
    {"reads-keep-context", &Rules::reads_keep_context},
    {"transfers-reported", &Rules::transfers_reported},
};
// A rule that is not in the table could not be named, and would be kept in every profile.
static_assert(sizeof(Rules) == std::size(kRules) * sizeof(bool));

constexpr std::array kProfiles = {Profile::kHardened, Profile::kDragonboatV4};

}  // namespace

std::span<const RuleInfo> AllRules() { return kRules; }

Rules RulesOf(Profile profile) {
  Rules rules;
  switch (profile) {
    case Profile::kHardened:
      return rules;
    case Profile::kDragonboatV4:
      for (const RuleInfo& info : kRules) rules.*info.rule = false;
      return rules;
  }
  UNREACHABLE("profile {}", static_cast<int>(profile));
}

std::string_view NameOf(Profile profile) {
  switch (profile) {
    case Profile::kHardened:
      return "hardened";
    case Profile::kDragonboatV4:
      return "dragonboat-v4";
  }
  UNREACHABLE("profile {}", static_cast<int>(profile));
}

std::optional<Profile> ProfileFromName(std::string_view name) {
  for (const Profile profile : kProfiles) {
    if (NameOf(profile) == name) return profile;
  }
  return std::nullopt;
}

}  // namespace ww::raft
