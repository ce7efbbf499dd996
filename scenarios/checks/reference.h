// Reference: the key-value machine and its sessions, executed once an index, per shard.
//
// The first replica that applies an index makes the reference execute it; the others, and the
// answers to clients, are compared with what it said. Responses are kept as hash, length and first
// bytes, so memory an index is constant however long the values grow.
//
// A session is a client between two registrations. Registering again is without effect unless an
// engine refused a command of the session since (it was evicted), or the client closed it: then a
// new one begins. Nothing is accepted in a closed one.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "scenarios/checks/events.h"
#include "scenarios/checks/stack.h"
#include "sim/base/bytes.h"

namespace ww::checks {

// What a response said, without its bytes.
struct ResponseDigest {
  uint64_t hash = 0;
  uint32_t size = 0;
  std::array<char, 12> head{};

  static ResponseDigest Of(std::string_view response) {
    ResponseDigest digest;
    if (response.empty()) return digest;
    digest.hash = DigestBytes(response);
    digest.size = static_cast<uint32_t>(response.size());
    if (response.size() >= digest.head.size()) [[likely]] {
      std::memcpy(digest.head.data(), response.data(), digest.head.size());
    } else {
      std::memcpy(digest.head.data(), response.data(), response.size());
    }
    return digest;
  }
  friend bool operator==(const ResponseDigest& a, const ResponseDigest& b) {
    return a.hash == b.hash && a.size == b.size;
  }
  std::string Describe() const;  // "\"abc...\" (64 bytes)".
};

// Tells commands apart: equal for all tries of one operation.
uint64_t IdentityOf(const CommandView& command);

struct AppliedRecord {
  uint64_t state_digest = 0;
  uint64_t identity = 0;  // 0: an empty entry.
  ResponseDigest response;
  uint32_t first = 0;  // Slot of the replica that applied it first.
  bool duplicate = false;
  bool rejected = false;
};

// What the reference says of a newly executed index.
struct Execution {
  bool was_duplicate = false;  // The session had this series before, at `earlier`.
  bool was_closed = false;  // It was accepted, though its client closed the session at `earlier`.
  Index earlier;
  // None, or the last use of a session that was evicted although this one was used earlier.
  Index evicted_before;
  bool judged = false;  // `expected` says what the response must be.
  ResponseDigest expected;
};

class Reference {
 public:
  // Of a machine that it does not know it executes the sessions only.
  explicit Reference(bool key_value = true) : key_value_(key_value) {}

  Index applied() const { return forgotten_ + records_.size(); }
  // Up to here the records are gone.
  Index forgotten() const { return forgotten_; }
  // Requires: forgotten() < index <= applied().
  const AppliedRecord& At(Index index) const { return records_[index - forgotten_ - 1]; }
  void ForgetUpTo(Index index);
  // Executes the next index as `event` says it happened. Requires: event.index == applied() + 1.
  Execution Execute(const EntryApplied& event, uint32_t slot, const ResponseDigest& response);

 private:
  struct Series {
    uint64_t number = 0;
    Index index;
    ResponseDigest response;
  };
  // Of one session. A client that is done with a command never asks for it again, and has few
  // under way.
  static constexpr size_t kSeriesMax = 1024;
  struct Session {
    bool refused = false;
    Index closed;                // None: it was not.
    Index used;                  // By the last command that it knew; none: never opened here.
    std::vector<Series> series;  // By number.
  };

  static const Series* FindSeries(const Session& session, uint64_t number);
  static void AddSeries(Session& session, const Series& series);
  void ExecuteCommand(const EntryApplied& event, Execution& execution);
  void ExecuteInSession(const EntryApplied& event, Session& session, Execution& execution);
  void NoteEvicted(const Session& session);
  ResponseDigest Change(const CommandView& command);

  bool key_value_;
  Index forgotten_;
  Stack<AppliedRecord> records_;  // Behind what is forgotten.
  absl::flat_hash_map<std::string, std::string> values_;
  absl::flat_hash_map<uint64_t, Session> sessions_;
  // The latest last use of a session that is known to have been evicted: whatever was used before
  // it and not since is evicted too.
  Index evicted_;
};

}  // namespace ww::checks
