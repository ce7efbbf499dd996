// PromiseFile: what an instance agreed to, on its disk, in a file of its own for each shard.
//
// A file and not a record of the host's log: a promise is made before there is anything that a log
// could be of, is written once or twice in the life of a disk, and must not depend on which
// segments of the log are kept. It is replaced as a whole: a new file is written and synced,
// renamed, and the directory synced, so that a crash at any point leaves the promise before or the
// one after, and nobody is told before the one after is durable.
//
// Layout: magic, creator, identity, flags (1 invited, 2 by all; all fixed, little-endian), then the
// hash of all that.
// Suspends: Read, Keep.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "raft/env/env.h"
#include "raft/failover/agreement.h"

namespace ww::raft::failover {

class PromiseFile {
 public:
  PromiseFile(Env& env, ShardId shard);

  // Nothing when none was ever made. DataLoss: it can't be read, and nobody knows what it was.
  absl::StatusOr<std::optional<Promise>> Read();
  // Durable when it returns OK; otherwise it may be so, and the same one may be kept again.
  absl::Status Keep(const Promise& promise);

 private:
  Env& env_;
  const std::string name_;
};

std::string EncodePromise(const Promise& promise);
std::optional<Promise> DecodePromise(std::string_view bytes);

}  // namespace ww::raft::failover
