// What a replica answers, for all small states and messages, against rules written down a second
// time: naive, without the engine's types for logs and progress.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/raft/core/lone.h"

namespace ww::raft::test {
namespace {

using Terms = std::vector<uint64_t>;

uint64_t TermIn(const Terms& log, uint64_t index) { return index == 0 ? 0 : log[index - 1]; }

// Every log of at most `length` entries whose terms do not decrease, over terms 1 to `terms`.
std::vector<Terms> AllLogs(size_t length, uint64_t terms) {
  std::vector<Terms> all{{}};
  for (size_t at = 0; at < all.size(); ++at) {
    const Terms log = all[at];
    if (log.size() == length) continue;
    for (uint64_t term = log.empty() ? 1 : log.back(); term <= terms; ++term) {
      all.push_back(log);
      all.back().push_back(term);
    }
  }
  return all;
}

// Two logs of one shard: where they have an entry of the same place and term, all before is equal.
bool CanCoexist(const Terms& a, const Terms& b) {
  bool equal = true;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] == b[i] && !equal) return false;
    equal = equal && a[i] == b[i];
  }
  return true;
}

uint64_t CommonPrefix(const Terms& a, const Terms& b) {
  size_t equal = 0;
  while (equal < std::min(a.size(), b.size()) && a[equal] == b[equal]) ++equal;
  return equal;
}

// --- Votes ---

enum class Hears { kNobody, kLeaderNow, kLeaderLongAgo, kAsksItself };

struct Voter {
  uint64_t vote = 0;
  Terms log;
  Hears hears = Hears::kNobody;
};
constexpr uint64_t kVoterTerm = 2;
constexpr uint64_t kCandidate = 2;

struct Ballot {
  bool answered = false;
  bool granted = false;
  uint64_t term = 0;  // The voter's, afterwards.
};

Ballot VoteOf(const Voter& voter, uint64_t term, const VoteRequest& request) {
  const bool known = voter.hears == Hears::kLeaderNow || voter.hears == Hears::kLeaderLongAgo;
  const bool told = request.transfer && !request.pre_vote;
  if (term > kVoterTerm && voter.hears == Hears::kLeaderNow && !told) {
    return {false, false, kVoterTerm};
  }
  if (term < kVoterTerm) return {true, false, kVoterTerm};
  const uint64_t last_term = voter.log.empty() ? 0 : voter.log.back();
  const bool up_to_date =
      request.last.term.value > last_term ||
      (request.last.term.value == last_term && request.last.index.value >= voter.log.size());
  if (request.pre_vote) return {true, up_to_date && term > kVoterTerm, kVoterTerm};
  const bool open = term > kVoterTerm || (voter.vote == 0 && !known);
  return {true, up_to_date && (open || voter.vote == kCandidate), term};
}

TEST(Tables, EveryVoteIsAsTheRulesSay) {
  size_t judged = 0;
  for (const uint64_t vote : {0, 2, 3}) {
    for (const Terms& log : AllLogs(2, 2)) {
      for (const Hears hears :
           {Hears::kNobody, Hears::kLeaderNow, Hears::kLeaderLongAgo, Hears::kAsksItself}) {
        for (uint64_t code = 0; code < 3 * 4 * 4 * 3; ++code) {
          const uint64_t term = code % 3 + 1;
          const VoteRequest request{code / 3 % 2 == 1, At(code / 12 % 4, code / 48),
                                    code / 6 % 2 == 1};
          const Voter voter{vote, log, hears};
          Lone lone(3, {Term(kVoterTerm), ReplicaId(vote)}, log);
          if (hears == Hears::kLeaderNow || hears == Hears::kLeaderLongAgo) {
            lone.Receive(3, kVoterTerm, Heartbeat{Index(0), 1, 0});
          }
          if (hears == Hears::kLeaderLongAgo)
            lone.cluster().AdvanceTo(LocalTime{} + kElectionTimeout);
          if (hears == Hears::kAsksItself) lone.Timeout();
          lone.Sent();
          lone.Receive(kCandidate, term, request);
          const auto replies = BodiesOf<VoteReply>(lone.Sent());
          const Ballot expected = VoteOf(voter, term, request);
          ASSERT_EQ(replies.size(), expected.answered ? 1u : 0u) << code;
          if (expected.answered) {
            ASSERT_EQ(replies[0].granted, expected.granted)
                << "vote " << vote << " log " << testing::PrintToString(log) << " hears "
                << static_cast<int>(hears) << " term " << term << " pre " << request.pre_vote
                << " transfer " << request.transfer << " last " << request.last.index.value << "@"
                << request.last.term.value;
          }
          ASSERT_EQ(lone.term(), expected.term);
          const bool voted = expected.granted && !request.pre_vote;
          ASSERT_EQ(lone.replica().vote().value,
                    voted ? kCandidate : (expected.term > kVoterTerm ? 0 : vote));
          ++judged;
        }
      }
    }
  }
  EXPECT_EQ(judged, 3u * 6 * 4 * 144);
}

