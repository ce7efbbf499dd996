#include "raft/machine/shard_machine.h"

#include <utility>

#include "sim/base/check.h"
#include "sim/base/context.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

constexpr uint32_t kImageVersion = 1;

}  // namespace

Applied ShardMachine::Apply(Index index, const Entry& entry) {
  CHECK(holds_ == Holds::kState);
  CHECK_EQ(index, applied_.next());
  applied_ = index;
  CHECK(entry.type != EntryType::kMetadata, "a witness has no machine");
  if (entry.type != EntryType::kCommand) {
    CHECK(entry.type != EntryType::kEmpty || entry.payload.empty());
    return Applied{AppliedAs::kEffect, index, {}};
  }
  command_ = DecodeCommand(entry.payload.view());
  if (!command_.has_value()) {
    COVER("machine.malformed");
    return Applied{AppliedAs::kRejected, index, {}};
  }
  Applied applied = ApplyCommand(index, *command_);
  applied.command = &*command_;
  return applied;
}

void ShardMachine::Skip(Index index) {
  CHECK_EQ(index, applied_.next());
  CHECK(holds_ != Holds::kElsewhere);
  applied_ = index;
  holds_ = Holds::kNothing;
}

ShardMachine ShardMachine::Skipped(Index applied) {
  ShardMachine machine(1, nullptr);  // There never is a session in it.
  machine.applied_ = applied;
  machine.holds_ = Holds::kNothing;
  return machine;
}

ShardMachine ShardMachine::Elsewhere(Index applied) {
  ShardMachine machine(1, nullptr);
  machine.applied_ = applied;
  machine.holds_ = Holds::kElsewhere;
  return machine;
}

Applied ShardMachine::ApplyCommand(Index index, const Command& command) {
  if (command.operation == Operation::kRegister) {
    const bool open = sessions_.Register(command.client, command.responded_to, index);
    return Applied{open ? AppliedAs::kDuplicate : AppliedAs::kEffect, index, {}};
  }
  if (command.operation == Operation::kUnregister) {
    const bool open = sessions_.Unregister(command.client);
    return Applied{open ? AppliedAs::kEffect : AppliedAs::kRejected, index, {}};
  }
  if (!command.client.none()) return ApplyInSession(index, command);
  return Applied{AppliedAs::kEffect, index, machine_->Apply(command)};
}

Applied ShardMachine::ApplyInSession(Index index, const Command& command) {
  CHECK(!command.client.none());
  switch (sessions_.Judge(command.client, command.series, command.responded_to, index)) {
    case Sessions::Verdict::kNew: {
      const Answer& answer = sessions_.Remember(
          command.client, Answer{command.series, index, std::string(machine_->Apply(command))});
      return Applied{AppliedAs::kEffect, index, answer.response};
    }
    case Sessions::Verdict::kDuplicate: {
      const Answer* answer = sessions_.Find(command.client, command.series);
      CHECK(answer != nullptr);
      CHECK_LT(answer->index, index);
      return Applied{AppliedAs::kDuplicate, answer->index, answer->response};
    }
    case Sessions::Verdict::kForgotten:
      return Applied{AppliedAs::kForgotten, index, {}};
    case Sessions::Verdict::kUnknown:
    case Sessions::Verdict::kFull:
      return Applied{AppliedAs::kRejected, index, {}};
  }
  UNREACHABLE();
}

uint64_t ShardMachine::digest() const {
  CHECK(holds_ != Holds::kElsewhere);
  return Absorb(Absorb(applied_.value, machine_->digest()), sessions_.digest());
}

std::string ShardMachine::Save() const {
  ByteWriter out;
  out.Fixed32(kImageVersion);
  out.Fixed64(applied_.value);
  out.Fixed32(static_cast<uint32_t>(holds_));
  if (holds_ != Holds::kState) return out.Take();
  sessions_.Save(out);
  machine_->Save(out);
  return out.Take();
}

absl::StatusOr<ShardMachine> ShardMachine::Load(std::string_view image, uint32_t sessions_max,
                                                std::unique_ptr<StateMachine> empty) {
  ByteReader in(image);
  const uint32_t version = in.Fixed32();
  ShardMachine machine(sessions_max, std::move(empty));
  machine.applied_ = Index(in.Fixed64());
  const uint32_t holds = in.Fixed32();
  if (!in.ok() || version != kImageVersion || holds > static_cast<uint32_t>(Holds::kElsewhere)) {
    return absl::DataLossError("a machine's image is of another version");
  }
  machine.holds_ = static_cast<Holds>(holds);
  if (machine.holds_ != Holds::kState) {
    if (in.remaining() != 0) return absl::DataLossError("an image without a machine holds one");
    return machine;
  }
  if (!machine.sessions_.Load(in, machine.applied_)) {
    return absl::DataLossError("the sessions of a machine's image are malformed");
  }
  if (!machine.machine_->Load(in) || in.remaining() != 0) {
    return absl::DataLossError("the state of a machine's image is malformed");
  }
  return machine;
}

}  // namespace ww::raft
