#include "raft/failover/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "raft/failover/first_start.h"
#include "sim/base/check.h"

namespace ww::raft::failover {
namespace {

std::string WhyNotAsked(Mode mode) {
  switch (mode) {
    case Mode::kOff:
      return "replication.failover is off: database.mode says who may write, and priorities are "
             "not asked";
    case Mode::kManual:
      return "replication.failover is manual: the configured leader leads, and priorities are not "
             "asked";
    case Mode::kElection:
      return "replication.failover is election: Raft elects, and priorities are not asked";
    case Mode::kSupervised:
      break;
  }
  UNREACHABLE();
}

std::string ReasonsOf(const std::vector<Skipped>& skipped) {
  std::string text;
  for (const Skipped& one : skipped) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", one.name, NameOf(one.reason));
  }
  return text;
}

// How many candidates have the priority of the first one.
size_t CountTies(const FailoverConfig& config, const Choice& choice) {
  CHECK(!choice.order.empty());
  const Number best = config.Find(choice.order.front())->priority.value;
  return static_cast<size_t>(std::count_if(
      choice.order.begin(), choice.order.end(),
      [&](const std::string& name) { return !best.Exceeds(config.Find(name)->priority.value); }));
}

std::string WhyChosen(const FailoverConfig& config, const Choice& choice) {
  const Instance& leader = *config.Find(choice.order.front());
  const size_t ties = CountTies(config, choice);
  CHECK_GE(ties, size_t{1});
  CHECK_LE(ties, choice.order.size());
  std::string why =
      fmt::format("{} has the highest priority, {}{}", leader.name, leader.priority.text,
                  leader.priority.given ? "" : " (the default)");
  if (choice.order.size() == 1) {
    why = fmt::format("{} is the only candidate", leader.name);
  } else if (ties > 1) {
    why += fmt::format(", and the lowest name of the {} that have it", ties);
  }
  if (!choice.skipped.empty()) why += "; skipped: " + ReasonsOf(choice.skipped);
  if (config.strategy == Strategy::kAuto) return why;
  return why + fmt::format("; with bootstrap_strategy {} the name is not used, all wait to be told",
                           NameOf(config.strategy));
}

}  // namespace

BootstrapView ViewBootstrap(const FailoverConfig& config) {
  BootstrapView view;
  if (config.mode != Mode::kSupervised) {
    view.why = WhyNotAsked(config.mode);
    return view;
  }
  view.choice = ChooseBootstrapLeader(config);
  view.leader = view.choice.chosen();
  if (!view.leader.has_value()) {
    CHECK(!view.choice.skipped.empty());
    view.why = "nobody is eligible: " + ReasonsOf(view.choice.skipped);
    return view;
  }
  view.why = WhyChosen(config, view.choice);
  const Instance& leader = *config.Find(*view.leader);
  if (leader.isolated) {
    view.warnings.push_back(fmt::format(
        "replicaset {}: {} is chosen and isolated: it does not start without data, and nobody "
        "stands in for it",
        config.replicaset, leader.name));
  }
  if (leader.learner) {
    view.warnings.push_back(fmt::format(
        "replicaset {}: {} is chosen at bootstrap, but no coordinator appoints it: it is a learner",
        config.replicaset, leader.name));
  }
  return view;
}

std::vector<std::string> DescribeWaiting(const FailoverConfig& config, const BootstrapView& view) {
  if (config.mode != Mode::kSupervised) return {};
  if (config.strategy != Strategy::kAuto) {
    return {"On the very first start all wait for an operator or a coordinator to name one."};
  }
  if (!view.leader.has_value()) {
    return {
        "On the very first start nobody creates the replicaset; all wait for another "
        "configuration."};
  }
  const uint32_t peers = PeersOf(config);
  std::vector<std::string> sentences = {fmt::format(
      "On the very first start only {} creates the replicaset, with {} of {} connections (its own "
      "included) within {} s.",
      *view.leader, ConnectionsNeeded(peers), peers, config.connect_timeout.text)};
  if (config.instances.size() > 1) {
    sentences.push_back(
        fmt::format("The others wait for {}; nobody stands in for it.", *view.leader));
  }
  return sentences;
}

}  // namespace ww::raft::failover
