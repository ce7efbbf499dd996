// Coordinator: how it asks instances, and what it learns from their answers.
#include <algorithm>
#include <utility>

#include "raft/coordinator/coordinator.h"
#include "raft/failover/lease.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft::failover {

Duration Coordinator::patience() const {
  const Timings& timings = options_.config.timings;
  return *timings.connect_timeout.duration + *timings.call_timeout.duration;
}

InstanceView& Coordinator::ViewOf(HostId host) {
  const auto at = std::find_if(view_.instances.begin(), view_.instances.end(),
                               [host](const InstanceView& one) { return one.host == host; });
  CHECK(at != view_.instances.end());
  return *at;
}

uint64_t Coordinator::Send(HostId to, LeaseMessage&& message) {
  CHECK(Holds());
  auto question = std::make_unique<LeaseMessage>(std::move(message));
  const uint64_t request = question->request = asker_->NextRequest();
  question->shard = options_.shard;
  question->fence = {term_, ++commands_};
  asker_->Send(to, request, std::move(question));
  return request;
}

// Nothing when it did not answer, or not to this: it heeds somebody newer.
std::optional<InstanceState> Coordinator::Await(uint64_t request, LocalTime deadline) {
  const auto answer = asker_->Await(request, kLeaseKind, deadline);
  if (answer == nullptr) return std::nullopt;
  const InstanceState& state = static_cast<const LeaseMessage&>(*answer).state;
  return state.heeded ? std::optional(state) : std::nullopt;
}

// What was answered to a later command than the last grant tells of all leases: the instance heeds
// no earlier command any more.
void Coordinator::Learn(InstanceView& one, uint64_t number,
                        const std::optional<InstanceState>& answer) {
  one.asked = true;
  one.live = answer.has_value();
  if (answer.has_value()) one.state = *answer;
  Say({{}, CoordinatorEvent::Kind::kProbed, {}, one.host, one.live, one.state, {}});
  const bool appointed_one = view_.appointed.has_value() && view_.appointed->host == one.host;
  if (answer.has_value()) {
    const bool foreign = answer->writable && !appointed_one;
    one.foreign_until = foreign ? Now() + SurelyOver(lease_, options_.drift_ppm_max) : LocalTime{};
  }
  if (!answer.has_value() || !view_.appointed.has_value()) return;
  Appointed& appointed = *view_.appointed;
  if (appointed.host != one.host) return;
  // It has come to lead. Should it lose that before it has a lease, its time begins anew.
  if (answer->leads) appointed.lead_until = LocalTime::Never();
  if (number < last_grant_) return;
  appointed.gave_up = !answer->writable;
}

std::optional<InstanceState> Coordinator::Probe(HostId host) {
  const uint64_t request = Send(host, LeaseMessage());
  const uint64_t number = commands_;
  const std::optional<InstanceState> answer = Await(request, Now() + patience());
  if (Holds()) Learn(ViewOf(host), number, answer);
  return answer;
}

void Coordinator::ProbeAll() {
  if (!Holds()) return;
  probe_due_ = Now() + *options_.config.timings.probe_interval.duration;
  struct Asked {
    uint64_t request = 0;
    uint64_t number = 0;
  };
  std::vector<Asked> asked;
  for (const HostId host : options_.hosts) {
    const uint64_t request = Send(host, LeaseMessage());
    asked.push_back({request, commands_});
  }
  const LocalTime deadline = Now() + patience();
  for (size_t i = 0; i < asked.size(); ++i) {
    const std::optional<InstanceState> answer = Await(asked[i].request, deadline);
    if (Holds()) Learn(view_.instances[i], asked[i].number, answer);
  }
}

}  // namespace ww::raft::failover
