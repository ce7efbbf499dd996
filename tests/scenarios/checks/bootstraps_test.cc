#include "scenarios/checks/bootstraps.h"

#include "scenarios/checks/priority_rank.h"
#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

constexpr ShardId kShard = TraceBuilder::kShard;
constexpr uint32_t kFile = 90;

// Instances a, b, c on hosts 1, 2, 3, of which b has the highest priority; nobody has data.
struct Bootstraps : testing::Test {
  Bootstraps() {
    const std::vector<SupervisedInstance> instances = {
        {"a", HostId(1), false, false, false, "0"},
        {"b", HostId(2), false, false, false, "5"},
        {"c", HostId(3), false, false, false, "4.5"}};
    trace.judge().On(ReplicasetSupervised{HostId(), kShard, instances, Seconds(1)});
  }
  void Start(uint64_t host) { trace.judge().On(HostStarted{HostId(host), Incarnation(1)}); }
  void StartAll() {
    for (uint64_t host = 1; host <= 3; ++host) Start(host);
  }
  void Agree(uint64_t host, uint64_t creator, uint64_t identity) {
    trace.judge().On(BootstrapPromised{HostId(host), kShard, HostId(creator), identity});
  }
  void Recall(uint64_t host, uint64_t creator, uint64_t identity) {
    trace.judge().On(BootstrapRecalled{HostId(host), kShard, HostId(creator), identity});
  }
  void Begin(uint64_t host, uint64_t identity, const std::vector<uint64_t>& agreed,
             std::vector<uint64_t> connected = {}) {
    if (connected.empty()) connected = agreed;
    const std::vector<HostId> agreeing = Hosts(agreed);
    const std::vector<HostId> others = Hosts(connected);
    trace.judge().On(BootstrapBegun{HostId(host), kShard, identity, agreeing, others});
  }
  void Create(uint64_t host, bool joins = false) {
    trace.judge().On(ReplicaCreated{{kShard, ReplicaId(10 + host)}, HostId(host), joins});
  }
  // A bootstrap record of the shard becomes durable there.
  void HaveData(uint64_t host) {
    RecordWritten record;
    record.who = {kShard, ReplicaId(10 + host)};
    record.host = HostId(host);
    record.kind = RecordKind::kBootstrap;
    record.file = kFile;
    record.end = 10;
    Create(host, true);
    trace.judge().On(record);
    trace.judge().On(FileSynced{HostId(host), kFile, 10});
  }
  static std::vector<HostId> Hosts(const std::vector<uint64_t>& numbers) {
    std::vector<HostId> hosts;
    for (const uint64_t number : numbers) hosts.emplace_back(number);
    return hosts;
  }
  TraceBuilder trace{1};
};

TEST_F(Bootstraps, TheChosenOneCreatesWithTheAgreementOfMoreThanHalf) {
  StartAll();
  Agree(2, 2, 7);
  Agree(3, 2, 7);
  Begin(2, 7, {2, 3});
  Create(2);
  trace.judge().On(BootstrapJoined{HostId(3), kShard, 7});
  ExpectClean(trace);
  EXPECT_GT(TimesJudged(trace, "bootstrap-priority"), 0u);
  EXPECT_GT(TimesJudged(trace, "bootstrap-single"), 0u);
}

TEST_F(Bootstraps, WhoIsNotChosenAndCreatesIsReported) {
  StartAll();
  Create(3);
  ExpectReports(trace, "bootstrap-priority", {"host 3 creates", "host 2 is chosen"});
}

TEST_F(Bootstraps, CreatingWhileTheChosenOneHasNeverStartedIsReported) {
  Start(1);
  Start(3);
  Create(3);
  ExpectReports(trace, "bootstrap-no-fallback", {"host 3 creates", "host 2, which is chosen"});
}

TEST_F(Bootstraps, CreatingWithoutAskingIsReported) {
  StartAll();
  Create(2);
  ExpectReports(trace, "bootstrap-single", {"nobody was asked"});
}

TEST_F(Bootstraps, TooFewAgreementsAreReported) {
  StartAll();
  Agree(2, 2, 7);
  Begin(2, 7, {2});
  ExpectReports(trace, "bootstrap-single", {"1 agreed, and 2 are needed"});
}

TEST_F(Bootstraps, AnAgreementThatNobodyGaveIsReported) {
  StartAll();
  Agree(2, 2, 7);
  Begin(2, 7, {2, 3});
  ExpectReports(trace, "bootstrap-single", {"host 3 has not agreed"});
}

