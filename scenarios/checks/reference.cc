#include "scenarios/checks/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/string_view.h"
#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::checks {

std::string ResponseDigest::Describe() const {
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(size, head.size()); ++i) {
    const char c = head[i];
    text.push_back(c >= ' ' && c <= '~' ? c : '.');
  }
  return fmt::format("\"{}{}\" ({} bytes)", text, size > head.size() ? "..." : "", size);
}

uint64_t IdentityOf(const CommandView& command) {
  const uint64_t seed = Absorb(
      Absorb(static_cast<uint64_t>(command.operation) + 1, command.client.value), command.series);
  const uint64_t key = DigestBytes(command.key, seed);
  return DigestBytes(command.value, key) | 1;  // Never 0.
}

const Reference::Series* Reference::FindSeries(const Session& session, uint64_t number) {
  const auto& all = session.series;
  if (all.empty() || all.back().number < number) return nullptr;
  const auto it = std::lower_bound(
      all.begin(), all.end(), number,
      [](const Series& series, uint64_t wanted) { return series.number < wanted; });
  return it != all.end() && it->number == number ? &*it : nullptr;
}

void Reference::AddSeries(Session& session, const Series& series) {
  auto place = session.series.end();
  while (place != session.series.begin() && std::prev(place)->number > series.number) --place;
  session.series.insert(place, series);
  if (session.series.size() > kSeriesMax) {
    session.series.erase(session.series.begin(), session.series.begin() + kSeriesMax / 2);
  }
}

void Reference::ForgetUpTo(Index index) {
  if (index <= forgotten_) return;
  CHECK_LE(index, applied());
  records_.DropFront(index - forgotten_);
  forgotten_ = index;
}

Execution Reference::Execute(const EntryApplied& event, uint32_t slot,
                             const ResponseDigest& response) {
  CHECK_EQ(event.index, applied().next());
  Execution execution;
  AppliedRecord record;
  record.state_digest = event.state_digest;
  record.response = response;
  record.first = slot;
  record.duplicate = event.duplicate;
  record.rejected = event.rejected;
  if (event.command.has_value()) {
    record.identity = IdentityOf(*event.command);
    ExecuteCommand(event, execution);
  } else {
    execution.judged = !event.rejected;  // An empty entry answers nothing.
  }
  records_.Push(record);
  return execution;
}

void Reference::ExecuteCommand(const EntryApplied& event, Execution& execution) {
  const CommandView& command = *event.command;
  const bool in_session =
      !command.client.none() && (command.series != 0 || command.operation == Operation::kRegister ||
                                 command.operation == Operation::kUnregister);
  if (!in_session) {
    if (event.rejected) return;
    execution.judged = key_value_;
    if (key_value_) execution.expected = Change(command);
    return;
  }
  Session& session = sessions_[command.client.value];
  // A series that the client had given up is refused too, in a session that is still open.
  const bool unknown = event.rejected && !event.duplicate;
  if (unknown) {
    NoteEvicted(session);
    session.refused = true;
    return;
  }
  if (command.operation == Operation::kRegister && !event.duplicate) {
    NoteEvicted(session);
    if (session.refused || !session.closed.none()) session = Session();
  } else if (!session.used.none() && session.used < evicted_) {
    execution.evicted_before = evicted_;
    execution.earlier = session.used;
  }
  session.used = event.index;
  if (event.rejected || command.operation == Operation::kRegister) return;
  ExecuteInSession(event, session, execution);
}

// The session is gone: was it evicted?
void Reference::NoteEvicted(const Session& session) {
  if (session.refused || !session.closed.none() || session.used.none()) return;
  evicted_ = std::max(evicted_, session.used);
}

void Reference::ExecuteInSession(const EntryApplied& event, Session& session,
                                 Execution& execution) {
  const CommandView& command = *event.command;
  if (!execution.evicted_before.none()) return;
  execution.was_closed = !session.closed.none();
  execution.earlier = session.closed;
  if (execution.was_closed) return;
  if (command.operation == Operation::kUnregister) {
    session.closed = event.index;
    return;
  }
  if (const Series* before = FindSeries(session, command.series); before != nullptr) {
    execution.was_duplicate = true;
    execution.earlier = before->index;
    execution.expected = before->response;
    execution.judged = true;
    return;
  }
  execution.judged = key_value_;
  if (key_value_) execution.expected = Change(command);
  AddSeries(session, {command.series, event.index, ResponseDigest::Of(event.response)});
}

ResponseDigest Reference::Change(const CommandView& command) {
  // Debian's Abseil has a string_view of its own.
  const absl::string_view key(command.key.data(), command.key.size());
  switch (command.operation) {
    case Operation::kRegister:
    case Operation::kUnregister:
      return {};
    case Operation::kPut: {
      std::string& value = values_[key];
      const ResponseDigest before = ResponseDigest::Of(value);
      value.assign(command.value);
      return before;
    }
    case Operation::kAppend: {
      std::string& value = values_[key];
      value.append(command.value);
      return ResponseDigest::Of(fmt::format_int(value.size()).c_str());
    }
    case Operation::kGet: {
      const auto it = values_.find(key);
      return it == values_.end() ? ResponseDigest() : ResponseDigest::Of(it->second);
    }
  }
  UNREACHABLE("operation {}", static_cast<int>(command.operation));
}

}  // namespace ww::checks
