#include "raft/store/snapshot_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "sim/base/bytes.h"

namespace ww::raft {
namespace {

const LogPosition kPosition{Index(40), Term(3)};

Membership Members() {
  Membership membership;
  membership.voters = {{ReplicaId(11), HostId(1)}, {ReplicaId(12), HostId(2)}};
  membership.removed = {ReplicaId(9)};
  return membership;
}

std::string FileOf(std::string_view machine) {
  return EncodeSnapshot(ShardId(7), kPosition, Members(), machine);
}
std::string SomeMachine(size_t bytes) {
  std::string machine;
  while (machine.size() < bytes) machine += fmt::format("{} ", machine.size());
  machine.resize(bytes);
  return machine;
}

TEST(SnapshotFile, HoldsWhatWasPutIn) {
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{4000}, size_t{4096}, size_t{30000}}) {
    const std::string machine = SomeMachine(bytes);
    const std::string file = FileOf(machine);
    const absl::StatusOr<SnapshotImage> image = DecodeSnapshot(file);
    ASSERT_TRUE(image.ok()) << image.status();
    EXPECT_EQ(image->shard, ShardId(7));
    EXPECT_EQ(image->content.position, kPosition);
    EXPECT_EQ(image->content.bytes, file.size());
    EXPECT_EQ(image->membership, Members());
    EXPECT_EQ(image->machine, machine);
    EXPECT_EQ(ReadSnapshotHead(file)->content, image->content);
    EXPECT_EQ(GoodBytes(file), file.size());
  }
}

TEST(SnapshotFile, AnyDamagedByteIsFound) {
  const std::string file = FileOf(SomeMachine(9000));
  for (size_t at = 0; at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    ASSERT_EQ(DecodeSnapshot(damaged).status().code(), absl::StatusCode::kDataLoss) << at;
  }
}

TEST(SnapshotFile, NoPrefixAndNothingLongerIsASnapshot) {
  const std::string file = FileOf(SomeMachine(9000));
  for (size_t size = 0; size < file.size(); ++size) {
    ASSERT_FALSE(DecodeSnapshot(std::string_view(file).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(DecodeSnapshot(file + '\0').ok());
}

TEST(SnapshotFile, OfAPartWholeChunksUpToTheFirstBadOneAreGood) {
  const std::string file = FileOf(SomeMachine(20000));
  const uint64_t head = ReadSnapshotHead(file)->body_offset;
  for (size_t size = 0; size <= file.size(); size += 97) {
    const uint64_t good = GoodBytes(std::string_view(file).substr(0, size));
    const uint64_t chunks = size < head ? 0 : (size - head) / kSnapshotChunkBytes;
    EXPECT_EQ(good, size < head ? 0 : head + chunks * kSnapshotChunkBytes) << size;
  }
  std::string damaged = file;
  damaged[head + kSnapshotChunkBytes + 5] ^= 1;
  EXPECT_EQ(GoodBytes(damaged), head + kSnapshotChunkBytes);
}

TEST(SnapshotFile, ChunksThatChangedPlacesAreDamage) {
  const std::string file = FileOf(SomeMachine(20000));
  const uint64_t head = ReadSnapshotHead(file)->body_offset;
  std::string swapped = file;
  const auto chunk = [&swapped, head](uint64_t number) {
    return swapped.begin() + static_cast<ptrdiff_t>(head + number * kSnapshotChunkBytes);
  };
  std::swap_ranges(chunk(0), chunk(1), chunk(1));
  std::swap_ranges(swapped.begin() + 72, swapped.begin() + 80, swapped.begin() + 80);
  EXPECT_FALSE(DecodeSnapshot(swapped).ok());
}

// Whoever knows the format can make any head count as good: what it says is not to be believed.
RC_GTEST_PROP(SnapshotFile, SurvivesAnyHeadUnderARightChecksum,
              (const std::vector<uint32_t>& places, uint64_t bytes)) {
  constexpr size_t kChecksumAt = kSnapshotHeadBytes - 8;
  std::string file = FileOf(SomeMachine(9000));
  const size_t head = ReadSnapshotHead(file)->body_offset;
  for (const uint32_t place : places) file[place % head] += static_cast<char>(place >> 24);
  if (bytes % 3 == 0) {
    ByteWriter size;
    size.Fixed64(bytes);
    file.replace(bytes % 2 == 0 ? 40 : 48, 8, size.view());
  }
  std::fill_n(file.begin() + kChecksumAt, 8, '\0');
  ByteWriter checksum;
  checksum.Fixed64(HashBytes(std::string_view(file).substr(0, head)));
  file.replace(kChecksumAt, 8, checksum.view());
  RC_ASSERT(GoodBytes(file) <= file.size());
  const absl::StatusOr<SnapshotImage> image = DecodeSnapshot(file);
  if (!image.ok()) return;
  RC_ASSERT(EncodeSnapshot(image->shard, image->content.position, image->membership,
                           image->machine) == file);
}

RC_GTEST_PROP(SnapshotFile, NeverCrashesOnDamagedBytes,
              (const std::vector<uint32_t>& places, const std::string& machine)) {
  std::string file = FileOf(machine);
  for (const uint32_t place : places) file[place % file.size()] += static_cast<char>(place >> 24);
  if (!places.empty()) file.resize(file.size() - places[0] % 5);
  const absl::StatusOr<SnapshotImage> image = DecodeSnapshot(file);
  RC_ASSERT(GoodBytes(file) <= file.size());
  if (image.ok()) RC_ASSERT(file == FileOf(machine));
}

}  // namespace
}  // namespace ww::raft
