// FaultOracle and DiskObserver: how fault injection and checks look into the world.
//
// Every disk call of a program is an I/O point, numbered per host over the whole run. The world
// asks the oracle at each; the oracle may count it, change its outcome or crash the host around it.
#pragma once

#include <cstdint>

#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace ww::sim {

enum class IoOperation : uint8_t {
  kOpen,
  kAppend,
  kWrite,
  kRead,
  kSync,
  kSyncDirectory,
  kRename,
  kRemove,
  kTruncate,
  kList,
};
const char* NameOf(IoOperation operation);

// A file of a host's disk; stays the same through renames, never used twice on a host.
struct FileNumber {
  uint32_t value = 0;
  friend auto operator<=>(const FileNumber&, const FileNumber&) = default;
};

struct IoPoint {
  HostId host;
  uint64_t number = 0;  // 1, 2, ... per host over the whole run.
  IoOperation operation = IoOperation::kOpen;
  FileNumber file;  // 0 for operations on the directory.
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

enum class IoAction : uint8_t {
  kProceed,
  kDelay,        // Proceed after `delay` more.
  kFail,         // The call fails with an I/O error; a failed sync drops the dirty data.
  kFull,         // The call fails for want of space.
  kTear,         // A write that does only its first `bytes`, and fails.
  kCrashBefore,  // The host crashes; the call has no effect.
  kCrashAfter,   // The host crashes when the call has had its effect, before it returns.
};

struct IoVerdict {
  IoAction action = IoAction::kProceed;
  Duration delay;
  uint64_t bytes = 0;
};

class FaultOracle {
 public:
  virtual ~FaultOracle() = default;
  virtual IoVerdict AtIoPoint(const IoPoint& point) = 0;
};

// Hears what became durable and what a crash left; never changes anything.
class DiskObserver {
 public:
  virtual ~DiskObserver() = default;
  // Everything of `file` below `size` that was written before is durable, truncations included.
  virtual void OnSynced(HostId host, FileNumber file, uint64_t size) = 0;
  // A sync failed: what was dirty is gone from the cache's promise and may never be written.
  virtual void OnSyncFailed(HostId host, FileNumber file) = 0;
  // The host crashed; each unsynced sector was kept, lost or torn by decision.
  virtual void OnCrash(HostId host) = 0;
  // A durable range was damaged by a fault.
  virtual void OnDamaged(HostId host, FileNumber file, uint64_t offset, uint64_t bytes) = 0;
  // Everything is gone, names and all.
  virtual void OnWiped(HostId host) = 0;
};

}  // namespace ww::sim
