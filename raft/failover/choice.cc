#include "raft/failover/choice.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft::failover {
namespace {

struct Question {
  bool learners_skipped = true;
  std::optional<std::span<const std::string>> live;  // Nothing: liveness is not asked.
};

std::optional<SkipReason> ReasonToSkip(const Instance& instance, const Question& question) {
  if (instance.anonymous) return SkipReason::kAnonymous;
  if (instance.learner && question.learners_skipped) return SkipReason::kLearner;
  // The published scan starts at -inf and takes what is strictly greater: neither ever is.
  if (instance.priority.value.nan()) return SkipReason::kNotANumber;
  if (instance.priority.value.minus_infinity()) return SkipReason::kMinusInfinity;
  if (question.live.has_value() && std::find(question.live->begin(), question.live->end(),
                                             instance.name) == question.live->end()) {
    return SkipReason::kNotLive;
  }
  return std::nullopt;
}

Choice Choose(const FailoverConfig& config, const Question& question) {
  CheckInvariants(config);
  std::vector<const Instance*> candidates;
  Choice choice;
  for (const Instance& instance : config.instances) {
    const std::optional<SkipReason> reason = ReasonToSkip(instance, question);
    if (reason.has_value()) {
      choice.skipped.push_back({instance.name, *reason});
    } else {
      candidates.push_back(&instance);
    }
  }
  // Instances stand in the order of their names: among equal priorities it stays.
  std::stable_sort(candidates.begin(), candidates.end(), [](const Instance* a, const Instance* b) {
    return a->priority.value.Exceeds(b->priority.value);
  });
  for (const Instance* candidate : candidates) choice.order.push_back(candidate->name);
  CHECK_EQ(choice.order.size() + choice.skipped.size(), config.instances.size());
  return choice;
}

}  // namespace

std::string_view NameOf(SkipReason reason) {
  switch (reason) {
    case SkipReason::kAnonymous:
      return "is anonymous";
    case SkipReason::kLearner:
      return "is a learner";
    case SkipReason::kNotANumber:
      return "has no number as its priority (nan), which never wins";
    case SkipReason::kMinusInfinity:
      return "has the priority -inf, which never wins";
    case SkipReason::kNotLive:
      return "is not live";
  }
  UNREACHABLE();
}

Choice ChooseBootstrapLeader(const FailoverConfig& config) {
  CHECK(config.mode == Mode::kSupervised, "{} is not supervised", config.replicaset);
  return Choose(config, {.learners_skipped = !LearnersMayBootstrap(config.profile), .live = {}});
}

Choice ChooseAppointee(const FailoverConfig& config, std::span<const std::string> live) {
  CHECK(config.mode == Mode::kSupervised, "{} is not supervised", config.replicaset);
  for (const std::string& name : live) CHECK(config.Find(name) != nullptr, "{}", name);
  return Choose(config, {.learners_skipped = true, .live = live});
}

std::optional<SwitchRefusal> RefuseSwitch(const FailoverConfig& config, std::string_view name) {
  const Instance* instance = config.Find(name);
  if (instance == nullptr) return SwitchRefusal::kUnknown;
  if (instance->anonymous) return SwitchRefusal::kAnonymous;
  if (instance->learner) return SwitchRefusal::kLearner;
  return std::nullopt;
}

}  // namespace ww::raft::failover
