// Sessions: what makes a client's command count at most once (Raft 6.3).
//
// A session remembers the answers of its client's commands by series number, until the client says
// that it has them (responded_to). The table holds a bounded number of sessions; the least recently
// used one is evicted. Recency is the order of log entries, so all replicas evict the same session
// at the same entry. A command of an unknown or evicted session is refused, identically everywhere.
//
// Invariants: at most `sessions_max` sessions; answers of a session are sorted by series and above
// responded_to; the digest covers sessions, answers and recency, in constant time an entry.
// Suspends: never.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "raft/core/types.h"
#include "sim/base/bytes.h"
#include "sim/base/ids.h"

namespace ww::raft {

// Answers that one session may hold; a client with more commands under way is refused.
inline constexpr size_t kAnswersMax = 1024;

// An answer that was given, and where the command had its effect.
struct Answer {
  uint64_t series = 0;
  Index index;
  std::string response;
};

class Sessions {
 public:
  // What a session says about a command that is about to be applied.
  enum class Verdict : uint8_t {
    kNew,        // Apply it, then Remember the answer.
    kDuplicate,  // It was applied before; Find has the answer.
    kForgotten,  // It was applied before, or given up, and the client said that it knows.
    kUnknown,    // No such session.
    kFull,       // The session holds kAnswersMax answers.
  };

  explicit Sessions(uint32_t sessions_max);

  // Opens the client's session at `index`; an open one is only touched and keeps its answers. The
  // series up to `responded_to` count as answered. Returns true when it was open already.
  bool Register(ClientId client, uint64_t responded_to, Index index);
  // Closes the client's session and forgets its answers. False when it is not open.
  bool Unregister(ClientId client);
  // Judges (client, series), after dropping the answers up to `responded_to`. Touches the session.
  Verdict Judge(ClientId client, uint64_t series, uint64_t responded_to, Index index);
  // Requires: Judge said kNew. Returns the answer, valid until the session's next call.
  const Answer& Remember(ClientId client, Answer answer);
  // Null when there is none.
  const Answer* Find(ClientId client, uint64_t series) const;

  // From the least to the most recently used: equal tables give equal bytes.
  void Save(ByteWriter& out) const;
  // Into an empty table. False when the bytes are no table of entries up to `applied`, or when it
  // is too large; the table is then of no use.
  bool Load(ByteReader& in, Index applied);

  uint64_t digest() const { return digest_; }
  size_t size() const { return by_client_.size(); }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Session {
    ClientId client;
    uint64_t responded_to = 0;
    Index touched;                // The entry that used it last.
    std::vector<Answer> answers;  // Sorted by series.
    uint64_t answers_digest = 0;  // Sum over the answers.
    uint32_t newer = kNone;       // Recency list; slots, so that order never depends on addresses.
    uint32_t older = kNone;
  };

  bool LoadSession(ByteReader& in, Index applied);
  bool LoadAnswer(ByteReader& in, Session& session);
  static uint64_t Share(const Session& session);
  static uint64_t Share(const Answer& answer);
  void Touch(uint32_t slot, Index index);
  void Unlink(uint32_t slot);
  void LinkNewest(uint32_t slot);
  void Drop(uint32_t slot);
  void Trim(Session& session, uint64_t responded_to);

  uint32_t sessions_max_;
  std::vector<Session> slots_;
  std::vector<uint32_t> free_;
  absl::flat_hash_map<ClientId, uint32_t> by_client_;  // Looked up, never iterated.
  uint32_t newest_ = kNone;
  uint32_t oldest_ = kNone;
  uint64_t digest_ = 0;
};

}  // namespace ww::raft