TEST_F(Bootstraps, ADissentOfWhoIsConnectedIsReported) {
  StartAll();
  Agree(1, 3, 6);
  Agree(2, 2, 7);
  Agree(3, 2, 7);
  Begin(2, 7, {2, 3}, {1, 2, 3});
  ExpectReports(trace, "bootstrap-single", {"host 1 has not agreed"});
}

TEST_F(Bootstraps, OneInstanceCountedTwiceIsReported) {
  StartAll();
  Agree(2, 2, 7);
  Begin(2, 7, {2, 2});
  ExpectReports(trace, "bootstrap-single", {"host 2 is counted twice"});
}

TEST_F(Bootstraps, ASecondAgreementIsReported) {
  StartAll();
  Agree(2, 2, 7);
  Agree(3, 2, 7);
  Agree(3, 2, 8);
  ExpectReports(trace, "bootstrap-single",
                {"agrees that host 2 creates identity 8", "identity 7, to which that one holds"});
}

TEST_F(Bootstraps, GivingUpWhatTheCreatorGaveUpOrHasForgottenIsFine) {
  StartAll();
  Agree(1, 1, 6);
  Agree(3, 1, 6);
  Agree(1, 2, 8);
  Agree(3, 2, 8);
  trace.judge().On(HostCrashed{HostId(2)});
  trace.judge().On(HostWiped{HostId(2)});
  Start(2);
  Agree(2, 2, 9);
  Agree(1, 2, 9);
  Agree(3, 2, 9);
  Begin(2, 9, {1, 2, 3});
  ExpectClean(trace);
}

TEST_F(Bootstraps, GivingUpWhatWasCreatedIsReported) {
  StartAll();
  Agree(2, 2, 7);
  Agree(3, 2, 7);
  Begin(2, 7, {2, 3});
  Agree(2, 3, 8);
  ExpectReports(trace, "bootstrap-single", {"identity 7, which was created"});
}

// The third may have agreed to the other one, and keep it.
TEST_F(Bootstraps, CreatingWithoutAllWhatSomebodyGaveUpAnotherForIsReported) {
  StartAll();
  Agree(1, 1, 6);
  Agree(1, 2, 8);
  Agree(2, 2, 8);
  Begin(2, 8, {1, 2});
  ExpectReports(trace, "bootstrap-single", {"somebody gave up another for it"});
}

TEST_F(Bootstraps, WhoIsChosenIsSaidByTheConfigurationOfTheCreator) {
  StartAll();
  const std::vector<SupervisedInstance> edited = {{"a", HostId(1), false, false, false, "9"},
                                                  {"b", HostId(2), false, false, false, "5"},
                                                  {"c", HostId(3), false, false, false, "4.5"}};
  trace.judge().On(ReplicasetSupervised{HostId(1), kShard, edited, Seconds(1)});
  Agree(1, 1, 6);
  Agree(3, 1, 6);
  Begin(1, 6, {1, 3});
  EXPECT_FALSE(trace.judge().violation().has_value());
  trace.judge().On(ReplicasetSupervised{HostId(2), kShard, edited, Seconds(1)});
  Create(2);
  ExpectReports(trace, "bootstrap-priority", {"host 2 creates", "host 1 is chosen"});
}

TEST_F(Bootstraps, AnAgreementThatACrashTookBackIsReported) {
  StartAll();
  Agree(3, 2, 7);
  trace.judge().On(HostCrashed{HostId(3)});
  Start(3);
  Recall(3, 0, 0);
  ExpectReports(trace, "bootstrap-single", {"host 3 starts without a promise"});
}

TEST_F(Bootstraps, AnAgreementThatIsRememberedOrWasWipedIsFine) {
  StartAll();
  Agree(3, 2, 7);
  trace.judge().On(HostCrashed{HostId(3)});
  Start(3);
  Recall(3, 2, 7);
  trace.judge().On(HostCrashed{HostId(3)});
  trace.judge().On(HostWiped{HostId(3)});
  Start(3);
  Recall(3, 0, 0);
  ExpectClean(trace);
}

TEST_F(Bootstraps, ASecondIdentityIsReported) {
  StartAll();
  Agree(2, 2, 7);
  Agree(3, 2, 7);
  Begin(2, 7, {2, 3});
  HaveData(2);
  HaveData(3);
  trace.judge().On(HostCrashed{HostId(2)});
  trace.judge().On(HostWiped{HostId(2)});
  Start(2);
  Agree(2, 2, 8);
  Agree(1, 2, 8);
  Begin(2, 8, {1, 2});
  ExpectReports(trace, "bootstrap-single", {"creates identity 8", "has created identity 7"});
}

