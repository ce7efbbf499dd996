#include "raft/failover/configured_writer.h"

#include <algorithm>
#include <utility>

#include "raft/failover/writers.h"
#include "raft/host/admin.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft::failover {
namespace {

// Its questions are told from those of a host's other services: a lane of its own in the numbers
// of this life (raft/controller/asker.h).
constexpr uint32_t kRequestBits = 40;
constexpr uint32_t kLaneBits = 36;
constexpr uint64_t kLane = 3;
// How many pauses a transfer is given before the next one is begun.
constexpr int64_t kPausesOfTransfer = 4;

}  // namespace

ConfiguredWriter::ConfiguredWriter(ConfiguredOptions options)
    : options_(std::move(options)), config_(options_.config) {
  CheckInvariants(config_);
  CHECK(config_.mode != Mode::kSupervised);
  CHECK_EQ(options_.hosts.size(), config_.instances.size());
  CHECK_GT(options_.pause.ns, 0);
}

void ConfiguredWriter::Start(ServicePort& port) {
  CHECK(port_ == nullptr);
  port_ = &port;
  const auto at = std::find(options_.hosts.begin(), options_.hosts.end(), port.env().host());
  CHECK(at != options_.hosts.end());
  self_ = static_cast<size_t>(at - options_.hosts.begin());
  SetGate();
  changed_ = port.env().tasks().NewWaitQueue();
  task_ = port.env().tasks().Spawn("configured-writer", [this] { Run(); });
}

void ConfiguredWriter::Stop() {
  stopped_ = true;
  changed_->WakeAll();
  port_->env().tasks().Join(task_);
}

void ConfiguredWriter::Reconfigure(FailoverConfig config) {
  CheckInvariants(config);
  CHECK(config.mode != Mode::kSupervised);
  CHECK(HasInstancesOf(config, config_));
  COVER("failover.writer_reconfigured");
  config_ = std::move(config);
  if (port_ != nullptr) SetGate();
  handing_until_ = LocalTime{};
  if (changed_ != nullptr) changed_->WakeAll();
}

void ConfiguredWriter::SetGate() {
  if (MayWrite(config_, self_)) {
    port_->AdmitWrites(options_.shard, WriteGate::kReadOnly, {});
  } else {
    port_->ShutWrites(options_.shard, WriteGate::kReadOnly);
  }
}

std::vector<size_t> ConfiguredWriter::Wanted() const {
  if (!port_->StandingOf(options_.shard).leads) return {};
  return MeantToLead(config_, self_);
}

void ConfiguredWriter::Run() {
  while (!stopped_) {
    if (Now() >= handing_until_) AskThem();
    changed_->WaitUntil(Now() + options_.pause);
  }
}

uint64_t ConfiguredWriter::NextRequest() {
  return (port_->env().incarnation().value << kRequestBits) + (kLane << kLaneBits) + ++asked_;
}

void ConfiguredWriter::AskThem() {
  round_ = 0;
  for (const size_t instance : Wanted()) {
    auto question = std::make_unique<AdminRequest>();
    question->request = NextRequest();
    if (round_ == 0) round_ = question->request;
    question->shard = options_.shard;
    question->action = Describe{};
    port_->Send(options_.hosts[instance], std::move(question));
  }
}

// The first that has a replica takes over. Whether that one can is the engine's to judge.
void ConfiguredWriter::On(HostId from, const WireMessage& message) {
  if (message.kind() != kAdminReplyKind || round_ == 0) return;
  const auto& reply = static_cast<const AdminReply&>(message);
  if (reply.request < round_ || reply.request >= round_ + options_.hosts.size()) return;
  if (!reply.description.has_value() || reply.description->replica.none()) return;
  const std::vector<size_t> wanted = Wanted();
  const bool meant = std::any_of(wanted.begin(), wanted.end(),
                                 [&](size_t instance) { return options_.hosts[instance] == from; });
  if (meant) HandOver(reply.description->replica);
}

void ConfiguredWriter::HandOver(ReplicaId to) {
  COVER("failover.handed_to_writer");
  round_ = 0;
  handing_until_ = Now() + options_.pause * kPausesOfTransfer;
  auto request = std::make_unique<AdminRequest>();
  request->request = NextRequest();
  request->shard = options_.shard;
  request->action = TransferLeadership{to};
  port_->Send(port_->env().host(), std::move(request));
}

}  // namespace ww::raft::failover
