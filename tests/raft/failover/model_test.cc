// The choice against a second implementation, written from the rule alone, on random configurations
// as text: every form of a number, names that only bytes order rightly, anonymous and learner
// mixes.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/TestMetadata.h>
#include <rapidcheck/detail/TestParams.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <sstream>

#include "raft/failover/choice.h"
#include "tests/raft/failover/published_cases.h"

namespace ww::raft::failover {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// A number as it is written, and what it is; or something that is no number there.
struct Form {
  std::string text;
  double value = 0;
  bool number = true;
};

// Few values in many forms, so that ties are frequent.
Form DrawForm() {
  const int whole = *rc::gen::inRange(-2, 3);
  const std::string sign = whole < 0 ? "-" : *rc::gen::element<std::string>("", "+");
  const std::string digits = std::to_string(whole < 0 ? -whole : whole);
  switch (*rc::gen::inRange(0, 12)) {
    case 0:
      return {sign + "0" + digits, 1.0 * whole};
    case 1:
      return {sign + "0x" + digits, 1.0 * whole};
    case 2:
      return {sign + digits + ".0", 1.0 * whole};
    case 3:
      return {sign + digits + "e0", 1.0 * whole};
    case 4:
      return {sign + digits + ".5", whole < 0 ? whole - 0.5 : whole + 0.5};
    case 5:
      return {sign + digits + "0e-1", 1.0 * whole};
    case 6:
      return *rc::gen::element<Form>(Form{"inf", kInfinity}, Form{"-inf", -kInfinity},
                                     Form{"INF", kInfinity}, Form{"1e309", kInfinity},
                                     Form{"-1e309", -kInfinity}, Form{"nan", kNan},
                                     Form{"NaN", kNan}, Form{"-nan", kNan});
    case 7:
      return *rc::gen::element<Form>(
          Form{"99999999999999", 99999999999999.0}, Form{"1e14", 1e14},
          Form{"100000000000000.0", 1e14}, Form{"9007199254740992.0", 9007199254740992.0},
          Form{"9007199254740993.0", 9007199254740992.0}, Form{"4.9e-324", 4.9e-324},
          Form{"-4.9e-324", -4.9e-324}, Form{"-0.0", 0.0}, Form{"-0", 0.0}, Form{"0x1p-1", 0.5});
    default:
      return {sign + digits, 1.0 * whole};
  }
}

Form DrawNoNumber() {
  return *rc::gen::element<Form>(
      Form{"'1'", 0, false}, Form{"\"1\"", 0, false}, Form{"null", 0, false}, Form{"~", 0, false},
      Form{"", 0, false}, Form{".inf", 0, false}, Form{".nan", 0, false}, Form{"1_000", 0, false},
      Form{"true", 0, false}, Form{"100000000000000", 0, false},
      Form{"-9223372036854775808", 0, false}, Form{"[1]", 0, false}, Form{"{}", 0, false});
}

struct Member {
  std::string name;
  bool anonymous = false;
  bool learner = false;
  std::optional<Form> priority;
};

std::string DrawName() {
  std::string name = *rc::gen::element<std::string>("a", "i", "i-", "i-1");
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    name += *rc::gen::element<std::string>("-", "_", "0", "1", "2", "9", "a", "z");
  }
  return name;
}

std::vector<Member> DrawMembers() {
  std::vector<Member> members;
  std::set<std::string> names;
  for (int i = *rc::gen::inRange(1, 8); i > 0; --i) {
    Member member;
    member.name = DrawName();
    if (!names.insert(member.name).second) continue;
    member.anonymous = *rc::gen::inRange(0, 4) == 0;
    member.learner = *rc::gen::inRange(0, 4) == 0;
    if (*rc::gen::inRange(0, 4) != 0) member.priority = DrawForm();
    if (*rc::gen::inRange(0, 40) == 0) member.priority = DrawNoNumber();
    members.push_back(member);
  }
  return members;
}

// In the order in which they were drawn; two other keys of the map come first, or last.
std::string TextOf(const std::vector<Member>& members) {
  std::string instances;
  std::string priorities;
  std::string learners;
  for (const Member& member : members) {
    instances += "            " + member.name +
                 (member.anonymous ? ": {replication: {anon: true}}\n" : ": {}\n");
    if (member.learner) learners += (learners.empty() ? "" : ", ") + member.name;
    if (!member.priority.has_value()) continue;
    priorities += "        " + member.name + ": " + member.priority->text + "\n";
  }
  return "replication: {failover: supervised}\nfailover:\n  replicasets:\n    r:\n      learners: "
         "[" +
         learners + "]\n" + (priorities.empty() ? "" : "      priority:\n" + priorities) +
         "groups:\n  g:\n    replicasets:\n      r:\n        instances:\n" + instances;
}

