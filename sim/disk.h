// Disk: files of one host, with what the program sees (volatile) and what survives (durable).
//
// Data is kept in sectors of 512 bytes. A write changes the volatile image; Sync makes a file's
// data, size and truncations durable. At a crash each unsynced sector is kept, old or torn by
// decision (torn: new bytes up to a drawn cut, old bytes after it), the size is the durable one,
// the volatile one or one between, and unsynced directory entries (create, rename, remove) are each
// kept or lost. A file's name is durable once SyncDirectory was called after it was made. There is
// one directory.
//
// Every call is an I/O point: ask the oracle, act, take its time, return. Its effect is seen by
// other calls at once, before the caller gets control back. A sync is the exception: it covers what
// was written and truncated before it was called, and that is durable when its time is over, not
// earlier; what is written meanwhile is not covered. A crash in between leaves all of it unsynced.
// The journal gets each call with its result when it has its effect.
//
// A failed sync forgets that what it covered is dirty: reads still show it, later syncs pass over
// it and succeed, and a crash may lose it, until the sector is written again. A failed
// SyncDirectory forgets nothing. A removed or replaced file is NotFound by its number, but its data
// lives on until the removal is durable; when a crash undoes the removal, the file has its durable
// content.
//
// Size counts as a read of no bytes. A tear of what is not a write fails it like an error.
//
// A stalled disk completes no call: what was begun before or meanwhile returns when the stall ends.
// A sector that can't be read fails every read that touches it until it is written again.
//
// Errors: NotFound, AlreadyExists, ResourceExhausted (full), DataLoss (read error), Unavailable
// (write or sync error), OutOfRange (read past the end).
// Suspends: every call that takes a Process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/block_pool.h"
#include "sim/decisions.h"
#include "sim/oracle.h"
#include "sim/process.h"

namespace ww::sim {

// How long calls take and how often they fail. Ratios draw at every visit while their kind is on.
struct DiskRules {
  DelayDistribution append;  // Also write and truncate. Zero: they take no time.
  DelayDistribution read;
  DelayDistribution sync;        // Also SyncDirectory, rename, remove.
  Duration stalled_until_extra;  // Added to every call while stalled; zero when not.
  Ratio read_error;
  Ratio write_error;
  Ratio sync_error;  // Fails, and forgets that the dirty sectors are dirty; the next sync succeeds.
  Ratio short_write;
  bool errors_on = false;  // Draw the four ratios at all.
  uint64_t bytes_max = 0;  // Capacity; 0 for no bound.
};

// What a crash may do to unsynced data. Weights of the three outcomes of a sector.
struct CrashRules {
  // False: a process crash, not power. Everything written is kept, nothing is drawn, and what was
  // unsynced still is: a later loss of power may take it.
  bool loses_unsynced = true;
  uint32_t kept_weight = 1;
  uint32_t old_weight = 1;
  uint32_t torn_weight = 0;
  bool loses_names = true;
};

enum class OpenMode : uint8_t { kExisting, kCreate, kCreateNew };

class Disk {
 public:
  // What was durable at some time: names and contents.
  struct Image {
    std::vector<std::pair<std::string, FileNumber>> names;
    std::vector<std::pair<FileNumber, std::string>> contents;  // By number.
  };

  Disk(Host& host, Decisions& decisions);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // --- Calls of the program. `process` is the caller's incarnation. ---
  absl::StatusOr<FileNumber> Open(Process& process, std::string_view name, OpenMode mode);
  // Writes at the end; returns the offset at which the bytes begin.
  absl::StatusOr<uint64_t> Append(Process& process, FileNumber file, std::string_view bytes);
  absl::Status Write(Process& process, FileNumber file, uint64_t offset, std::string_view bytes);
  absl::StatusOr<std::string> Read(Process& process, FileNumber file, uint64_t offset,
                                   uint64_t bytes);
  absl::StatusOr<uint64_t> Size(Process& process, FileNumber file);
  absl::Status Sync(Process& process, FileNumber file);
  absl::Status Truncate(Process& process, FileNumber file, uint64_t size);
  absl::Status SyncDirectory(Process& process);
  absl::Status Rename(Process& process, std::string_view from, std::string_view to);
  absl::Status Remove(Process& process, std::string_view name);
  absl::StatusOr<std::vector<std::string>> List(Process& process);  // Sorted.

  // --- Faults, from outside of the program. ---
  DiskRules& rules();
  CrashRules& crash_rules();
  // The host lost power or its process: unsynced data meets its fate.
  void Crash();
  // Flips one bit of durable data; false when the file has no such byte.
  bool Rot(FileNumber file, uint64_t offset, uint32_t bit);
  // The same, of `bits` bits that are drawn among the bytes at rest of files with a name; returns
  // how many there were.
  uint64_t RotAtRest(uint64_t bits);
  // A sector that is drawn likewise can't be read any more; false when nothing is at rest.
  bool LoseSectorAtRest();
  // What was written to a sector that is drawn likewise stands in another one, and zeros where it
  // should: a write that went astray and was read from a cache so far. False when nothing is at
  // rest, or when both are one.
  bool MisdirectAtRest();
  void Stall();
  void EndStall();  // Without effect when not stalled.
  void Wipe();
  Image DurableImage() const;
  // Nothing else is left. Requires: the host is down, and the image is of this disk.
  void Restore(const Image& image);

  // --- For checks and tests: reads that are no world calls. ---
  uint64_t io_points() const;
  uint64_t bytes_used() const;
  std::vector<std::pair<std::string, FileNumber>> Names() const;  // Sorted by name.
  std::string VolatileBytes(FileNumber file) const;
  std::string DurableBytes(FileNumber file) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ww::sim
