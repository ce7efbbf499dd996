#include "tests/raft/core/script.h"

#include <fmt/format.h>

#include <sstream>

#include "sim/base/check.h"

namespace ww::raft::test {
namespace {

ReplicaId IdOf(const std::string& word) { return ReplicaId(NumberOf(word)); }

Duration LengthOf(const std::string& word) {
  CHECK(word.size() > 2 && word.substr(word.size() - 2) == "ms", "not a length: {}", word);
  return Milliseconds(static_cast<int64_t>(NumberOf(word.substr(0, word.size() - 2))));
}

}  // namespace

std::string Script::Execute(const std::string& line) {
  output_.clear();
  const Words words = WordsOf(line);
  CHECK(!words.empty());
  const bool known =
      Configure(words) || Drive(words) || Members(words) || Network(words) || Show(words);
  CHECK(known, "unknown command: {}", line);
  return output_;
}

// --- What there is ---

bool Script::Configure(const Words& words) {
  const std::string& command = words[0];
  if (command == "limit") {
    const uint32_t bound = static_cast<uint32_t>(NumberOf(words.at(2)));
    if (words.at(1) == "in-flight-messages") config_.in_flight_messages_max = bound;
    if (words.at(1) == "in-flight-entries") config_.in_flight_entries_max = bound;
    if (words.at(1) == "in-flight-bytes") config_.in_flight_bytes_max = bound;
    if (words.at(1) == "append-entries") config_.append_entries_max = bound;
    if (words.at(1) == "append-bytes") config_.append_bytes_max = bound;
    if (words.at(1) == "reads-pending") config_.reads_pending_max = bound;
  } else if (command == "quiet-after") {
    config_.quiet_after = LengthOf(words.at(1));
  } else if (command == "lease") {
    config_.lease_length = LengthOf(words.at(1));
  } else if (command == "add") {
    Create(words);
  } else if (command == "load") {
    Load(words);
  } else if (command == "timeout") {
    timeouts_[IdOf(words.at(1))] = LengthOf(words.at(2));
  } else if (command == "persist-at-once") {
    CHECK(cluster_ != nullptr, "persist-at-once stands after add");
    cluster_->set_persist_at_once(words.at(1) == "on");
  } else if (command == "transfer-at-once") {
    cluster_->set_transfer_at_once(words.at(1) == "on");
  } else {
    return false;
  }
  return true;
}

void Script::Create(const Words& words) {
  std::vector<uint64_t> voters;
  for (size_t at = 1; at < words.size(); ++at) voters.push_back(NumberOf(words[at]));
  cluster_ = std::make_unique<Cluster>(config_, VotersOf(voters));
  cluster_->set_observer(
      [this](ReplicaId id, const Effects& effects) { output_ += TextOf(id, effects); });
  cluster_->set_draw([this](ReplicaId id) {
    const auto chosen = timeouts_.find(id);
    if (chosen != timeouts_.end()) return chosen->second;
    return kElectionTimeout + Milliseconds(static_cast<int64_t>(id.value % 10) * 100);
  });
}

// load 2 term 3 vote 1 log 1 1 3, or with what stands in a snapshot: ... base 5@2 log 3 3
void Script::Load(const Words& words) {
  RecoveredState disk;
  disk.hard_state = {Term(NumberOf(words.at(3))), ReplicaId(NumberOf(words.at(5)))};
  size_t log = 6;
  if (words.at(log) == "base") {
    disk.base = disk.snapshot = PositionOf(words.at(log + 1));
    log += 2;
  }
  CHECK_EQ(words.at(log), "log");
  std::vector<uint64_t> terms;
  for (size_t at = log + 1; at < words.size(); ++at) terms.push_back(NumberOf(words[at]));
  disk.entries = LogOf(terms);
  cluster_->Load(IdOf(words.at(1)), std::move(disk));
}

// --- What happens ---

bool Script::Drive(const Words& words) {
  const std::string& command = words[0];
  if (command == "campaign" || command == "deadline") {
    cluster_->ReachDeadline(IdOf(words.at(1)));
  } else if (command == "propose") {
    cluster_->Propose(IdOf(words.at(1)), {words.begin() + 2, words.end()});
  } else if (command == "read") {
    cluster_->Step(IdOf(words.at(1)), Read{ReadContext(NumberOf(words.at(2)))});
  } else if (command == "hand-over") {
    cluster_->Step(IdOf(words.at(1)), Transfer{IdOf(words.at(2))});
  } else if (command == "persist") {
    const ReplicaId id = IdOf(words.at(1));
    const size_t count = words.size() > 2 ? NumberOf(words[2]) : cluster_->unpersisted(id);
    cluster_->Persist(id, count);
  } else if (command == "advance") {
    cluster_->Pass(LengthOf(words.at(1)), false);
  } else if (command == "run") {
    cluster_->Pass(LengthOf(words.at(1)), true);
  } else if (command == "snapshot") {
    const Index index(NumberOf(words.at(2)));
    cluster_->TakeSnapshot(IdOf(words.at(1)), index, Index(NumberOf(words.at(4))));
  } else if (command == "unreachable") {
    cluster_->Step(IdOf(words.at(1)), Unreachable{IdOf(words.at(2))});
  } else if (command == "wake") {
    cluster_->Step(IdOf(words.at(1)), WakeUp{});
  } else if (command == "crash") {
    cluster_->Crash(IdOf(words.at(1)));
  } else if (command == "restart") {
    cluster_->Restart(IdOf(words.at(1)));
  } else {
    return false;
  }
  return true;
}

// --- Changes of membership ---

namespace {

// From `at` on: "add 4", "add-non-voting 4", "add-witness 4", "delete 3", any number of them.
std::vector<MemberChange> MemberChangesOf(const Words& words, size_t at) {
  std::vector<MemberChange> changes;
  for (; at < words.size(); at += 2) {
    const uint64_t id = NumberOf(words.at(at + 1));
    if (words[at] == "delete") {
      changes.push_back(DeleteMember{ReplicaId(id)});
      continue;
    }
    MemberRole role = MemberRole::kVoter;
    if (words[at] == "add-non-voting") role = MemberRole::kNonVoting;
    if (words[at] == "add-witness") role = MemberRole::kWitness;
    CHECK(role != MemberRole::kVoter || words[at] == "add", "unknown change: {}", words[at]);
    changes.push_back(AddMember{role, MemberOf(id)});
  }
  return changes;
}

// change 1 add 4, change 1 joint delete 1 add 4, change 1 leave
ChangeRequest ChangeOf(const Words& words) {
  if (words.at(2) == "leave") return {LeaveJoint{}};
  if (words[2] == "joint") return {EnterJoint{MemberChangesOf(words, 3)}};
  const std::vector<MemberChange> changes = MemberChangesOf(words, 2);
  CHECK_EQ(changes.size(), 1u);
  if (const auto* add = std::get_if<AddMember>(&changes[0])) return {*add};
  return {std::get<DeleteMember>(changes[0])};
}

}  // namespace

bool Script::Members(const Words& words) {
  const std::string& command = words[0];
  if (command == "join") {
    cluster_->Join(IdOf(words.at(1)));
  } else if (command == "change") {
    cluster_->Change(IdOf(words.at(1)), ChangeOf(words));
  } else if (command == "apply-at-once") {
    cluster_->set_apply_at_once(words.at(1) == "on");
  } else if (command == "apply") {
    cluster_->Apply(IdOf(words.at(1)));
  } else if (command == "members") {
    for (const ReplicaId id : cluster_->ids()) {
      if (!cluster_->alive(id)) continue;
      output_ += fmt::format("  {}: {}\n", id, TextOf(cluster_->replica(id).membership()));
    }
  } else {
    return false;
  }
  return true;
}

// --- The network ---

Script::Filter Script::FilterOf(const Words& words, size_t at) {
  Filter filter;
  for (; at < words.size(); ++at) {
    const size_t arrow = words[at].find('>');
    if (arrow == std::string::npos) {
      filter.kind = words[at];
      continue;
    }
    const std::string from = words[at].substr(0, arrow);
    const std::string to = words[at].substr(arrow + 1);
    if (from != "*") filter.from = IdOf(from);
    if (to != "*") filter.to = IdOf(to);
  }
  return filter;
}

bool Script::Matches(const Filter& filter, const Message& message) {
  if (!filter.from.none() && filter.from != message.from) return false;
  if (!filter.to.none() && filter.to != message.to) return false;
  return filter.kind.empty() || filter.kind == NameOf(KindOf(message));
}

// Only what is in flight now; the answers stay in flight.
void Script::Deliver(const Filter& filter) {
  std::vector<Message>& network = cluster_->network();
  std::vector<Message> chosen;
  for (size_t position = 0; position < network.size();) {
    if (!Matches(filter, network[position])) {
      ++position;
      continue;
    }
    chosen.push_back(network[position]);
    network.erase(network.begin() + static_cast<ptrdiff_t>(position));
  }
  for (Message& message : chosen) {
    network.insert(network.begin(), std::move(message));
    cluster_->Deliver(0);
  }
}

// transfer 1>3 arrives | lost | unreported
void Script::EndTransfer(const Words& words) {
  const Filter filter = FilterOf({words.at(1)}, 0);
  const std::string& end = words.at(2);
  CHECK(end == "arrives" || end == "lost" || end == "unreported");
  std::vector<Cluster::Transfer>& transfers = cluster_->transfers();
  for (size_t at = 0; at < transfers.size(); ++at) {
    if (transfers[at].from != filter.from || transfers[at].what.to != filter.to) continue;
    return cluster_->EndTransfer(at, {end != "lost", end != "unreported"});
  }
  UNREACHABLE("no snapshot is on its way: {}", words[1]);
}

// transfer-from 1>3 5@2 term 4: the snapshot arrives at 3, whoever asked for it.
// status-of 1>3 5@2 term 4 lost: 1 hears that it did not.
void Script::Inject(const Words& words) {
  const Filter link = FilterOf({words.at(1)}, 0);
  const LogPosition position = PositionOf(words.at(2));
  CHECK_EQ(words.at(3), "term");
  const Term term(NumberOf(words.at(4)));
  if (words[0] == "transfer-from") {
    const Membership membership = cluster_->disk(link.to).membership;
    return cluster_->Step(link.to, SnapshotReceived{link.from, term, position, membership});
  }
  CHECK(words.at(5) == "arrived" || words[5] == "lost");
  cluster_->Step(link.from, SnapshotStatus{link.to, term, position, words[5] == "arrived"});
}

void Script::Cut(const std::string& link, bool both_ways) {
  const Filter filter = FilterOf({link}, 0);
  cluster_->Cut(filter.from, filter.to);
  if (both_ways) cluster_->Cut(filter.to, filter.from);
}

bool Script::Network(const Words& words) {
  const std::string& command = words[0];
  std::vector<Message>& network = cluster_->network();
  if (command == "deliver" && words.size() == 1) {
    cluster_->DeliverAll();
  } else if (command == "deliver") {
    Deliver(FilterOf(words, 1));
  } else if (command == "drop") {
    const Filter filter = FilterOf(words, 1);
    std::erase_if(network, [&](const Message& message) { return Matches(filter, message); });
  } else if (command == "repeat") {
    const Filter filter = FilterOf(words, 1);
    const std::vector<Message> before = network;
    for (const Message& message : before) {
      if (Matches(filter, message)) network.push_back(message);
    }
  } else if (command == "reverse") {
    network = std::vector<Message>(network.rbegin(), network.rend());
  } else if (command == "receive") {
    Message message = MessageOf(words, 1);
    cluster_->Step(message.to, Received{message});
  } else if (command == "transfer") {
    EndTransfer(words);
  } else if (command == "transfer-from" || command == "status-of") {
    Inject(words);
  } else if (command == "cut" || command == "cut-one-way") {
    Cut(words.at(1), command == "cut");
  } else if (command == "isolate") {
    cluster_->Isolate(IdOf(words.at(1)));
  } else if (command == "heal") {
    cluster_->Heal();
  } else {
    return false;
  }
  return true;
}

bool Script::Show(const Words& words) {
  const std::string& command = words[0];
  const auto line = [this](const std::string& text) { output_ += "  " + text + "\n"; };
  if (command == "status") {
    for (const ReplicaId id : cluster_->ids()) {
      line(cluster_->alive(id) ? cluster_->replica(id).Describe() : fmt::format("{} down", id));
    }
  } else if (command == "log") {
    for (const ReplicaId id : cluster_->ids()) {
      if (cluster_->alive(id)) line(fmt::format("{}: {}", id, cluster_->LogText(id)));
    }
  } else if (command == "network") {
    for (const Cluster::Transfer& transfer : cluster_->transfers()) {
      line(fmt::format("{}>{} snapshot {}@{}", transfer.from, transfer.what.to,
                       transfer.what.position.index, transfer.what.position.term));
    }
    for (const Message& message : cluster_->network()) line(TextOf(message));
  } else if (command == "quiet") {
    // The rest of the line runs without being shown.
    std::string rest;
    for (size_t at = 1; at < words.size(); ++at) rest += words[at] + " ";
    Execute(rest);
    output_.clear();
  } else {
    return false;
  }
  return true;
}

// A block is commands, "----", output up to an empty line. Comments and empty lines stay.
std::string Rewrite(const std::string& text) {
  Script script;
  std::istringstream stream(text);
  std::string result;
  std::string output;
  for (std::string line; std::getline(stream, line);) {
    if (line == "----") {
      result += "----\n" + (output.empty() ? "  (nothing)\n" : output);
      output.clear();
      while (std::getline(stream, line) && !line.empty()) continue;
      result += "\n";
    } else {
      result += line + "\n";
      if (!line.empty() && line[0] != '#') output += script.Execute(line);
    }
  }
  while (result.size() > 1 && result.substr(result.size() - 2) == "\n\n") result.pop_back();
  return result;
}

}  // namespace ww::raft::test
