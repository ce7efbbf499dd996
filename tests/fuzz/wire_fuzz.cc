#include "raft/host/wire.h"
#include "sim/base/check.h"
#include "tests/fuzz/input.h"

// A message that is accepted is written again as the very same bytes, and says so beforehand.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = ww::fuzz::Input(data, size).Rest();
  const auto message = ww::raft::DecodeWire(bytes);
  if (!message.ok()) return 0;
  ww::ByteWriter out;
  (*message)->Encode(out);
  CHECK_EQ((*message)->encoded_size(), out.size());
  CHECK(out.view() == bytes);
  CHECK_EQ((*message)->Clone()->digest(), (*message)->digest());
  return 0;
}