// --- Appends ---

struct Follower {
  Terms log;
  uint64_t commit = 0;
};
struct AppendOutcome {
  bool accepted = false;
  uint64_t match = 0;
  uint64_t hint = 0;
  Follower after;
};

AppendOutcome AppendTo(const Follower& follower, uint64_t previous, uint64_t previous_term,
                       const Terms& entries, uint64_t commit) {
  AppendOutcome outcome{false, 0, 0, follower};
  Terms& log = outcome.after.log;
  if (previous > log.size() || TermIn(log, previous) != previous_term) {
    outcome.hint = std::min<uint64_t>(previous, log.size());
    while (TermIn(log, outcome.hint) > previous_term) --outcome.hint;
    return outcome;
  }
  outcome.accepted = true;
  outcome.match = previous + entries.size();
  for (size_t i = 0; i < entries.size(); ++i) {
    const size_t place = previous + i;
    if (place < log.size() && log[place] != entries[i]) log.resize(place);
    if (place == log.size()) log.push_back(entries[i]);
  }
  outcome.after.commit = std::max(follower.commit, std::min(commit, outcome.match));
  return outcome;
}

// The follower's log begins behind `base`, which is committed; the outcome must not depend on it.
void ExpectAppend(const Follower& follower, uint64_t base, const Terms& leader, uint64_t previous,
                  uint64_t count, uint64_t commit) {
  constexpr uint64_t kTerm = 4;
  Lone lone(3);
  RecoveredState disk = DiskOf({Term(3), ReplicaId()}, {});
  disk.base = disk.snapshot = At(base, TermIn(follower.log, base));
  disk.entries = LogOf({follower.log.begin() + static_cast<ptrdiff_t>(base), follower.log.end()});
  disk.commit = Index(follower.commit);
  lone.cluster().Load(kSelf, std::move(disk));
  const Terms entries(leader.begin() + static_cast<ptrdiff_t>(previous),
                      leader.begin() + static_cast<ptrdiff_t>(previous + count));
  lone.Receive(
      2, kTerm,
      AppendRequest{At(previous, TermIn(leader, previous)), Index(commit), EntriesOf(entries)});
  const AppendOutcome expected =
      AppendTo(follower, previous, TermIn(leader, previous), entries, commit);
  const auto replies = BodiesOf<AppendReply>(lone.Sent());
  const auto what = [&] {
    return fmt::format("log {} commit {} base {} leader {} after {} count {} commit {}",
                       testing::PrintToString(follower.log), follower.commit, base,
                       testing::PrintToString(leader), previous, count, commit);
  };
  ASSERT_EQ(replies.size(), 1u) << what();
  ASSERT_EQ(replies[0].accepted, expected.accepted) << what();
  if (expected.accepted) {
    // Below the base everything is held, whatever was sent.
    ASSERT_EQ(replies[0].match.value, std::max(expected.match, base)) << what();
  } else {
    ASSERT_EQ(replies[0].rejected.value, previous) << what();
    ASSERT_EQ(replies[0].hint.index.value, expected.hint) << what();
  }
  const Terms rest(expected.after.log.begin() + static_cast<ptrdiff_t>(base),
                   expected.after.log.end());
  ASSERT_EQ(TermsOf(lone.replica()), rest) << what();
  ASSERT_EQ(lone.commit(), std::max(expected.after.commit, std::min(commit, base))) << what();
  ASSERT_EQ(lone.cluster().disk(kSelf).entries.size(), rest.size()) << what();
}