TEST_F(Bootstraps, AnotherIdentityAfterNothingIsLeftOfTheFirstIsFine) {
  StartAll();
  Agree(2, 2, 7);
  Agree(3, 2, 7);
  Begin(2, 7, {2, 3});
  HaveData(2);
  trace.judge().On(HostCrashed{HostId(2)});
  trace.judge().On(HostWiped{HostId(2)});
  Start(2);
  Agree(2, 2, 8);
  Agree(3, 2, 8);
  Agree(1, 2, 8);
  Begin(2, 8, {1, 2, 3});
  ExpectClean(trace);
}

TEST_F(Bootstraps, TheSameAttemptAfterACrashThatTookTheFirstIsFine) {
  StartAll();
  Agree(2, 2, 7);
  Agree(3, 2, 7);
  Begin(2, 7, {2, 3});
  trace.judge().On(HostCrashed{HostId(2)});
  Start(2);
  Recall(2, 2, 7);
  Begin(2, 7, {2, 3});
  ExpectClean(trace);
}

TEST_F(Bootstraps, CreatingWithDataIsReported) {
  StartAll();
  Agree(2, 2, 7);
  Agree(3, 2, 7);
  Begin(2, 7, {2, 3});
  RecordWritten record;
  record.who = {kShard, ReplicaId(12)};
  record.host = HostId(2);
  record.kind = RecordKind::kBootstrap;
  record.file = kFile;
  record.end = 10;
  Create(2);
  trace.judge().On(record);
  trace.judge().On(FileSynced{HostId(2), kFile, 10});
  Begin(2, 7, {2, 3});
  ExpectReports(trace, "bootstrap-single", {"it has data of the shard"});
}

TEST_F(Bootstraps, JoiningAnotherIdentityIsReported) {
  StartAll();
  Agree(2, 2, 7);
  Agree(3, 2, 7);
  Begin(2, 7, {2, 3});
  trace.judge().On(BootstrapJoined{HostId(1), kShard, 9});
  ExpectReports(trace, "bootstrap-single", {"host 1 joins identity 9", "7 was created"});
}

// The change at `index` makes replicas 1..voters the voters.
void MakeVoters(TraceBuilder& trace, uint64_t index, uint64_t voters) {
  std::vector<ReplicaId> ids;
  for (uint64_t replica = 1; replica <= voters; ++replica) ids.emplace_back(replica);
  ConfigView config;
  config.voters = ids;
  trace.judge().On(MembershipChanged{TraceBuilder::Key(1), Index(index), config});
}

// Replica 1 leads term 1, and commits entries 1..last.
void LeadAlone(TraceBuilder& trace, uint64_t last) {
  trace.Elect(1, 1, {1});
  for (uint64_t index = 1; index <= last; ++index) {
    trace.CreateDurably(1, index, {1});
    trace.Commit(1, index, 1, {1});
  }
}

std::string Early(TraceBuilder& trace) {
  const auto& violation = trace.judge().violation();
  const bool early = violation.has_value() && violation->property == "acked-kept";
  return early ? violation->message : "";
}

TEST_F(Bootstraps, ACommandBeforeEnoughVotersIsReported) {
  const CommandView command{Operation::kPut, {}, 0, "k", "v"};
  LeadAlone(trace, 2);
  trace.ApplyEmpty(1, 1, 1);
  trace.Apply(1, 2, {1, command, "", 0, false, false});
  EXPECT_THAT(Early(trace), testing::HasSubstr("no change has made enough voters yet"));
}

TEST_F(Bootstraps, ACommandBehindTheChangeThatMakesEnoughVotersIsFine) {
  const CommandView command{Operation::kPut, {}, 0, "k", "v"};
  LeadAlone(trace, 3);
  trace.ApplyEmpty(1, 1, 1);
  MakeVoters(trace, 2, 2);
  trace.ApplyEmpty(1, 2, 1);
  trace.Apply(1, 3, {1, command, "", 0, false, false});
  EXPECT_EQ(Early(trace), "");
  EXPECT_GT(TimesJudged(trace, "acked-kept"), 0u);
}

struct Liveness : Bootstraps {
  void Converge(Duration length) {
    trace.judge().On(PhaseBegan{Phase::kConverge});
    trace.At(length);
    trace.judge().On(TimePassed{});
  }
};

TEST_F(Liveness, AShardThatIsNotCreatedInTimeIsReported) {
  StartAll();
  Converge(Seconds(5));
  ExpectReports(trace, "bootstrap-liveness",
                {"host 2, which all of them choose", "has not created"});
}

