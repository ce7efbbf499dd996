// The mark of a replica that is broken: a small file that says so, and why, for as long as the host
// keeps anything of the replica (FORMAT.md, "Marks").
//
// Whoever finds the file does not start the replica. One whose bytes are damaged marks all the
// same: its name says of whom.
//
// Errors: those of Files.
// Suspends: every function that takes an Env.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "raft/env/env.h"

namespace ww::raft {

std::string MarkName(const ReplicaIdentity& who);
// Whether a file is a mark, or the temporary of one.
bool IsMarkName(std::string_view name);

// Durable, under its name, when it returns.
absl::Status WriteMark(Env& env, const ReplicaIdentity& who, std::string_view why);
// What the mark says.
absl::StatusOr<std::string> ReadMark(Env& env, const ReplicaIdentity& who);

}  // namespace ww::raft
