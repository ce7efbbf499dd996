#include <algorithm>
#include <string>

#include "raft/store/snapshot_file.h"
#include "sim/base/check.h"
#include "tests/fuzz/input.h"

namespace ww::raft {
namespace {

constexpr size_t kChecksumAt = kSnapshotHeadBytes - 8;

// A file of these contents, whatever they are, with checksums that are right (FORMAT.md, "Snapshot
// files").
std::string SealedFile(std::string_view membership, std::string_view machine) {
  std::string body(membership);
  body.append(machine);
  const uint64_t chunks = (body.size() + kSnapshotChunkBytes - 1) / kSnapshotChunkBytes;
  ByteWriter out;
  out.Raw("WWSNAP\r\n");
  out.Fixed32(kSnapshotVersion);
  out.Fixed32(kSnapshotChunkBytes);
  out.Fixed64(7);  // Shard.
  out.Fixed64(9);  // Index.
  out.Fixed64(2);  // Term.
  out.Fixed64(membership.size());
  out.Fixed64(machine.size());
  out.Fixed64(chunks);
  out.Fixed64(0);
  CHECK_EQ(out.size(), kSnapshotHeadBytes);
  for (uint64_t chunk = 0; chunk < chunks; ++chunk) {
    const auto piece =
        std::string_view(body).substr(chunk * kSnapshotChunkBytes, kSnapshotChunkBytes);
    out.Fixed64(HashBytes(piece, chunk));
  }
  out.PatchFixed64(kChecksumAt, HashBytes(out.view()));
  out.Raw(body);
  return out.Take();
}

// What is accepted is what would be written, and then every part of it is good by itself.
void Judge(std::string_view file) {
  CHECK_LE(GoodBytes(file), file.size());
  const auto image = DecodeSnapshot(file);
  if (!image.ok()) return;
  CHECK_EQ(GoodBytes(file), file.size());
  CHECK_LE(GoodBytes(file.substr(0, file.size() / 2)), file.size() / 2);
  CHECK(EncodeSnapshot(image->shard, image->content.position, image->membership, image->machine) ==
        file);
}

}  // namespace
}  // namespace ww::raft

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ww::fuzz::Input input(data, size);
  if (input.Flag()) {
    const std::string_view membership = input.Piece();
    ww::raft::Judge(ww::raft::SealedFile(membership, input.Rest()));
  } else {
    ww::raft::Judge(input.Rest());
  }
  return 0;
}
