#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "raft/machine/shard_machine.h"

namespace ww::raft {
namespace {

constexpr ClientId kClient{5};

Command InSession(uint64_t series, Operation operation, std::string_view key,
                  std::string_view value, uint64_t responded_to = 0) {
  return Command{operation, kClient, series, responded_to, key, value};
}
Command Plain(Operation operation, std::string_view key, std::string_view value) {
  return Command{operation, ClientId(), 0, 0, key, value};
}
Command Registration(ClientId client) {
  return Command{Operation::kRegister, client, 0, 0, {}, {}};
}

// A machine that numbers its entries itself.
class Driver {
 public:
  explicit Driver(uint32_t sessions_max = 16) : machine(sessions_max) {}
  Applied Apply(const Command& command) { return Apply(EncodeCommand(command)); }
  Applied Apply(const Payload& payload) {
    const Entry entry{Term(1), payload.empty() ? EntryType::kEmpty : EntryType::kCommand, payload};
    return machine.Apply(machine.applied().next(), entry);
  }
  ShardMachine machine;
};

TEST(ShardMachine, AnswersPutAppendAndGet) {
  Driver driver;
  EXPECT_EQ(driver.Apply(Plain(Operation::kGet, "k", "")).response, "");
  EXPECT_EQ(driver.Apply(Plain(Operation::kPut, "k", "one")).response, "");
  EXPECT_EQ(driver.Apply(Plain(Operation::kPut, "k", "two")).response, "one");
  EXPECT_EQ(driver.Apply(Plain(Operation::kAppend, "k", "-three")).response, "9");
  EXPECT_EQ(driver.Apply(Plain(Operation::kGet, "k", "")).response, "two-three");
}

TEST(ShardMachine, RejectsMalformedCommandsWithoutEffect) {
  Driver driver;
  driver.Apply(Plain(Operation::kPut, "k", "v"));
  EXPECT_EQ(driver.Apply(Payload::Copy("nonsense")).as, AppliedAs::kRejected);
  EXPECT_EQ(driver.Apply(Plain(Operation::kGet, "k", "")).response, "v");
}

TEST(ShardMachine, ARetryIsAnsweredFromTheCacheWithTheFirstIndex) {
  Driver driver;
  driver.Apply(Registration(kClient));
  const Command command = InSession(1, Operation::kAppend, "k", "x");
  EXPECT_EQ(driver.Apply(command).index, Index(2));
  driver.Apply(Plain(Operation::kAppend, "k", "yy"));
  const Applied again = driver.Apply(command);
  EXPECT_EQ(again.as, AppliedAs::kDuplicate);
  EXPECT_EQ(again.index, Index(2));
  EXPECT_EQ(again.response, "1");
  EXPECT_EQ(driver.Apply(Plain(Operation::kGet, "k", "")).response, "xyy");
}

TEST(ShardMachine, PipelinedCommandsCountInAnyOrder) {
  Driver driver;
  driver.Apply(Registration(kClient));
  EXPECT_EQ(driver.Apply(InSession(8, Operation::kAppend, "k", "8")).as, AppliedAs::kEffect);
  EXPECT_EQ(driver.Apply(InSession(7, Operation::kAppend, "k", "7")).as, AppliedAs::kEffect);
  EXPECT_EQ(driver.Apply(InSession(8, Operation::kAppend, "k", "8")).as, AppliedAs::kDuplicate);
  EXPECT_EQ(driver.Apply(Plain(Operation::kGet, "k", "")).response, "87");
}

TEST(ShardMachine, ForgetsAnswersThatTheClientHas) {
  Driver driver;
  driver.Apply(Registration(kClient));
  driver.Apply(InSession(1, Operation::kAppend, "k", "1"));
  driver.Apply(InSession(2, Operation::kAppend, "k", "2"));
  driver.Apply(InSession(3, Operation::kAppend, "k", "3", 1));
  EXPECT_EQ(driver.Apply(InSession(1, Operation::kAppend, "k", "1")).as, AppliedAs::kForgotten);
  EXPECT_EQ(driver.Apply(InSession(2, Operation::kAppend, "k", "2")).as, AppliedAs::kDuplicate);
  EXPECT_EQ(driver.Apply(Plain(Operation::kGet, "k", "")).response, "123");
}

TEST(ShardMachine, RejectsAnUnknownSession) {
  Driver driver;
  EXPECT_EQ(driver.Apply(InSession(1, Operation::kPut, "k", "v")).as, AppliedAs::kRejected);
  EXPECT_EQ(driver.Apply(Plain(Operation::kGet, "k", "")).response, "");
}

TEST(ShardMachine, RegisteringAgainKeepsTheAnswers) {
  Driver driver;
  EXPECT_EQ(driver.Apply(Registration(kClient)).as, AppliedAs::kEffect);
  driver.Apply(InSession(1, Operation::kAppend, "k", "1"));
  EXPECT_EQ(driver.Apply(Registration(kClient)).as, AppliedAs::kDuplicate);
  EXPECT_EQ(driver.Apply(InSession(1, Operation::kAppend, "k", "1")).as, AppliedAs::kDuplicate);
}

TEST(ShardMachine, EvictsTheSessionThatWasUsedLeastRecently) {
  Driver driver(2);
  driver.Apply(Registration(kClient));
  driver.Apply(Registration(ClientId(6)));
  driver.Apply(InSession(1, Operation::kGet, "k", ""));  // A read counts as use.
  driver.Apply(Registration(ClientId(7)));
  EXPECT_EQ(driver.machine.sessions(), 2u);
  EXPECT_EQ(driver.Apply(InSession(2, Operation::kPut, "k", "v")).as, AppliedAs::kEffect);
  const Command evicted{Operation::kPut, ClientId(6), 1, 0, "k", "w"};
  EXPECT_EQ(driver.Apply(evicted).as, AppliedAs::kRejected);
}

TEST(ShardMachine, RefusesASessionWithTooManyAnswers) {
  Driver driver;
  driver.Apply(Registration(kClient));
  for (uint64_t series = 1; series <= kAnswersMax; ++series) {
    ASSERT_EQ(driver.Apply(InSession(series, Operation::kPut, "k", "v")).as, AppliedAs::kEffect);
  }
  const Command more = InSession(kAnswersMax + 1, Operation::kPut, "k", "v");
  EXPECT_EQ(driver.Apply(more).as, AppliedAs::kRejected);
  const Command trimming = InSession(kAnswersMax + 1, Operation::kPut, "k", "v", 10);
  EXPECT_EQ(driver.Apply(trimming).as, AppliedAs::kEffect);
}

TEST(ShardMachine, TheDigestSeesDataAnswersAndRecency) {
  const auto digest_after = [](const std::vector<Command>& commands) {
    Driver driver(2);
    for (const Command& command : commands) driver.Apply(command);
    return driver.machine.digest();
  };
  const Command open = Registration(kClient);
  const Command other = Registration(ClientId(6));
  const Command put = InSession(1, Operation::kPut, "k", "v");
  EXPECT_EQ(digest_after({open, other, put}), digest_after({open, other, put}));
  EXPECT_NE(digest_after({open, other, put}), digest_after({other, open, put}));
  EXPECT_NE(digest_after({open, put}),
            digest_after({open, InSession(1, Operation::kPut, "k", "w")}));
  EXPECT_NE(digest_after({open, put}),
            digest_after({open, InSession(2, Operation::kPut, "k", "v")}));
  EXPECT_NE(digest_after({open, put}), digest_after({open, Plain(Operation::kPut, "k", "v")}));
}

TEST(Command, SurvivesEncoding) {
  const Command command{Operation::kAppend, ClientId(9), 12, 7, "key", std::string_view("v\0w", 3)};
  const Payload payload = EncodeCommand(command);
  const std::optional<Command> back = DecodeCommand(payload.view());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->operation, command.operation);
  EXPECT_EQ(back->client, command.client);
  EXPECT_EQ(back->series, 12u);
  EXPECT_EQ(back->responded_to, 7u);
  EXPECT_EQ(back->key, "key");
  EXPECT_EQ(back->value, command.value);
}

TEST(Command, DecodesOnlyWhatCanBeEncoded) {
  std::string bytes(EncodeCommand(Registration(kClient)).view());
  ASSERT_TRUE(DecodeCommand(bytes).has_value());
  std::fill_n(bytes.begin() + 17, 8, '\xff');  // All answers that there can be.
  EXPECT_FALSE(DecodeCommand(bytes).has_value());
}

RC_GTEST_PROP(Command, DecodingNeverOverReads, (const std::string& bytes)) {
  const std::optional<Command> command = DecodeCommand(bytes);
  if (!command.has_value()) return;
  RC_ASSERT(command->key.size() + command->value.size() < bytes.size());
}

// Against a plain model: what a client asked for once counts once, whatever is retried when.
RC_GTEST_PROP(ShardMachine, AppliesEverySeriesOnce, (const std::vector<uint8_t>& series)) {
  Driver driver;
  driver.Apply(Registration(kClient));
  std::string expected;
  std::map<uint64_t, std::string> answers;
  for (const uint8_t raw : series) {
    const uint64_t number = raw % 8 + 1;
    const std::string value(1, static_cast<char>('a' + number));
    const Applied applied = driver.Apply(InSession(number, Operation::kAppend, "k", value));
    const bool fresh = answers.find(number) == answers.end();
    RC_ASSERT(applied.as == (fresh ? AppliedAs::kEffect : AppliedAs::kDuplicate));
    if (fresh) expected += value;
    if (fresh) answers[number] = std::to_string(expected.size());
    RC_ASSERT(applied.response == answers[number]);
  }
  RC_ASSERT(driver.Apply(Plain(Operation::kGet, "k", "")).response == expected);
}

Command Unregistration(ClientId client) {
  return Command{Operation::kUnregister, client, 0, 0, {}, {}};
}

TEST(ShardMachine, ForgetsASessionThatItsClientClosed) {
  Driver driver;
  driver.Apply(Registration(kClient));
  const uint64_t only_open = driver.machine.sessions();
  driver.Apply(InSession(1, Operation::kAppend, "k", "x"));
  EXPECT_EQ(driver.Apply(Unregistration(kClient)).as, AppliedAs::kEffect);
  EXPECT_EQ(driver.machine.sessions(), only_open - 1);
  EXPECT_EQ(driver.Apply(InSession(1, Operation::kAppend, "k", "x")).as, AppliedAs::kRejected);
  EXPECT_EQ(driver.Apply(InSession(2, Operation::kAppend, "k", "x")).as, AppliedAs::kRejected);
  EXPECT_EQ(driver.Apply(Unregistration(kClient)).as, AppliedAs::kRejected);
  EXPECT_EQ(driver.Apply(Plain(Operation::kGet, "k", "")).response, "x");
}

TEST(ShardMachine, ASessionThatWasClosedMakesRoomForAnother) {
  Driver driver(2);
  driver.Apply(Registration(ClientId(1)));
  driver.Apply(Registration(ClientId(2)));
  driver.Apply(Unregistration(ClientId(2)));
  driver.Apply(Registration(ClientId(3)));
  const Command of_first{Operation::kPut, ClientId(1), 1, 0, "k", "v"};
  EXPECT_EQ(driver.Apply(of_first).as, AppliedAs::kEffect);
}

TEST(ShardMachine, RefusesAnUnregistrationOfNoClient) {
  Driver driver;
  EXPECT_EQ(driver.Apply(Unregistration(ClientId())).as, AppliedAs::kRejected);
}

}  // namespace
}  // namespace ww::raft
