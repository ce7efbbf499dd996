#include "raft/failover/appointment.h"

#include <algorithm>
#include <string>

#include "raft/failover/choice.h"
#include "sim/base/check.h"

namespace ww::raft::failover {
namespace {

class Decision {
 public:
  Decision(const FailoverConfig& config, const ReplicasetView& view, LocalTime now)
      : config_(config), view_(view), now_(now) {}

  NextStep Make() const {
    const auto unasked = [](const InstanceView& one) { return !one.asked; };
    if (std::any_of(view_.instances.begin(), view_.instances.end(), unasked)) return Wait{};
    if (const InstanceView* foreign = ForeignWriter()) return Beside(*foreign);
    if (view_.switch_to.has_value()) return Switch(*view_.switch_to);
    if (!view_.appointed.has_value()) return AppointBest(Cause::kFirst);
    return Keep(*view_.appointed);
  }

 private:
  const InstanceView* Find(HostId host) const {
    const auto is_it = [host](const InstanceView& one) { return one.host == host; };
    const auto at = std::find_if(view_.instances.begin(), view_.instances.end(), is_it);
    return at == view_.instances.end() ? nullptr : &*at;
  }

  bool IsAppointed(const InstanceView& one) const {
    return view_.appointed.has_value() && view_.appointed->host == one.host;
  }

  const InstanceView* ForeignWriter() const {
    for (const InstanceView& one : view_.instances) {
      if (IsAppointed(one)) continue;
      if (one.live ? one.state.writable : now_ < one.foreign_until) return &one;
    }
    return nullptr;
  }

  // Who has a lease keeps it: to take it away would help nobody.
  Alarm Beside(const InstanceView& foreign) const {
    Alarm alarm{foreign.host, HostId()};
    for (const InstanceView& one : view_.instances) {
      if (one.host == foreign.host || !one.live || !one.state.writable) continue;
      if (!alarm.other.none() && !IsAppointed(one)) continue;
      alarm.other = one.host;
      alarm.renews = IsAppointed(one) && one.state.leads && view_.appointed->granted;
    }
    return alarm;
  }

  // One that has no vote in the shard yet can't lead it.
  static bool MayLead(const InstanceView& one) { return one.live && !one.state.replica.none(); }

  // Whether another one may be appointed.
  bool IsFree(const Appointed& appointed) const {
    return !appointed.granted || appointed.gave_up || now_ >= appointed.leases_end;
  }

  // But for `passed_over`.
  NextStep AppointBest(Cause cause, HostId passed_over = HostId()) const {
    std::vector<std::string> live;
    for (size_t i = 0; i < view_.instances.size(); ++i) {
      const InstanceView& one = view_.instances[i];
      if (MayLead(one) && one.host != passed_over) live.push_back(config_.instances[i].name);
    }
    const std::optional<std::string> chosen = ChooseAppointee(config_, live).chosen();
    if (!chosen.has_value()) return Wait{};
    for (size_t i = 0; i < view_.instances.size(); ++i) {
      if (config_.instances[i].name == *chosen) return Appoint{view_.instances[i].host, cause};
    }
    UNREACHABLE();
  }

  // From whoever leads in the highest term that was seen.
  NextStep BringLeadershipTo(const InstanceView& target) const {
    const InstanceView* leader = nullptr;
    for (const InstanceView& one : view_.instances) {
      if (!one.live || !one.state.leads) continue;
      if (leader == nullptr || one.state.term > leader->state.term) leader = &one;
    }
    if (leader == nullptr || !MayLead(target)) return Wait{};
    return MoveLeader{leader->host, target.host};
  }

  bool NeverLed(const Appointed& appointed) const {
    return !appointed.granted && now_ >= appointed.lead_until;
  }

  // When there is nobody else it may go on trying.
  NextStep BringOrPassOver(const InstanceView& one) const {
    if (NeverLed(*view_.appointed)) {
      const NextStep next = AppointBest(Cause::kNeverLed, one.host);
      if (std::holds_alternative<Appoint>(next)) return next;
    }
    return BringLeadershipTo(one);
  }

  NextStep Keep(const Appointed& appointed) const {
    const InstanceView* one = Find(appointed.host);
    // One that is not of this replicaset any more is as good as dead.
    if (one == nullptr || !MayLead(*one)) {
      return IsFree(appointed) ? AppointBest(Cause::kNotLive) : NextStep(Wait{});
    }
    if (one->state.leads) return GiveLease{one->host};
    if (!appointed.granted) return BringOrPassOver(*one);
    return IsFree(appointed) ? AppointBest(Cause::kLostLeadership) : NextStep(Wait{});
  }

  std::optional<SwitchEnd> RefusalOf(HostId target) const {
    const InstanceView* one = Find(target);
    if (one == nullptr) return SwitchEnd::kUnknown;
    const auto number = static_cast<size_t>(one - view_.instances.data());
    const auto refusal = RefuseSwitch(config_, config_.instances[number].name);
    if (refusal == SwitchRefusal::kAnonymous) return SwitchEnd::kAnonymous;
    if (refusal == SwitchRefusal::kLearner) return SwitchEnd::kLearner;
    if (!MayLead(*one)) return SwitchEnd::kNotLive;
    return std::nullopt;
  }

  // The one before steps down first, and is waited for when it does not answer.
  NextStep Switch(HostId target) const {
    const std::optional<SwitchEnd> refusal = RefusalOf(target);
    if (refusal.has_value()) return FinishSwitch{*refusal};
    if (!view_.appointed.has_value()) return Appoint{target, Cause::kSwitch};
    const Appointed& appointed = *view_.appointed;
    if (appointed.host == target && (!appointed.granted || Find(target)->state.leads)) {
      const InstanceView& one = *Find(target);
      if (one.state.writable && one.state.leads) return FinishSwitch{SwitchEnd::kDone};
      if (!one.state.leads && NeverLed(appointed)) return FinishSwitch{SwitchEnd::kNeverLed};
      return one.state.leads ? NextStep(GiveLease{target}) : BringLeadershipTo(one);
    }
    if (IsFree(appointed)) return Appoint{target, Cause::kSwitch};
    const InstanceView* before = Find(appointed.host);
    if (before == nullptr || !before->live || appointed.host == target) return Wait{};
    return TakeLease{before->host};
  }

  const FailoverConfig& config_;
  const ReplicasetView& view_;
  const LocalTime now_;
};

}  // namespace

NextStep StepOf(const FailoverConfig& config, const ReplicasetView& view, LocalTime now) {
  CHECK(config.mode == Mode::kSupervised);
  CHECK_EQ(config.instances.size(), view.instances.size());
  return Decision(config, view, now).Make();
}

}  // namespace ww::raft::failover
