#include <string>

#include "sim/base/check.h"
#include "sim/trace/format.h"
#include "sim/trace/reader.h"
#include "tests/fuzz/input.h"

namespace ww {
namespace {

// Chunks with whatever the fuzzer wants in them, under checksums that are right.
std::string SealedTrace(fuzz::Input& input) {
  ByteWriter out;
  out.Raw(trace_format::kMagic);
  out.Fixed32(trace_format::kVersion);
  while (!input.AtEnd()) {
    const auto tag = static_cast<trace_format::ChunkTag>(input.Byte());
    const std::string_view payload = input.Piece();
    out.Fixed8(static_cast<uint8_t>(tag));
    out.Fixed32(static_cast<uint32_t>(payload.size()));
    out.Fixed64(trace_format::Checksum(tag, payload));
    out.Raw(payload);
  }
  return out.Take();
}

// A trace that opens has as many records as it says, or says which byte is damaged.
void Judge(std::string_view bytes) {
  auto reader = TraceReader::Open(bytes);
  if (!reader.ok()) return;
  uint64_t number = reader->first_number();
  for (;;) {
    const auto record = reader->Next();
    if (!record.ok()) return;
    if (!record->has_value()) break;
    CHECK_EQ((*record)->number, number);
    ++number;
  }
  CHECK_EQ(number, reader->end_number());
}

}  // namespace
}  // namespace ww

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ww::fuzz::Input input(data, size);
  ww::Judge(input.Flag() ? ww::SealedTrace(input) : std::string(input.Rest()));
  return 0;
}
