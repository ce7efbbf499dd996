#include "tests/raft/core/text.h"

#include <fmt/format.h>

#include <sstream>

#include "raft/core/membership.h"
#include "raft/core/membership_codec.h"
#include "sim/base/check.h"

namespace ww::raft::test {
namespace {

std::string TextOf(const LogPosition& position) {
  return fmt::format("{}@{}", position.index, position.term);
}

std::string TextOf(const Entries& entries, Index first) {
  std::string text;
  Index index = first;
  for (const Entry& entry : entries) {
    text += fmt::format(" {}@{}", index, entry.term);
    if (entry.type == EntryType::kMembership) {
      const auto change = DecodeMembershipEntry(entry.payload.view());
      text += fmt::format("=({})", test::TextOf(change.value().result));
    } else if (!entry.payload.empty()) {
      text += fmt::format("={}", entry.payload.view());
    }
    ++index;
  }
  return text;
}

std::string TextOf(const Responders& responders) {
  std::string text;
  for (const ReplicaId replica : responders) text += fmt::format(" {}", replica);
  return text;
}

std::string BodyOf(const VoteRequest& request) {
  return fmt::format("{}{}last {}", request.pre_vote ? "pre " : "",
                     request.transfer ? "transfer " : "", TextOf(request.last));
}
std::string BodyOf(const VoteReply& reply) {
  return fmt::format("{}{} asked {}{}", reply.pre_vote ? "pre " : "",
                     reply.granted ? "granted" : "denied", reply.request_term,
                     reply.committed.index.none() ? "" : " committed " + TextOf(reply.committed));
}
std::string BodyOf(const AppendRequest& request) {
  std::string text = fmt::format("after {} commit {}", TextOf(request.previous), request.commit);
  if (request.entries.empty()) return text;
  return text + " entries" + TextOf(request.entries, request.previous.index.next());
}
std::string BodyOf(const AppendReply& reply) {
  if (reply.accepted) return fmt::format("match {}", reply.match);
  return fmt::format("refused {} hint {}", reply.rejected, TextOf(reply.hint));
}
std::string BatchOf(uint64_t batch) {
  return batch == 0 ? std::string() : fmt::format(" batch {}", batch);
}
std::string BodyOf(const Heartbeat& heartbeat) {
  return fmt::format("commit {} round {}{}", heartbeat.commit, heartbeat.round,
                     BatchOf(heartbeat.read_batch));
}
std::string BodyOf(const HeartbeatReply& reply) {
  return fmt::format("round {}{}", reply.round, BatchOf(reply.read_batch));
}
std::string BodyOf(const ReadRequest& request) { return fmt::format("read {}", request.context); }
std::string BodyOf(const ReadReply& reply) {
  return fmt::format("read {} at {}", reply.context, reply.index);
}
std::string BodyOf(const TimeoutNow& order) {
  return fmt::format("last {} round {}", TextOf(order.last), order.round);
}
std::string BodyOf(const Quiesce& quiesce) { return fmt::format("last {}", TextOf(quiesce.last)); }

std::string TextOf(ReplicaId replica, const RoleChange& change) {
  switch (change.role) {
    case Role::kFollower:
      if (change.leader.none())
        return fmt::format("{} follows nobody in term {}", replica, change.term);
      return fmt::format("{} follows {} in term {}", replica, change.leader, change.term);
    case Role::kPreCandidate:
      return fmt::format("{} asks for pre-votes in term {}", replica, change.term);
    case Role::kCandidate:
      if (change.transfer) {
        return fmt::format("{} campaigns in term {}, as its leader said", replica, change.term);
      }
      return fmt::format("{} campaigns in term {}, supported by{}", replica, change.term,
                         TextOf(change.elected_by));
    case Role::kLeader:
      return fmt::format("{} leads term {}, elected by{}", replica, change.term,
                         TextOf(change.elected_by));
  }
  UNREACHABLE("role");
}

}  // namespace
std::string TextOf(ReplicaId replica, const ReadReady& ready) {
  if (ready.index.none()) return fmt::format("{} refuses read {}", replica, ready.context);
  return fmt::format("{} may answer read {} from {} on", replica, ready.context, ready.index);
}

std::string TextOf(ReplicaId replica, const ReadConfirmation& confirmation) {
  if (confirmation.lease) {
    return fmt::format("{} confirms reads at {} by lease", replica, confirmation.index);
  }
  return fmt::format("{} confirms reads at {} by{}", replica, confirmation.index,
                     TextOf(confirmation.counted));
}

std::string TextOf(ReplicaId replica, const LeaseEffect& lease) {
  const int64_t end = lease.end.ns / Milliseconds(1).ns;
  if (lease.counted.empty()) return fmt::format("{} gives its lease back at {}ms", replica, end);
  return fmt::format("{} holds a lease until {}ms by{}", replica, end, TextOf(lease.counted));
}

const char* TextOf(TransferReason reason) {
  switch (reason) {
    case TransferReason::kNone:
      return "";
    case TransferReason::kNotLeader:
      return ": it does not lead";
    case TransferReason::kTargetLeads:
      return ": it leads already";
    case TransferReason::kTargetNoVoter:
      return ": no voter";
    case TransferReason::kInProgress:
      return ": another is under way";
    case TransferReason::kTimeout:
      return ": time is over";
    case TransferReason::kOtherLeader:
      return ": another one leads";
    case TransferReason::kSuccessorUnseen:
      return ": leadership lost, no successor seen";
  }
  UNREACHABLE("reason");
}

std::string TextOf(ReplicaId replica, const TransferEffect& transfer) {
  const char* what = "";
  switch (transfer.event) {
    case TransferEvent::kStarted:
      what = "begun";
      break;
    case TransferEvent::kCompleted:
      what = "completed";
      break;
    case TransferEvent::kAborted:
      what = "aborted";
      break;
    case TransferEvent::kRefused:
      what = "refused";
      break;
  }
  return fmt::format("{} transfer to {} {}{}", replica, transfer.target, what,
                     TextOf(transfer.reason));
}

// --- Reading ---

LogPosition PositionOf(const std::string& word) {
  const size_t at = word.find('@');
  CHECK_NE(at, std::string::npos);
  return {Index(NumberOf(word.substr(0, at))), Term(NumberOf(word.substr(at + 1)))};
}

namespace {

Entry EntryOf(const std::string& word) {
  const size_t equals = word.find('=');
  Entry entry;
  entry.term = PositionOf(word.substr(0, equals)).term;
  if (equals == std::string::npos) return entry;
  entry.type = EntryType::kCommand;
  entry.payload = Payload::Copy(word.substr(equals + 1));
  return entry;
}

// The words of one message after its kind: "key value" pairs, and flags.
class Fields {
 public:
  Fields(const Words& words, size_t at) : words_(words), at_(at) {}