TEST_F(Liveness, NothingIsDueBeforeTheBoundOrWhileAnInstanceIsDown) {
  StartAll();
  Converge(Seconds(3));
  ExpectClean(trace);
}

// Replica 1, which leads term 1, appends and commits this change at `index`, and applies it.
void ChangeTo(TraceBuilder& trace, uint64_t index, const std::vector<ReplicaId>& voters,
              const std::vector<ReplicaId>& non_voting) {
  const ReplicaKey who = TraceBuilder::Key(1);
  ConfigView config;
  config.voters = voters;
  config.non_voting = non_voting;
  trace.CreateDurably(1, index, {1});
  trace.judge().On(ConfigAppended{who, Index(index), Term(1), true, config});
  trace.Commit(1, index, 1, {1});
  trace.judge().On(MembershipChanged{who, Index(index), config});
}

TEST(Anonymous, OneThatIsMadeAVoterIsReported) {
  TraceBuilder trace{1};
  const std::vector<SupervisedInstance> instances = {{"a", HostId(1), false, false, false, "0"},
                                                     {"b", HostId(2), true, false, false, "5"}};
  trace.judge().On(ReplicasetSupervised{HostId(), kShard, instances, Seconds(1)});
  LeadAlone(trace, 1);
  ChangeTo(trace, 2, {ReplicaId(1)}, {ReplicaId(12)});
  trace.judge().On(ReplicaCreated{{kShard, ReplicaId(12)}, HostId(2), true});
  ChangeTo(trace, 3, {ReplicaId(1)}, {ReplicaId(12), ReplicaId(13)});
  EXPECT_FALSE(trace.judge().violation().has_value());
  EXPECT_EQ(TimesJudged(trace, "anonymous-no-vote"), 1u);
  ChangeTo(trace, 4, {ReplicaId(1), ReplicaId(12)}, {ReplicaId(13)});
  ExpectReports(trace, "anonymous-no-vote", {"replica 12 a voter"});
}

TEST_F(Liveness, NothingIsDueWhileAnInstanceIsDown) {
  Start(1);
  Start(2);
  Converge(Seconds(5));
  EXPECT_FALSE(trace.judge().violation().has_value());
}

TEST_F(Liveness, ItIsDueAlsoWhileSomebodyHoldsToAnotherIdentity) {
  StartAll();
  Agree(2, 2, 8);
  Agree(3, 2, 7);
  Converge(Seconds(5));
  ExpectReports(trace, "bootstrap-liveness", {"host 2, which all of them choose"});
}

TEST_F(Liveness, NothingIsDueWhileNotAllChooseAlike) {
  StartAll();
  const std::vector<SupervisedInstance> edited = {{"a", HostId(1), false, false, false, "9"}};
  trace.judge().On(ReplicasetSupervised{HostId(3), kShard, edited, Seconds(1)});
  Converge(Seconds(5));
  EXPECT_FALSE(trace.judge().violation().has_value());
}

TEST(PriorityRank, OrdersAsTheNumbersDo) {
  const std::vector<std::string> ascending = {"-1e14",
                                              "-3",
                                              "-1.5",
                                              "-4.9e-324",
                                              "0",
                                              "4.9e-324",
                                              "0.3",
                                              "0.30000000000000004",
                                              "0.5",
                                              "1",
                                              "1.5",
                                              "1.51",
                                              "2",
                                              "0x10",
                                              "17",
                                              "1e2",
                                              "9007199254740992",
                                              "9007199254740994",
                                              "1e308",
                                              "inf"};
  for (size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(PriorityRank::Of(ascending[i - 1]), PriorityRank::Of(ascending[i])) << ascending[i];
  }
  EXPECT_EQ(PriorityRank::Of("-0.0"), PriorityRank::Of("0"));
  EXPECT_EQ(PriorityRank::Of("+5"), PriorityRank::Of("5.0"));
  EXPECT_EQ(PriorityRank::Of("007"), PriorityRank::Of("7.000"));
  EXPECT_EQ(PriorityRank::Of("1E2"), PriorityRank::Of("100"));
  EXPECT_EQ(PriorityRank::Of("9007199254740992.0"), PriorityRank::Of("9007199254740993.0"));
  EXPECT_EQ(PriorityRank::Of("nan"), std::nullopt);
  EXPECT_EQ(PriorityRank::Of("-inf"), std::nullopt);
}

}  // namespace
}  // namespace ww::checks
