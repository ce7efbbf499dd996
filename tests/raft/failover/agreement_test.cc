// What instances say to who wants to create, and what comes of it.
#include "raft/failover/agreement.h"

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

OwnState Own(std::optional<Promise> promise = std::nullopt) { return {false, promise, kCreator}; }

TEST(Agreement, WhoIsFreeHasToPromiseBeforeItAgrees) {
  const Stance stance = StanceOf(Own(), kCreator, kIdentity);
  EXPECT_EQ(stance.standing, Standing::kFree);
  EXPECT_TRUE(MustPromise(stance, kIdentity));
}

TEST(Agreement, WhoIsOnlyAskedWhoItIsPromisesNothing) {
  EXPECT_FALSE(MustPromise(StanceOf(Own(), kCreator, ShardIdentity()), ShardIdentity()));
  EXPECT_FALSE(MustPromise(StanceOf(Own(), kOther, ShardIdentity()), ShardIdentity()));
}

TEST(Agreement, WhoPromisedSaysToWhomAndPromisesNobodyElse) {
  const Promise promise{kCreator, kIdentity, false};
  const Stance told{Standing::kPromised, kCreator, kIdentity};
  EXPECT_EQ(StanceOf(Own(promise), kCreator, kIdentity), told);
  EXPECT_EQ(StanceOf(Own(promise), kCreator, kOtherIdentity), told);
  EXPECT_EQ(StanceOf(Own(promise), kOther, kIdentity), told);
  EXPECT_FALSE(MustPromise(told, kOtherIdentity));
}

TEST(Agreement, WhoWaitsForAnotherByItsConfigurationDissents) {
  const Stance stance = StanceOf(Own(), kOther, kIdentity);
  EXPECT_EQ(stance.standing, Standing::kWaitsForOther);
  EXPECT_FALSE(MustPromise(stance, kIdentity));
}

TEST(Agreement, WhoHasDataOrWasInvitedDissentsAlsoFromWhatItAgreedTo) {
  OwnState with_data = Own(Promise{kCreator, kIdentity, false});
  with_data.has_data = true;
  EXPECT_EQ(StanceOf(with_data, kCreator, kIdentity).standing, Standing::kHasData);
  const OwnState invited = Own(Promise{kCreator, kIdentity, true});
  EXPECT_EQ(StanceOf(invited, kCreator, kIdentity).standing, Standing::kHasData);
}

constexpr Promise kMine{kCreator, kIdentity, false};
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
