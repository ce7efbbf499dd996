#include "scenarios/fuzz/simpler.h"

#include <utility>

namespace ww::scenarios::fuzz {
namespace {

using faults::FaultKind;

constexpr Duration kStep = Milliseconds(100);

// Half as long, in whole steps; nothing when it is a step already.
std::optional<Duration> Half(Duration duration) {
  if (duration <= kStep) return std::nullopt;
  return kStep * ((duration.ns / 2) / kStep.ns);
}

std::vector<Command> SimplerOperation(const Operation& operation) {
  std::vector<Command> simpler;
  if (!operation.waits) {
    Operation patient = operation;
    patient.waits = true;
    simpler.push_back(patient);
  }
  if (const std::optional<Duration> half = Half(operation.lasting)) {
    Operation shorter = operation;
    shorter.lasting = std::max(kStep, *half);
    simpler.push_back(shorter);
  }
  return simpler;
}

// A crash is what everybody knows.
bool HasSimplerKind(FaultKind kind) {
  return kind == FaultKind::kPowerLoss || kind == FaultKind::kPause ||
         kind == FaultKind::kWipeDisk || kind == FaultKind::kLoseHost;
}

std::vector<Command> SimplerFault(const Fault& fault) {
  std::vector<Command> simpler;
  const auto offer = [&](auto change) {
    Fault other = fault;
    change(other);
    simpler.push_back(other);
  };
  if (fault.delay > Duration{}) offer([](Fault& one) { one.delay = {}; });
  if (fault.moment == Moment::kDuring) offer([](Fault& one) { one.moment = Moment::kHere; });
  const bool counted = fault.moment == Moment::kCall || fault.moment == Moment::kDeed;
  if (counted && fault.call > 1) offer([](Fault& one) { one.call /= 2; });
  if (fault.kind == FaultKind::kPartition && fault.hosts.size() > 1) {
    offer([](Fault& one) { one.hosts.pop_back(); });
    offer([](Fault& one) { one.hosts.erase(one.hosts.begin()); });
  }
  if (HasSimplerKind(fault.kind) && fault.hosts.size() == 1) {
    offer([](Fault& one) {
      one.kind = FaultKind::kCrash;
      one.lasting = std::max(one.lasting, Seconds(1));
    });
  }
  if (const std::optional<Duration> half = Half(fault.lasting)) {
    offer([&half](Fault& one) { one.lasting = std::max(kStep, *half); });
  }
  return simpler;
}

}  // namespace

std::vector<Choices> SimplerThan(const Choices& choices) {
  std::vector<Choices> simpler;
  const auto offer = [&](auto change) {
    Choices other = choices;
    change(other);
    simpler.push_back(other);
  };
  if (choices.joint) offer([](Choices& one) { one.joint = false; });
  if (choices.random_ids) offer([](Choices& one) { one.random_ids = false; });
  if (choices.repairs) offer([](Choices& one) { one.repairs = false; });
  if (choices.load == Load::kHeavy) offer([](Choices& one) { one.load = Load::kUsual; });
  return simpler;
}

std::vector<Command> SimplerThan(const Command& command) {
  if (const auto* operation = std::get_if<Operation>(&command)) return SimplerOperation(*operation);
  if (const auto* fault = std::get_if<Fault>(&command)) return SimplerFault(*fault);
  std::vector<Command> simpler;
  if (const auto* edit = std::get_if<Edit>(&command)) {
    if (!edit->straggler.none()) simpler.push_back(Edit{edit->host, HostId(), Duration{}});
    return simpler;
  }
  if (const auto* late = std::get_if<LateStart>(&command)) {
    if (const std::optional<Duration> half = Half(late->by)) {
      simpler.push_back(LateStart{late->host, std::max(kStep, *half)});
    }
  } else if (const std::optional<Duration> half = Half(std::get<Idle>(command).lasting)) {
    simpler.push_back(Idle{std::max(kStep, *half)});
  }
  return simpler;
}

}  // namespace ww::scenarios::fuzz
