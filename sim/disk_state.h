// Disk::State: what a disk is made of, and the life of one call. Included by the disk's own files.
//
// A call: its number; what the oracle says; which error is drawn; how long it takes. Then its
// effect, except that of a sync, which comes when its time is over. A call that takes time suspends
// until an event of the scheduler; when its process dies meanwhile the event is cancelled.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "sim/directory.h"
#include "sim/disk.h"
#include "sim/file_image.h"
#include "sim/host.h"
#include "sim/world.h"

namespace ww::sim {

inline constexpr uint32_t kFilesMax = 1u << 20;  // Over the life of a host: numbers are not reused.

class WaitingCall;

// How much of its effect a call has.
enum class CallEffect : uint8_t {
  kWhole,
  kPrefix,  // The first `prefix` bytes, and an error.
  kError,
  kFull,
};

struct DiskCall {
  IoPoint point;
  CallEffect effect = CallEffect::kWhole;
  uint64_t prefix = 0;
  bool crash_after = false;
  Duration time{};
};

struct Disk::State {
  State(Host& owner, Decisions& all_decisions);

  struct File {
    explicit File(FilePools& pools) : image(pools) {}
    FileImage image;
    bool named = true;                 // Has a name that the program sees.
    std::vector<uint64_t> unreadable;  // Sectors, ascending.
  };

  // A sync under way. When its caller is unwound before it ends, it never happens.
  struct RunningSync {
    RunningSync(State& owner, FileNumber its_file, uint64_t its_label)
        : state(owner), file(its_file), label(its_label) {}
    ~RunningSync();
    RunningSync(const RunningSync&) = delete;
    RunningSync& operator=(const RunningSync&) = delete;

    State& state;
    FileNumber file;
    uint64_t label;
  };

  // What a call is about.
  struct Subject {
    IoOperation operation;
    FileNumber file{};
    uint64_t offset = 0;
    uint64_t bytes = 0;
  };

  // Does not return when the host crashes before the call.
  DiskCall Begin(Process& process, const Subject& subject);
  void Journal(const DiskCall& call, const absl::Status& result, uint64_t digest);
  // Takes the call's time, then runs `completion`, then crashes the host if the oracle said so.
  // Suspends when the call takes time.
  void Await(Process& process, const DiskCall& call, absl::FunctionRef<void()> completion);
  // A call whose effect is there: journals it and takes its time.
  void End(Process& process, const DiskCall& call, const absl::Status& result, uint64_t digest);
  // The time of a sync is over: what it covers is durable, or forgotten if it fails.
  absl::Status EndSync(const DiskCall& call, const absl::Status& failure, uint64_t label);
  // The error that the call was given; OK when it may have its effect.
  absl::Status Failure(const DiskCall& call) const;
  // The first bytes that the call may write, within the capacity, at `offset`.
  absl::Status Write(const DiskCall& call, File& file, std::string_view bytes);
  absl::Status Resize(File& file, uint64_t size);
  // No more than `bytes_max` in all, no file above kFileBytesMax.
  absl::Status CheckRoom(const File& file, uint64_t size) const;

  File* Find(FileNumber number) const;   // Null when its data is gone.
  File* Named(FileNumber number) const;  // Null when the program can't see it.
  FileNumber Create(std::string_view name);
  void LoseName(FileNumber number);
  void FreeUnreferred();

  // Faults.
  void CrashNames();
  void CrashFile(FileNumber number, File& file, bool was_named);
  uint64_t DrawSize(FileNumber number, const SizeChoices& sizes);
  void Damaged(FileNumber number, uint64_t offset, uint64_t bytes);
  struct Place {
    FileNumber file;
    uint64_t offset = 0;
    uint64_t bytes = 0;
  };
  // A byte at rest of a file with a name; nothing when there is none.
  std::optional<Place> DrawPlaceAtRest(Stream& stream);
  // What is at rest of the sector of that place.
  Place SectorAtRest(const Place& place) const;
  static bool Readable(const File& file, uint64_t offset, uint64_t bytes);
  static void BecomeReadable(File& file, uint64_t offset, uint64_t bytes);

  Host& host;
  World& world;
  Decisions& decisions;
  Stream& latency;
  Stream& errors;
  DiskRules rules;
  CrashRules crash_rules;
  uint64_t io_points = 0;
  uint64_t bytes_used = 0;  // By files that have a name.
  FilePools pools;
  Directory directory;
  std::vector<std::unique_ptr<File>> files;  // By number - 1.
  std::vector<FileNumber> nameless;          // Data kept for a name that a crash may bring back.
  bool stalled = false;
  std::vector<WaitingCall*> held;  // Calls whose time was over while stalled, oldest first.

 private:
  void DrawErrors(DiskCall& call);
  void Apply(const IoVerdict& verdict, DiskCall& call);
  const DelayDistribution& LatencyOf(IoOperation operation) const;
};

}  // namespace ww::sim