// --- The second implementation ---

// Whether `a` is preferred to `b`.
bool Beats(const Member& a, const Member& b) {
  const double x = a.priority.has_value() ? a.priority->value : 0.0;
  const double y = b.priority.has_value() ? b.priority->value : 0.0;
  if (x != y) return x > y;
  const std::vector<uint8_t> first(a.name.begin(), a.name.end());
  const std::vector<uint8_t> second(b.name.begin(), b.name.end());
  return first < second;
}

bool MayLead(const Member& member, bool learners_may, const std::set<std::string>* live) {
  if (member.anonymous || (member.learner && !learners_may)) return false;
  if (live != nullptr && live->count(member.name) == 0) return false;
  const double priority = member.priority.has_value() ? member.priority->value : 0.0;
  return !std::isnan(priority) && priority != -kInfinity;
}

// A tournament: who has beaten all but k of the others stands at place k.
std::vector<std::string> Tournament(const std::vector<Member>& members, bool learners_may,
                                    const std::set<std::string>* live) {
  std::vector<const Member*> eligible;
  for (const Member& member : members) {
    if (MayLead(member, learners_may, live)) eligible.push_back(&member);
  }
  std::vector<std::string> order(eligible.size());
  for (const Member* member : eligible) {
    size_t place = 0;
    for (const Member* other : eligible) place += Beats(*other, *member) ? 1 : 0;
    order[place] = member->name;
  }
  return order;
}

// --- The property ---

std::string ExpectedCode(const std::vector<Member>& members) {
  bool candidates = false;
  for (const Member& member : members) {
    if (member.priority.has_value() && !member.priority->number) return "E_SCHEMA_TYPE";
    candidates = candidates || !member.anonymous;
  }
  return candidates ? "" : "E_ALL_ANON";
}

void CompareAppointments(const FailoverConfig& config, const std::vector<Member>& members) {
  std::set<std::string> live;
  for (const Member& member : members) {
    if (*rc::gen::arbitrary<bool>()) live.insert(member.name);
  }
  const std::vector<std::string> names(live.begin(), live.end());
  RC_ASSERT(ChooseAppointee(config, names).order == Tournament(members, false, &live));
}

void CompareOne(Profile profile) {
  const std::vector<Member> members = DrawMembers();
  const std::string text = TextOf(members);
  RC_LOG() << text;
  const ReadResult result = Read(text, profile);
  const std::string expected = ExpectedCode(members);
  RC_ASSERT(CodeOf(result) == expected);
  RC_TAG(expected.empty() ? "read" : expected);
  if (!expected.empty()) return;
  const FailoverConfig& config = std::get<ClusterConfig>(result).replicasets.at(0);
  const Choice choice = ChooseBootstrapLeader(config);
  RC_ASSERT(choice.order == Tournament(members, profile == Profile::kTarantool33, nullptr));
  RC_ASSERT(choice.order.size() + choice.skipped.size() == members.size());
  CompareAppointments(config, members);
  // Whoever looks at it, and in whatever order it is written.
  const Member& viewer = *rc::gen::elementOf(members);
  std::vector<Member> reversed(members.rbegin(), members.rend());
  const ReadResult view = Read(TextOf(reversed), profile, viewer.name);
  RC_ASSERT(CodeOf(view).empty());
  RC_ASSERT(ChooseBootstrapLeader(std::get<ClusterConfig>(view).replicasets.at(0)).order ==
            choice.order);
}

void Check(const std::function<void()>& property) {
  rc::detail::TestParams params;
  params.seed = 33;
  params.maxSuccess = 4000;
  const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata(), params);
  if (!result.template is<rc::detail::SuccessResult>()) {
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    FAIL() << text.str();
  }
}

TEST(ChoiceModel, AgreesWithATournamentIn33) {
  Check([] { CompareOne(Profile::kTarantool33); });
}
TEST(ChoiceModel, AgreesWithATournamentIn34) {
  Check([] { CompareOne(Profile::kTarantool34); });
}

}  // namespace
}  // namespace ww::raft::failover
