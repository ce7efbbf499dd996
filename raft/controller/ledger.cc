#include "raft/controller/ledger.h"

#include <string>
#include <utility>

#include "raft/controller/metadata_machine.h"
#include "raft/meta/apply.h"
#include "raft/meta/codec.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

// A leader that can't be read from so many times in a row has no quorum.
constexpr uint32_t kReloadsMax = 4;
constexpr uint32_t kFoundingsMax = 8;

}  // namespace

Ledger::Ledger(Env& env, Asker& asker, Term term)
    : env_(env), asker_(asker), term_(term), free_(env.tasks().NewWaitQueue()) {
  CHECK(!term.none());
}

bool Ledger::Lose() {
  in_control_ = false;
  return false;
}

void Ledger::Close() {
  closed_ = true;
  in_control_ = false;
  free_->WakeAll();
}

// Whoever led before may have founded it, or a part of it: what is so already is refused, and well.
bool Ledger::TakeControl(const ClusterFile& file) {
  CHECK(!in_control_);
  in_control_ = true;
  Reload();
  for (uint32_t tries = 0; in_control_ && state_.cluster.none(); ++tries) {
    if (tries == kFoundingsMax) return Lose();
    Submit(file.found);
  }
  for (const meta::AdoptShard& shard : file.shards) {
    if (in_control_ && state_.shards.Find(shard.shard) == nullptr) Submit(shard);
  }
  if (!in_control_) return false;
  // This very host, in this life: a term has one leader. It lost control, for want of a quorum, and
  // leads on; nobody else may take it in this term.
  if (state_.controller == meta::Controller{term_, env_.host()}) {
    COVER("controller.control_regained");
    return true;
  }
  if (state_.controller.term >= term_) return Lose();
  Submit(meta::TakeControl{{term_, env_.host()}});
  if (state_.controller.term != term_) return Lose();
  COVER("controller.in_control");
  return in_control_;
}

std::optional<meta::Wanted> Ledger::Decide(
    absl::FunctionRef<meta::Wanted(const meta::State&)> decide) {
  while (busy_ && in_control_) free_->Wait();
  if (!in_control_) return std::nullopt;
  busy_ = true;
  meta::Wanted wanted = decide(state_);
  if (const auto* submit = std::get_if<meta::Submit>(&wanted); submit != nullptr) {
    Submit(meta::Stamped{{term_, state_.version}, submit->action});
  }
  busy_ = false;
  free_->WakeOne();
  if (!in_control_) return std::nullopt;
  return wanted;
}

void Ledger::Refresh() {
  while (busy_ && in_control_) free_->Wait();
  if (!in_control_) return;
  busy_ = true;
  Reload();
  busy_ = false;
  free_->WakeOne();
}

bool Ledger::Submit(const meta::Command& command) {
  const auto reply =
      asker_.Propose(env_.host(), meta::kMetadataShard, EncodeMetadataCommand(command));
  if (closed_) return Lose();
  if (!reply.has_value() || reply->outcome != Outcome::kCompleted) {
    COVER("controller.command_unanswered");
    Reload();
    return false;
  }
  const std::optional<meta::Result> result = meta::DecodeResult(reply->response);
  CHECK(result.has_value());
  if (const auto* refused = std::get_if<meta::Refused>(&*result); refused != nullptr) {
    COVER("controller.command_refused");
    if (refused->why == meta::Refusal::kStaleController) return Lose();
    Reload();
    return false;
  }
  // Requests of others may have come between; a stamped command would have been refused then.
  const meta::Version version = std::get<meta::Done>(*result).version;
  if (version.value != state_.version.value + 1) {
    CHECK(!std::holds_alternative<meta::Stamped>(command));
    Reload();
    return true;
  }
  const meta::Result own = meta::Apply(state_, command);
  CHECK(own == *result, "the copy of the metadata differs from the shard's");
  return true;
}

void Ledger::Reload() {
  for (uint32_t tries = 0; tries < kReloadsMax && in_control_ && !closed_; ++tries) {
    const std::string query = meta::ImageUnlessAt(state_.version);
    const auto reply = asker_.Query(env_.host(), meta::kMetadataShard, query);
    if (closed_) break;
    if (!reply.has_value() || reply->outcome != Outcome::kCompleted) continue;
    if (reply->response.empty()) return;  // As it was, and with it whose control it is.
    std::optional<meta::State> state = meta::DecodeState(reply->response);
    CHECK(state.has_value(), "the metadata shard answers with what is no state");
    CHECK_GE(state->version, state_.version);
    state_ = *std::move(state);
    if (state_.controller.term > term_) Lose();
    return;
  }
  Lose();
}

}  // namespace ww::raft
