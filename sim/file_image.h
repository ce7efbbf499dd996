// FileImage: the bytes of one file, as its program sees them and as a crash would leave them.
//
// There is one image, the volatile one, in pages. What is durable differs from it in few places:
// a sector that was durable and is overwritten keeps its old content beside the image (an "old"
// content); a tail that was only appended needs none, because its old content is what the image
// shows below the durable size and zeros above. A truncation only moves the size: the bytes cut
// stay in the image until it is durable, and can come back.
//
// A sync is a label. StartSync fixes what it covers: all that was written and truncated so far.
// FinishSync makes exactly that durable, also when the file was written meanwhile (the sectors
// written meanwhile then keep the content that the sync saw). Syncs may overlap; one that finishes
// after a later one has nothing left to do.
//
// A failed sync forgets that what it covered is dirty: the image still shows it, later syncs pass
// over it and yet succeed, until the sector is written again.
//
// At a crash the owner settles each unsynced sector and the size, then calls EndCrash.
//
// Invariants: bytes of the image at and above size(), where no sector is durable, are unspecified
// and become zeros before the size grows over them; labels only grow; at most one old content a
// sector.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/inlined_vector.h"
#include "sim/block_pool.h"

namespace ww::sim {

inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint64_t kFileBytesMax = uint64_t{1} << 32;
static_assert(kPageBytes % kSectorBytes == 0, "a sector lies in one page");

// The blocks of all files of a disk.
struct FilePools {
  BlockPool pages{kPageBytes};
  BlockPool sectors{kSectorBytes};
};

// What a crash leaves of a sector: the new bytes before `cut`, the old ones from there on.
struct SectorFate {
  uint64_t cut = kSectorBytes;  // kSectorBytes: kept. 0: old. Between: torn.
};

// What a crash may leave as the size: durable, as seen, or anything in lowest..as_seen.
struct SizeChoices {
  uint64_t as_seen = 0;
  uint64_t durable = 0;
  uint64_t lowest = 0;  // The smallest since the last durable state.
  bool open() const { return as_seen != durable || lowest != as_seen; }
};

class FileImage {
 public:
  explicit FileImage(FilePools& pools) : pools_(pools) {}
  ~FileImage();
  FileImage(const FileImage&) = delete;
  FileImage& operator=(const FileImage&) = delete;

  uint64_t size() const { return size_; }
  uint64_t durable_size() const { return durable_size_; }

  // Past the end, the gap reads as zeros. Requires: offset + size of bytes <= kFileBytesMax.
  void Write(uint64_t offset, std::string_view bytes);
  // Shorter, or longer by zeros.
  void Truncate(uint64_t size);
  // Requires: offset + bytes <= size().
  std::string Read(uint64_t offset, uint64_t bytes) const;

  // --- Sync ---
  uint64_t StartSync();
  // Makes durable what the sync covers; returns the durable size.
  uint64_t FinishSync(uint64_t label);
  void FailSync(uint64_t label);
  // The caller died: the sync never happens. No effect when it has ended.
  void AbandonSync(uint64_t label);

  // --- Crash ---
  // Those whose durable content may differ from the image, in ascending order.
  std::vector<uint64_t> UnsyncedSectors() const;
  SizeChoices CrashSizes() const;
  // Requires: `sector` is one of UnsyncedSectors, not settled before.
  void Settle(uint64_t sector, SectorFate fate);
  // The image, cut to `size`, is what is durable. Requires: size is one of CrashSizes.
  void EndCrash(uint64_t size);
  // Only the durable content is left.
  void DropUnsynced();
  // The program died, the image lives on: syncs under way never happen.
  void AbandonSyncs();

  // Bytes, from the first on, that have been durable for longer than the last sync that made the
  // file grow; all of a file that one sync made durable. Damage there can't be taken for what a
  // crash leaves of the last bytes that were written.
  uint64_t bytes_at_rest() const { return bytes_at_rest_; }

  // Flips a bit of the durable byte, and of the byte seen. Requires: offset < durable_size().
  void FlipBit(uint64_t offset, uint32_t bit);
  // The same with bytes of one sector, which replace those that are there. Requires: they end at or
  // below durable_size().
  void Replace(uint64_t offset, std::string_view bytes);
  std::string DurableBytes() const;

 private:
  // A content that a sync under way saw and that was overwritten since.
  struct Version {
    uint64_t label = 0;    // The newest sync under way that saw it.
    uint64_t written = 0;  // Syncs below this label saw something older.
    char* bytes = nullptr;
  };
  struct Sector {
    char* old_bytes = nullptr;  // The durable content, zeros above the durable size.
    uint64_t written = 0;       // The next label when it was last written.
    bool forgotten = false;     // A failed sync dropped it.
    absl::InlinedVector<Version, 1> versions{};  // By label.
  };
  struct RunningSync {
    uint64_t label = 0;
    uint64_t size = 0;    // When it was started.
    uint64_t lowest = 0;  // The smallest size since.
    uint64_t cut = 0;     // The largest size since that was cut off again.
  };
  using Sectors = absl::btree_map<uint64_t, Sector>;

  char* PageFor(uint64_t offset);
  const char* PageAt(uint64_t offset) const;
  void Copy(uint64_t offset, std::string_view bytes);
  void Fill(uint64_t offset, uint64_t end);
  void Protect(uint64_t offset, uint64_t end);
  void ProtectSector(uint64_t sector, uint64_t from);
  void KeepVersion(uint64_t number, Sector& sector);
  char* ImageCopy(uint64_t sector, uint64_t size);
  void ForgetTail(const RunningSync& sync);
  bool MakeDurable(Sector& sector, uint64_t label);
  void DropVersions(Sector& sector, uint64_t label);
  void Free(Sector& sector);
  void FreeSectors();
  void EndSyncsUpTo(const RunningSync& sync);
  void SetDurable(const RunningSync& sync);
  // The durable size becomes `size`, by a sync or by what a crash left.
  void MoveDurableSize(uint64_t size, bool by_sync);
  void UpdateProtected();
  void ReleasePages();

  FilePools& pools_;
  uint64_t size_ = 0;
  uint64_t durable_size_ = 0;
  uint64_t lowest_size_ = 0;     // Since the durable state.
  uint64_t protected_size_ = 0;  // Below it, a write must keep what it overwrites.
  uint64_t bytes_at_rest_ = 0;
  bool grew_durably_ = false;
  uint64_t next_label_ = 1;
  std::vector<char*> pages_;  // Null: zeros.
  Sectors sectors_;           // Those with an old content of their own.
  absl::InlinedVector<RunningSync, 2> running_;
};

}  // namespace ww::sim