TEST(Tables, EveryAppendIsAsTheRulesSay) {
  size_t judged = 0;
  for (const Terms& log : AllLogs(4, 3)) {
    for (const Terms& leader : AllLogs(4, 3)) {
      if (!CanCoexist(log, leader)) continue;
      const uint64_t committed_max = CommonPrefix(log, leader);
      for (const uint64_t committed : {uint64_t{0}, committed_max}) {
        for (uint64_t previous = 0; previous <= leader.size(); ++previous) {
          for (uint64_t count = 0; count <= leader.size() - previous; ++count) {
            for (uint64_t commit = committed; commit <= leader.size(); ++commit) {
              for (uint64_t base = 0; base <= committed; ++base) {
                ExpectAppend({log, committed}, base, leader, previous, count, commit);
                if (HasFatalFailure()) return;
                ++judged;
              }
            }
          }
        }
        if (committed_max == 0) break;
      }
    }
  }
  EXPECT_GT(judged, 20'000u);
}

// --- Snapshots ---

TEST(Tables, EverySnapshotIsTakenIgnoredOrReplacesAllAsTheRulesSay) {
  size_t judged = 0;
  for (const Terms& log : AllLogs(4, 3)) {
    for (uint64_t committed = 0; committed <= log.size(); ++committed) {
      for (uint64_t code = 0; code < 5 * 3 * 2; ++code) {
        const uint64_t index = code % 5 + 1;
        const uint64_t term = code / 5 % 3 + 1;
        const uint64_t from_term = code / 15 == 0 ? 3 : 5;  // Below and above the follower's 4.
        // What is committed here stands in every snapshot that reaches as far.
        if (index <= committed ? TermIn(log, index) != term : TermIn(log, committed) > term) {
          continue;
        }
        Lone lone(3);
        RecoveredState disk = DiskOf({Term(4), ReplicaId()}, log);
        disk.commit = Index(committed);
        lone.cluster().Load(kSelf, std::move(disk));
        lone.Sent();
        lone.cluster().Step(kSelf, SnapshotReceived{ReplicaId(2), Term(from_term), At(index, term),
                                                    VotersOf({1, 2, 3})});
        const auto replies = BodiesOf<AppendReply>(lone.Sent());
        const bool outdated = from_term < 4;
        const bool held = index <= log.size() && TermIn(log, index) == term;
        const bool replaces = !outdated && index > committed && !held;
        ASSERT_EQ(replies.size(), outdated ? 0u : 1u);
        if (!outdated) {
          ASSERT_EQ(replies[0].match.value, index);
        }
        ASSERT_EQ(lone.commit(), outdated ? committed : std::max(committed, index));
        ASSERT_EQ(TermsOf(lone.replica()), replaces ? Terms() : log);
        ASSERT_EQ(lone.replica().first_index().value, replaces ? index + 1 : 1);
        ++judged;
      }
    }
  }
  EXPECT_GT(judged, 1000u);
}

// --- The commit of a leader ---

uint64_t CommitOf(const Terms& log, uint64_t term, Terms matches) {
  std::sort(matches.begin(), matches.end());
  const uint64_t reached = matches[(matches.size() - 1) / 2];  // A majority has at least this.
  return TermIn(log, reached) == term ? reached : 0;
}

TEST(Tables, ALeaderCommitsWhatAMajorityHoldsInItsTerm) {
  size_t judged = 0;
  for (const uint64_t voters : {1, 2, 3, 4, 5}) {
    for (const Terms& log : AllLogs(2, 2)) {
      Terms own = log;
      own.push_back(3);
      uint64_t vectors = 1;
      for (uint64_t follower = 1; follower < voters; ++follower) vectors *= own.size() + 1;
      for (uint64_t code = 0; code < vectors; ++code) {
        Lone lone(voters, {Term(2), ReplicaId()}, log);
        lone.WinElection();
        ASSERT_EQ(lone.term(), 3u);
        Terms matches{own.size()};
        uint64_t rest = code;
        for (uint64_t follower = 2; follower <= voters; ++follower, rest /= own.size() + 1) {
          matches.push_back(rest % (own.size() + 1));
          if (matches.back() > 0) lone.Acknowledge(follower, matches.back());
        }
        ASSERT_EQ(lone.commit(), CommitOf(own, 3, matches)) << testing::PrintToString(matches);
        ++judged;
      }
    }
  }
  EXPECT_GT(judged, 1000u);
}

}  // namespace
}  // namespace ww::raft::test