  bool Flag(const std::string& name) const { return Find(name) < words_.size(); }
  uint64_t Number(const std::string& name) const { return Flag(name) ? NumberOf(Value(name)) : 0; }
  LogPosition Position(const std::string& name) const {
    return Flag(name) ? PositionOf(Value(name)) : LogPosition{};
  }
  Entries Rest(const std::string& name) const {
    Entries entries;
    for (size_t at = Find(name) + 1; at < words_.size(); ++at) {
      entries.push_back(EntryOf(words_[at]));
    }
    return entries;
  }

 private:
  size_t Find(const std::string& name) const {
    size_t at = at_;
    while (at < words_.size() && words_[at] != name) ++at;
    return at;
  }
  const std::string& Value(const std::string& name) const { return words_.at(Find(name) + 1); }

  const Words& words_;
  size_t at_;
};

MessageBody BodyFrom(const std::string& kind, const Fields& fields) {
  if (kind == "VoteRequest") {
    return VoteRequest{fields.Flag("pre"), fields.Position("last"), fields.Flag("transfer")};
  }
  if (kind == "VoteReply") {
    return VoteReply{fields.Flag("pre"), fields.Flag("granted"), Term(fields.Number("asked")),
                     fields.Position("committed")};
  }
  if (kind == "AppendRequest") {
    return AppendRequest{fields.Position("after"), Index(fields.Number("commit")),
                         fields.Rest("entries")};
  }
  if (kind == "AppendReply") {
    return AppendReply{fields.Flag("match"), Index(fields.Number("match")),
                       Index(fields.Number("refused")), fields.Position("hint")};
  }
  if (kind == "Quiesce") return Quiesce{fields.Position("last")};
  const uint64_t batch = fields.Number("batch");
  const ReadContext read(fields.Number("read"));
  if (kind == "Heartbeat") {
    return Heartbeat{Index(fields.Number("commit")), fields.Number("round"), batch};
  }
  if (kind == "HeartbeatReply") return HeartbeatReply{fields.Number("round"), batch};
  if (kind == "ReadRequest") return ReadRequest{read};
  if (kind == "ReadReply") return ReadReply{read, Index(fields.Number("at"))};
  CHECK_EQ(kind, "TimeoutNow");
  return TimeoutNow{fields.Position("last"), fields.Number("round")};
}

}  // namespace

Words WordsOf(const std::string& line) {
  std::istringstream stream(line);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

uint64_t NumberOf(const std::string& word) {
  CHECK(!word.empty());
  uint64_t number = 0;
  for (const char digit : word) {
    CHECK(digit >= '0' && digit <= '9', "not a number: {}", word);
    number = number * 10 + static_cast<uint64_t>(digit - '0');
  }
  return number;
}

std::string TextOf(const Message& message) {
  const std::string body =
      std::visit([](const auto& alternative) { return BodyOf(alternative); }, message.body);
  return fmt::format("{}>{} {} term {} {}", message.from, message.to, NameOf(KindOf(message)),
                     message.term, body);
}

std::string TextOf(const Membership& membership) {
  const auto list = [](const char* name, const std::vector<Member>& members) {
    if (members.empty()) return std::string();
    std::string text = name;
    for (const Member& member : members) text += fmt::format(" {}", member.replica);
    return text;
  };
  std::string text = list("voters", membership.voters);
  if (text.empty()) return "knows nobody";
  text += list(", witnesses", membership.witnesses);
  text += list(", non-voting", membership.non_voting);
  text += list(", leaving voters", membership.outgoing_voters);
  text += list(", leaving witnesses", membership.outgoing_witnesses);
  if (!membership.removed.empty()) text += ", removed";
  for (const ReplicaId id : membership.removed) text += fmt::format(" {}", id);
  return text;
}

Message MessageOf(const Words& words, size_t at) {
  const std::string& link = words.at(at);
  const size_t arrow = link.find('>');
  CHECK_NE(arrow, std::string::npos);
  const Fields fields(words, at + 2);
  return Message{ReplicaId(NumberOf(link.substr(0, arrow))),
                 ReplicaId(NumberOf(link.substr(arrow + 1))), Term(fields.Number("term")),
                 BodyFrom(words.at(at + 1), fields)};
}

std::string TextOf(ReplicaId replica, const Effects& effects) {
  std::string text;
  const auto line = [&text](const std::string& what) { text += "  " + what + "\n"; };
  for (const RoleChange& change : effects.role_changes) line(TextOf(replica, change));
  if (effects.hard_state.has_value()) {
    line(fmt::format("{} writes term {} vote {}", replica, effects.hard_state->term,
                     effects.hard_state->vote));
  }
  if (effects.install.has_value()) {
    line(fmt::format("{} installs snapshot {}", replica, TextOf(*effects.install)));
  }
  if (effects.append.has_value()) {
    line(fmt::format("{} writes{}{}", replica,
                     TextOf(effects.append->entries, effects.append->first),
                     effects.append->truncates ? ", cutting" : ""));
  }
  if (effects.change_refused.has_value()) {
    line(fmt::format("{} refuses the change: {}", replica, NameOf(*effects.change_refused)));
  }
  if (effects.commit.has_value()) {
    const std::string counted =
        effects.commit->leads ? ", counted" + TextOf(effects.commit->counted) : "";
    line(fmt::format("{} commits {}{}", replica, effects.commit->index, counted));
  }
  for (const SendSnapshot& what : effects.send_snapshots) {
    line(fmt::format("{} sends snapshot {} to {}", replica, TextOf(what.position), what.to));
  }
  if (effects.lease.has_value()) line(TextOf(replica, *effects.lease));
  if (effects.read_confirmation.has_value()) line(TextOf(replica, *effects.read_confirmation));
  for (const ReadReady& ready : effects.reads_ready) line(TextOf(replica, ready));
  if (effects.transfer.has_value()) line(TextOf(replica, *effects.transfer));
  for (const Message& message : effects.send_now) line("send " + TextOf(message));
  for (const Message& message : effects.send_after_durable) line("when durable " + TextOf(message));
  return text;
}

}  // namespace ww::raft::test
