// What instances say to who wants to create, and what comes of it.
#include "raft/failover/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raft/failover/bootstrap_message.h"
#include "raft/failover/promise_file.h"
#include "raft/host/wire.h"

namespace ww::raft::failover {
namespace {

constexpr HostId kCreator(2);
constexpr HostId kOther(3);
constexpr ShardIdentity kIdentity(77);
constexpr ShardIdentity kOtherIdentity(78);

constexpr HostId kSelf(5);

OwnState Own(std::optional<Promise> promise = std::nullopt) {
  return {false, promise, kCreator, kSelf, false};
}
Asked WhoAreYou(HostId asking) { return {asking, ShardIdentity(), false, {}}; }
Asked Question(HostId asking, ShardIdentity identity) { return {asking, identity, false, {}}; }
Asked ByAll(std::vector<ShardIdentity> given_up) {
  return {kCreator, kIdentity, true, std::move(given_up)};
}
const Stance kAgreesWithIt{Standing::kPromised, kCreator, kIdentity};

TEST(Agreement, WhoIsFreeHasToPromiseBeforeItAgrees) {
  const Answer answer = AnswerTo(Own(), Question(kCreator, kIdentity));
  EXPECT_EQ(answer.stance, kAgreesWithIt);
  EXPECT_EQ(answer.promise, (Promise{kCreator, kIdentity, false, false}));
}

TEST(Agreement, WhoIsOnlyAskedWhoItIsPromisesNothing) {
  for (const HostId asking : {kCreator, kOther}) {
    const Answer answer = AnswerTo(Own(), WhoAreYou(asking));
    EXPECT_EQ(answer.stance.standing, Standing::kFree);
    EXPECT_FALSE(answer.promise.has_value());
  }
}

TEST(Agreement, WhoPromisedSaysToWhomAndPromisesNobodyElse) {
  const OwnState own = Own(Promise{kCreator, kIdentity, false, false});
  for (const Asked& asked : {Question(kCreator, kIdentity), Question(kCreator, kOtherIdentity),
                             Question(kOther, kIdentity), WhoAreYou(kOther)}) {
    const Answer answer = AnswerTo(own, asked);
    EXPECT_EQ(answer.stance, kAgreesWithIt);
    EXPECT_FALSE(answer.promise.has_value());
  }
}

TEST(Agreement, WhoWaitsForAnotherByItsConfigurationDissents) {
  const Answer answer = AnswerTo(Own(), Question(kOther, kIdentity));
  EXPECT_EQ(answer.stance.standing, Standing::kWaitsForOther);
  EXPECT_FALSE(answer.promise.has_value());
}

TEST(Agreement, WhoHasDataOrWasInvitedDissentsAlsoFromWhatItAgreedTo) {
  OwnState with_data = Own(Promise{kCreator, kIdentity, false, false});
  with_data.has_data = true;
  const OwnState invited = Own(Promise{kCreator, kIdentity, true, false});
  for (const OwnState& own : {with_data, invited}) {
    for (const Asked& asked : {Question(kCreator, kIdentity), ByAll({kIdentity})}) {
      const Answer answer = AnswerTo(own, asked);
      EXPECT_EQ(answer.stance.standing, Standing::kHasData);
      EXPECT_FALSE(answer.promise.has_value());
    }
  }
}

// --- Giving up ---

TEST(Agreement, APromiseIsGivenUpWhenItsCreatorDoesNotHoldToItEither) {
  const OwnState own = Own(Promise{kOther, kOtherIdentity, false, false});
  const Answer answer = AnswerTo(own, ByAll({kOtherIdentity}));
  EXPECT_EQ(answer.stance, kAgreesWithIt);
  EXPECT_EQ(answer.promise, (Promise{kCreator, kIdentity, false, true}));
}

TEST(Agreement, APromiseIsKeptWhileItsCreatorMayHoldToIt) {
  const OwnState own = Own(Promise{kOther, kOtherIdentity, false, false});
  EXPECT_FALSE(AnswerTo(own, ByAll({})).promise.has_value());
  EXPECT_FALSE(AnswerTo(own, ByAll({kIdentity})).promise.has_value());
}

TEST(Agreement, ACreatorGivesUpItsOwnUnlessItHasBegun) {
  OwnState own = Own(Promise{kSelf, kOtherIdentity, false, false});
  EXPECT_TRUE(AnswerTo(own, ByAll({})).promise.has_value());
  own.creating = true;
  EXPECT_FALSE(AnswerTo(own, ByAll({})).promise.has_value());
}

TEST(Agreement, NothingIsGivenUpForWhoIsNotChosen) {
  OwnState own = Own(Promise{kOther, kOtherIdentity, false, false});
  own.chosen = kOther;
  EXPECT_FALSE(AnswerTo(own, ByAll({kOtherIdentity})).promise.has_value());
  EXPECT_FALSE(AnswerTo(own, Question(kCreator, kIdentity)).promise.has_value());
}

// So that it is never again created by more than half alone.
TEST(Agreement, WhatNeedsAllIsWrittenDownAlsoByWhoHeldToItAlready) {
  const OwnState own = Own(Promise{kCreator, kIdentity, false, false});
  EXPECT_EQ(AnswerTo(own, ByAll({})).promise, (Promise{kCreator, kIdentity, false, true}));
  const OwnState noted = Own(Promise{kCreator, kIdentity, false, true});
  EXPECT_FALSE(AnswerTo(noted, ByAll({})).promise.has_value());
  EXPECT_FALSE(AnswerTo(noted, Question(kCreator, kIdentity)).promise.has_value());
}

TEST(Agreement, GivenUpIsWhatTheCreatorWhoAnsweredDoesNotHold) {
  const Stance held{Standing::kPromised, kOther, kOtherIdentity};
  using Stances = std::vector<PeerStance>;
  EXPECT_EQ(GivenUp(Stances{{HostId(4), held}, {kOther, Stance{}}}),
            std::vector<ShardIdentity>{kOtherIdentity});
  EXPECT_EQ(GivenUp(Stances{{HostId(4), held}, {kOther, kAgreesWithIt}}),
            std::vector<ShardIdentity>{kOtherIdentity});
  EXPECT_THAT(GivenUp(Stances{{HostId(4), held}, {kOther, held}}), testing::IsEmpty());
  EXPECT_THAT(GivenUp(Stances{{HostId(4), held}, {kOther, std::nullopt}}), testing::IsEmpty());
  EXPECT_THAT(GivenUp(Stances{{HostId(4), held}}), testing::IsEmpty());
}

TEST(Agreement, WhoIsSilentMayHaveData) {
  EXPECT_TRUE(AllWithoutData({{kOther, Stance{}}, {kSelf, kAgreesWithIt}}));
  EXPECT_FALSE(AllWithoutData({{kOther, Stance{}}, {kSelf, std::nullopt}}));
  EXPECT_FALSE(AllWithoutData({{kOther, Stance{Standing::kHasData, {}, {}}}}));
}

TEST(Agreement, WhoWasInvitedJoinsWhenNobodyItWaitsForCanCreateAnyMore) {
  EXPECT_TRUE(MayJoin(Own(), kIdentity, {}));
  EXPECT_TRUE(MayJoin(Own(Promise{kCreator, kIdentity, false, false}), kIdentity, {}));
  const OwnState waits = Own(Promise{kOther, kOtherIdentity, false, false});
  EXPECT_FALSE(MayJoin(waits, kIdentity, {kCreator}));
  EXPECT_TRUE(MayJoin(waits, kIdentity, {kCreator, kOther}));
  OwnState creator = Own(Promise{kSelf, kOtherIdentity, false, false});
  EXPECT_TRUE(MayJoin(creator, kIdentity, {kCreator}));
  creator.creating = true;
  EXPECT_FALSE(MayJoin(creator, kIdentity, {kCreator, kSelf}));
  EXPECT_FALSE(MayJoin(Own(Promise{kOther, kOtherIdentity, true, false}), kIdentity, {kOther}));
}

constexpr Promise kMine{kCreator, kIdentity, false, false};
constexpr Stance kAgrees{Standing::kPromised, kCreator, kIdentity};

TEST(Agreement, EnoughWhoAgreeCreate) {
  const Outcome outcome = JudgeStances(kMine, 2, {{HostId(3), kAgrees}, {kCreator, kAgrees}});
  ASSERT_TRUE(std::holds_alternative<Create>(outcome));
  EXPECT_EQ(std::get<Create>(outcome).agreed, (std::vector<HostId>{kCreator, HostId(3)}));
}

TEST(Agreement, OneTooFewDoNot) {
  EXPECT_TRUE(std::holds_alternative<TooFew>(JudgeStances(kMine, 2, {{kCreator, kAgrees}})));
}

TEST(Agreement, WhoWasConnectedAndIsSilentMayDissent) {
  const Outcome outcome =
      JudgeStances(kMine, 2, {{kCreator, kAgrees}, {HostId(3), kAgrees}, {HostId(4), {}}});
  EXPECT_TRUE(std::holds_alternative<TooFew>(outcome));
}

TEST(Agreement, OneDissentOutweighsAnyNumberWhoAgree) {
  for (const Stance& stance : {Stance{Standing::kPromised, kOther, kIdentity},
                               Stance{Standing::kPromised, kCreator, kOtherIdentity},
                               Stance{Standing::kHasData, kCreator, kIdentity},
                               Stance{Standing::kWaitsForOther, {}, {}}, Stance{}}) {
    const Outcome outcome =
        JudgeStances(kMine, 2, {{kCreator, kAgrees}, {HostId(3), kAgrees}, {HostId(4), stance}});
    ASSERT_TRUE(std::holds_alternative<Dissent>(outcome)) << NameOf(stance.standing);
    EXPECT_EQ(std::get<Dissent>(outcome).host, HostId(4));
  }
}

TEST(PromiseFile, WhatIsEncodedDecodesAndNothingElseDoes) {
  for (const bool invited : {false, true}) {
    const Promise promise{kCreator, kIdentity, invited};
    const std::string bytes = EncodePromise(promise);
    EXPECT_EQ(DecodePromise(bytes), promise);
    for (size_t at = 0; at < bytes.size(); ++at) {
      std::string bent = bytes;
      bent[at] = static_cast<char>(bent[at] ^ 4);
      EXPECT_FALSE(DecodePromise(bent).has_value()) << at;
      EXPECT_FALSE(DecodePromise(bytes.substr(0, at)).has_value()) << at;
    }
  }
}

TEST(BootstrapMessage, TravelsAndIsRefusedWhenItIsCut) {
  BootstrapMessage message;
  message.step = BootstrapStep::kInvitation;
  message.request = 9;
  message.shard = ShardId(1);
  message.stance = {Standing::kHasData, kCreator, kIdentity};
  message.replica = ReplicaId(4);
  message.disk = DiskId(5);
  message.ask = {HostId(1), HostId(2)};
  message.joined = {HostId(2)};
  message.by_all = true;
  message.given_up = {kIdentity, kOtherIdentity};
  ByteWriter out;
  message.Encode(out);
  const auto decoded = DecodeWire(out.view());
  ASSERT_TRUE(decoded.ok());
  ByteWriter again;
  (*decoded)->Encode(again);
  EXPECT_EQ(again.view(), out.view());
  for (size_t size = 0; size < out.size(); ++size) {
    EXPECT_FALSE(DecodeWire(out.view().substr(0, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace ww::raft::failover
