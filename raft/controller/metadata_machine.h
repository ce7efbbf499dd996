// MetadataMachine: the state machine of the metadata shard. A put without a key carries a command
// of raft/meta in its value and is answered with its result; a get or a query asks what meta's
// queries ask. Anything else is a malformed command.
#pragma once

#include <string>

#include "raft/machine/state_machine.h"
#include "raft/meta/commands.h"
#include "raft/meta/metadata.h"

namespace ww::raft {

class MetadataMachine final : public StateMachine {
 public:
  std::string_view Apply(const Command& command) override;
  std::string Query(std::string_view key) const override { return metadata_.Query(key); }
  uint64_t digest() const override { return metadata_.digest(); }
  void Save(ByteWriter& out) const override;
  bool Load(ByteReader& in) override;

 private:
  meta::Metadata metadata_;
  std::string response_;
};

// A command to the metadata shard that is no retry of an earlier one: outside of any session.
Payload EncodeMetadataCommand(const meta::Command& command);

}  // namespace ww::raft
