#include "raft/controller/metadata_machine.h"

#include <utility>

#include "raft/meta/codec.h"

namespace ww::raft {

std::string_view MetadataMachine::Apply(const Command& command) {
  if (command.operation == Operation::kGet) {
    response_ = metadata_.Query(command.key);
  } else {
    const bool well_formed = command.operation == Operation::kPut && command.key.empty();
    response_ = metadata_.Apply(well_formed ? command.value : std::string_view());
  }
  return response_;
}

void MetadataMachine::Save(ByteWriter& out) const { out.Bytes(metadata_.Save()); }

bool MetadataMachine::Load(ByteReader& in) {
  const std::string_view image = in.Bytes();
  return in.ok() && metadata_.Load(image);
}

Payload EncodeMetadataCommand(const meta::Command& command) {
  const std::string bytes = meta::Encode(command);
  Command put;
  put.operation = Operation::kPut;
  put.value = bytes;
  return EncodeCommand(put);
}

}  // namespace ww::raft
