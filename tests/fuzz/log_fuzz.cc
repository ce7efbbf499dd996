#include <string>
#include <vector>

#include "raft/store/recovery.h"
#include "raft/store/segment.h"
#include "sim/base/check.h"
#include "tests/fuzz/input.h"

namespace ww::raft {
namespace {

LogEnd EndOf(const LogContents& contents) {
  return LogEnd{contents.end, contents.sequence, contents.writer, contents.chain};
}

std::string Header(uint64_t number, const LogEnd& previous) {
  FileHeader header;
  header.host = HostId(1);
  header.disk = DiskId(5);
  header.number = number;
  header.previous = previous;
  return EncodeFileHeader(header);
}

// A log whose checksums are right and whose records are whatever the fuzzer wants; lost and stale
// bytes stand between its batches.
std::vector<std::string> SealedLog(fuzz::Input& input) {
  std::vector<std::string> segments = {Header(1, {})};
  BatchLink link;
  Incarnation writer{1};
  while (!input.AtEnd()) {
    const LogContents contents = ParseLog(segments);
    const uint64_t choice = input.Byte();
    const std::string_view piece = input.Piece();
    std::string& segment = segments.back();
    switch (choice % 8) {
      case 0:
        segment.append(piece);
        continue;
      case 1:
        if (contents.damage.has_value()) return segments;
        segment.resize(contents.end);
        segments.push_back(Header(contents.segment + 1, EndOf(contents)));
        continue;
      case 2:
        writer = writer.next();
        break;
      default:
        break;
    }
    if (piece.empty()) continue;
    if (choice % 8 < 6) link = BatchLink{contents.end, contents.chain};  // Otherwise a repeat.
    ByteWriter out;
    BeginBatch(out);
    out.Raw(piece);
    FinishBatch(out, BatchHeader{segment.size(), link, contents.sequence + 1, writer});
    segment.append(out.view());
  }
  return segments;
}

// What counts of a log is the same when the rest is cut off.
void Judge(std::vector<std::string> segments) {
  const LogContents contents = ParseLog(segments);
  for (const std::string& segment : segments) RecordsOf(segment);
  if (contents.damage.has_value()) return;
  CHECK_LE(contents.end, segments.back().size());
  segments.back().resize(contents.end);
  const LogContents again = ParseLog(segments);
  CHECK(!again.damage.has_value());
  CHECK(EndOf(again) == EndOf(contents));
  CHECK_EQ(again.replicas.size(), contents.replicas.size());
  for (size_t i = 0; i < contents.replicas.size(); ++i) {
    CHECK(again.replicas[i].hard_state == contents.replicas[i].hard_state);
    CHECK_EQ(again.replicas[i].entries.size(), contents.replicas[i].entries.size());
  }
}

}  // namespace
}  // namespace ww::raft

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ww::fuzz::Input input(data, size);
  if (input.Flag()) {
    ww::raft::Judge(ww::raft::SealedLog(input));
  } else {
    ww::raft::Judge({std::string(input.Rest())});
  }
  return 0;
}
