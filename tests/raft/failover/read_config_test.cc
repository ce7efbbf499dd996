// The checks of the configuration: each alone, which comes first, where the error is said to be.
#include "raft/failover/read_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/config/failover_file.h"
#include "tests/raft/failover/published_cases.h"

namespace ww::raft::failover {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kCluster = "groups: {g: {replicasets: {r: {instances: {a: {}, b: {}}}}}}\n";

struct Row {
  const char* what;
  std::string yaml;
  const char* code;
  int line = 1;
  const char* key = "";
  const char* says = "";  // In the message.
  Profile profile = Profile::kTarantool34;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.what; }

class Refused : public ::testing::TestWithParam<Row> {};

TEST_P(Refused, WithCodeLineKeyAndWhatWasExpected) {
  const Row& row = GetParam();
  const ReadResult result = Read(row.yaml, row.profile);
  ASSERT_EQ(CodeOf(result), row.code);
  const auto& error = std::get<ConfigError>(result);
  EXPECT_EQ(error.line, row.line);
  EXPECT_EQ(error.key, row.key);
  const std::string message = scenarios::Describe(error, "cluster.yaml");
  EXPECT_THAT(message, HasSubstr(row.says));
  EXPECT_LT(message.size(), 600u);
  if (row.code != std::string("E_YAML")) {
    EXPECT_THAT(message, HasSubstr("expected"));
  }
}

std::string RowName(const ::testing::TestParamInfo<Row>& info) { return info.param.what; }

const std::string kC = kCluster;
const std::string kTop = "replication: {failover: supervised}\n";

INSTANTIATE_TEST_SUITE_P(
    Schema, Refused,
    ::testing::Values(
        Row{"not_yaml", "groups: {g: \n", "E_YAML", 2},
        Row{"list_as_root", "- a\n", "E_SCHEMA_TYPE", 1, "", "found a list"},
        Row{"scalar_as_root", "5\n", "E_SCHEMA_TYPE", 1, "", "found the number '5'"},
        Row{"empty_document", "", "E_SCHEMA_TYPE", 1, "", "found nothing"},
        Row{"unknown_section", kC + "replications: {}\n", "E_SCHEMA_UNKNOWN_FIELD", 2,
            "replications", "did you mean 'replication'?"},
        Row{"unknown_in_foreign_section", kC + "iproto: {lissten: []}\n", "E_SCHEMA_UNKNOWN_FIELD",
            2, "iproto.lissten", "did you mean 'listen'?"},
        Row{"unknown_in_replication", kC + "replication: {fail: x}\n", "E_SCHEMA_UNKNOWN_FIELD", 2,
            "replication.fail"},
        Row{"unknown_in_database", kC + "database: {mod: ro}\n", "E_SCHEMA_UNKNOWN_FIELD", 2,
            "database.mod", "did you mean 'mode'?"},
        Row{"unknown_in_stateboard", kC + "failover: {stateboard: {x: 1}}\n",
            "E_SCHEMA_UNKNOWN_FIELD", 2, "failover.stateboard.x"},
        Row{"unknown_in_log", kC + "failover: {log: {x: 1}}\n", "E_SCHEMA_UNKNOWN_FIELD", 2,
            "failover.log.x"},
        Row{"leader_of_a_group", "groups: {g: {leader: a, replicasets: {}}}\n",
            "E_SCHEMA_UNKNOWN_FIELD", 1, "groups.g.leader"},
        Row{"conditional", kC + "conditional: []\n", "E_SCHEMA_UNKNOWN_FIELD", 2, "conditional",
            "depend on the version"},
        Row{"empty_instance", "groups:\n  g: {replicasets: {r: {instances:\n    {a: }}}}\n",
            "E_SCHEMA_TYPE", 3, "groups.g.replicasets.r.instances.a", "found nothing"},
        Row{"null_instance", "groups: {g: {replicasets: {r: {instances: {a: null}}}}}\n",
            "E_SCHEMA_TYPE", 1, "groups.g.replicasets.r.instances.a", "found null"},
        Row{"number_as_name", "groups: {g: {replicasets: {r: {instances: {1: {}}}}}}\n",
            "E_SCHEMA_TYPE", 1, "groups.g.replicasets.r.instances", "'1'"},
        Row{"mode_is_boolean", kC + "replication: {failover: no}\n", "E_SCHEMA_TYPE", 2,
            "replication.failover", "the boolean 'no'"},
        Row{"mode_unknown", kC + "replication: {failover: supervise}\n", "E_SCHEMA_ENUM", 2,
            "replication.failover", "off, manual, election, supervised"},
        Row{"strategy_unknown_in_33", kC + "replication: {bootstrap_strategy: native}\n",
            "E_SCHEMA_ENUM", 2, "replication.bootstrap_strategy", "legacy", Profile::kTarantool33},
        Row{"anon_is_string", kC + "replication: {anon: 'true'}\n", "E_SCHEMA_TYPE", 2,
            "replication.anon", "the string 'true'"},
        Row{"database_mode_unknown", kC + "database: {mode: wr}\n", "E_SCHEMA_ENUM", 2,
            "database.mode", "ro, rw"},
        Row{"priority_null", kC + "failover: {replicasets: {r: {priority: null}}}\n",
            "E_SCHEMA_TYPE", 2, "failover.replicasets.r.priority", "found null"},
        Row{"priority_entry_null", kC + "failover: {replicasets: {r: {priority: {a: ~}}}}\n",
            "E_SCHEMA_TYPE", 2, "failover.replicasets.r.priority.a", "found null"},
        Row{"priority_quoted", kC + "failover: {replicasets: {r: {priority: {a: \"5\"}}}}\n",
            "E_SCHEMA_TYPE", 2, "failover.replicasets.r.priority.a", "the string '5'"},
        Row{"priority_dot_inf", kC + "failover: {replicasets: {r: {priority: {a: .inf}}}}\n",
            "E_SCHEMA_TYPE", 2, "failover.replicasets.r.priority.a", "the string '.inf'"},
        Row{"priority_too_large",
            kC + "failover: {replicasets: {r: {priority: {a: 100000000000000}}}}\n",
            "E_SCHEMA_TYPE", 2, "failover.replicasets.r.priority.a", "beyond"},
        Row{"interval_null", kC + "failover: {lease_interval: null}\n", "E_SCHEMA_TYPE", 2,
            "failover.lease_interval", "expected a number"},
        Row{"replicaset_null", kC + "failover: {replicasets: {r: null}}\n", "E_SCHEMA_TYPE", 2,
            "failover.replicasets.r", "found null"},
        Row{"learner_is_number", kC + "failover: {replicasets: {r: {learners: [5]}}}\n",
            "E_SCHEMA_TYPE", 2, "failover.replicasets.r.learners"},
        Row{"log_without_file", kC + "failover: {log: {to: file}}\n", "E_SCHEMA_MISSING_FIELD", 2,
            "failover.log.file"},
        Row{"unknown_template", kC + "process: {pid_file: '{{ instance_nam }}.pid'}\n",
            "E_TEMPLATE", 2, "process.pid_file", "instance_name"}),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Names, Refused,
    ::testing::Values(
        Row{"group", "groups: {G: {replicasets: {r: {instances: {a: {}}}}}}\n", "E_NAME_INVALID", 1,
            "groups.G"},
        Row{"replicaset", "groups: {g: {replicasets: {_r: {instances: {a: {}}}}}}\n",
            "E_NAME_INVALID", 1, "groups.g.replicasets._r"},
        Row{"of_64_bytes",
            "groups: {g: {replicasets: {r: {instances: {" + std::string(64, 'a') + ": {}}}}}}\n",
            "E_NAME_INVALID", 1,
            "groups.g.replicasets.r.instances."
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        Row{"not_ascii", "groups: {g: {replicasets: {r: {instances: {a\xc3\xa4: {}}}}}}\n",
            "E_NAME_INVALID", 1, "groups.g.replicasets.r.instances.a\xc3\xa4", "\\xc3\\xa4"}),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Scopes, Refused,
    ::testing::Values(
        Row{"failover_in_a_group", "groups: {g: {failover: {}, replicasets: {}}}\n", "E_SCOPE", 1,
            "groups.g.failover", "group scope"},
        Row{"failover_in_33", "groups: {g: {failover: {}, replicasets: {}}}\n", "E_SCOPE", 1,
            "groups.g.failover", "group scope", Profile::kTarantool33},
        Row{"mode_of_an_instance",
            "groups: {g: {replicasets: {r: {instances: {a: {replication: {failover: off}}}}}}}\n",
            "E_SCOPE", 1, "groups.g.replicasets.r.instances.a.replication.failover"},
        Row{"strategy_of_an_instance",
            "groups: {g: {replicasets: {r: {instances: {a: {replication: {bootstrap_strategy: "
            "auto}}}}}}}\n",
            "E_SCOPE", 1, "groups.g.replicasets.r.instances.a.replication.bootstrap_strategy"},
        Row{"isolated_replicaset",
            "groups: {g: {replicasets: {r: {isolated: true, instances: {a: {}}}}}}\n", "E_SCOPE", 1,
            "groups.g.replicasets.r.isolated"}),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Topology, Refused,
    ::testing::Values(Row{"no_groups", kTop, "E_EMPTY", 1, "groups"},
                      Row{"empty_groups", "groups: {}\n", "E_EMPTY", 1, "groups"},
                      Row{"empty_group", kTop + "groups:\n  g: {}\n", "E_EMPTY", 3, "groups.g"},
                      Row{"empty_replicaset", "groups: {g: {replicasets: {r: {}}}}\n", "E_EMPTY", 1,
                          "groups.g.replicasets.r"},
                      Row{"replicaset_twice",
                          "groups:\n  g: {replicasets: {r: {instances: {a: {}}}}}\n"
                          "  h: {replicasets: {r: {instances: {b: {}}}}}\n",
                          "E_DUP_RS", 3, "groups.h.replicasets.r", "first in group 'g'"},
                      Row{"instance_twice",
                          "groups:\n  g: {replicasets: {r: {instances: {a: {}}}}}\n"
                          "  h: {replicasets: {s: {instances: {a: {}}}}}\n",
                          "E_DUP_INST", 3, "groups.h.replicasets.s.instances.a",
                          "first in replicaset 'r'"}),
    RowName);

// One replicaset with a mode and whatever else.
std::string InMode(const std::string& mode, const std::string& replicaset,
                   const std::string& instance = "") {
  return "replication: {failover: " + mode + "}\ngroups: {g: {replicasets: {r: {" + replicaset +
         "instances: {a: {" + instance + "}, b: {}}}}}}\n";
}

INSTANTIATE_TEST_SUITE_P(
    Modes, Refused,
    ::testing::Values(
        Row{"leader_with_off", InMode("off", "leader: a, "), "E_LEADER_FORBIDDEN", 2,
            "groups.g.replicasets.r.leader", "\"off\""},
        Row{"leader_with_election", InMode("election", "leader: a, "), "E_LEADER_FORBIDDEN", 2,
            "groups.g.replicasets.r.leader"},
        Row{"leader_unknown", InMode("manual", "leader: c, "), "E_LEADER_UNKNOWN", 2,
            "groups.g.replicasets.r.leader", "'c'"},
        Row{"database_mode_with_manual", InMode("manual", "", "database: {mode: rw}"),
            "E_MODE_FORBIDDEN", 2, "groups.g.replicasets.r.instances.a.database.mode"},
        Row{"database_mode_of_all_with_election", InMode("election", "") + "database: {mode: ro}\n",
            "E_MODE_FORBIDDEN", 3, "database.mode"},
        Row{"election_mode_with_supervised",
            InMode("supervised", "", "replication: {election_mode: manual}"),
            "E_ELECTION_MODE_FORBIDDEN", 2,
            "groups.g.replicasets.r.instances.a.replication.election_mode"},
        Row{"election_mode_with_off", InMode("off", "", "replication: {election_mode: candidate}"),
            "E_ELECTION_MODE_FORBIDDEN", 2,
            "groups.g.replicasets.r.instances.a.replication.election_mode"},
        Row{"anonymous_writable",
            InMode("off", "", "replication: {anon: true}, database: {mode: rw}"), "E_ANON_CONFLICT",
            2, "groups.g.replicasets.r.instances.a.database.mode"},
        Row{"anonymous_leader", InMode("manual", "leader: a, ", "replication: {anon: true}"),
            "E_ANON_CONFLICT", 2, "groups.g.replicasets.r.leader"},
        Row{"anonymous_candidate",
            InMode("election", "", "replication: {anon: true, election_mode: voter}"),
            "E_ANON_CONFLICT", 2, "groups.g.replicasets.r.instances.a.replication.election_mode"}),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    FirstFailure, Refused,
    ::testing::Values(
        Row{"schema_before_topology", "groups: {}\nx: 1\n", "E_SCHEMA_UNKNOWN_FIELD", 2, "x"},
        Row{"empty_before_unique",
            "groups:\n  g: {replicasets: {r: {instances: {a: {}}}}}\n"
            "  h: {replicasets: {r: {}}}\n",
            "E_EMPTY", 3, "groups.h.replicasets.r"},
        Row{"replicasets_before_instances",
            "groups:\n  g: {replicasets: {r: {instances: {a: {}}}, s: {instances: {a: {}}}}}\n"
            "  h: {replicasets: {r: {instances: {b: {}}}}}\n",
            "E_DUP_RS", 3, "groups.h.replicasets.r"},
        Row{"unique_before_modes",
            "groups: {g: {replicasets: {r: {leader: a, instances: {a: {}}}, s: {instances: {a: "
            "{}}}}}}\n",
            "E_DUP_INST", 1, "groups.g.replicasets.s.instances.a"},
        Row{"modes_before_failover",
            InMode("off", "leader: a, ") + "failover: {replicasets: {x: {}}}\n",
            "E_LEADER_FORBIDDEN", 2, "groups.g.replicasets.r.leader"},
        Row{"failover_before_bootstrap_leader",
            InMode("off", "bootstrap_leader: a, ") + "failover: {replicasets: {x: {}}}\n",
            "E_RS_UNKNOWN", 3, "failover.replicasets.x"},
        Row{"bootstrap_leader_before_anonymous",
            InMode("off", "bootstrap_leader: a, replication: {anon: true}, "), "E_BL_FORBIDDEN", 2,
            "groups.g.replicasets.r.bootstrap_leader"},
        Row{"anonymous_before_strategy",
            InMode("supervised", "replication: {bootstrap_strategy: legacy, anon: true}, "),
            "E_ALL_ANON", 2, "groups.g.replicasets.r"},
        Row{"strategy_at_last", InMode("supervised", "replication: {bootstrap_strategy: legacy}, "),
            "E_BS_UNSUPPORTED", 2, "groups.g.replicasets.r.replication.bootstrap_strategy"}),
    RowName);

TEST(ReadConfig, ChecksTheFailoverSectionOfAllReplicasetsInEveryMode) {
  for (const std::string mode : {"off", "manual", "election", "supervised"}) {
    const std::string base = InMode(mode, "");
    EXPECT_EQ(CodeOf(Read(base + "failover: {replicasets: {x: {}}}")), "E_RS_UNKNOWN");
    EXPECT_EQ(CodeOf(Read(base + "failover: {replicasets: {r: {priority: {x: 1}}}}")),
              "E_INST_UNKNOWN");
    EXPECT_EQ(CodeOf(Read(base + "failover: {replicasets: {r: {learners: [x]}}}")),
              "E_INST_UNKNOWN");
  }
}

constexpr const char* kTwo =
    "groups:\n"
    "  g:\n"
    "    replication: {failover: supervised}\n"
    "    replicasets: {r: {instances: {b: {}, a: {}}}}\n"
    "  h:\n"
    "    replicasets:\n"
    "      q: {leader: c, replication: {failover: manual}, instances: {c: {}, d: {}}}\n";

TEST(ReadConfig, TakesTheInnermostScopeThatSaysSomething) {
  const ReadResult result = Read(kTwo + std::string("replication: {failover: election}\n"));
  ASSERT_EQ(CodeOf(result), "");
  const auto& cluster = std::get<ClusterConfig>(result);
  ASSERT_EQ(cluster.replicasets.size(), 2u);
  const FailoverConfig& q = cluster.replicasets[0];
  const FailoverConfig& r = cluster.replicasets[1];
  EXPECT_EQ(q.replicaset, "q");
  EXPECT_EQ(q.mode, Mode::kManual);
  EXPECT_EQ(q.manual_leader, "c");
  EXPECT_EQ(r.group, "g");
  EXPECT_EQ(r.mode, Mode::kSupervised);
  EXPECT_EQ(r.instances[0].name, "a") << "in the order of names";
}

TEST(ReadConfig, AsksInTheViewOfAnInstanceOnlyWhatConcernsItsReplicaset) {
  const std::string anonymous = kTwo + std::string("  i: {replicasets: {s: {instances: {z: ") +
                                "{replication: {anon: true}}}}}}\n";
  EXPECT_EQ(CodeOf(Read(anonymous)), "E_ALL_ANON");
  EXPECT_EQ(CodeOf(Read(anonymous, Profile::kTarantool34, "z")), "E_ALL_ANON");
  const ReadResult result = Read(anonymous, Profile::kTarantool34, "a");
  ASSERT_EQ(CodeOf(result), "");
  ASSERT_EQ(std::get<ClusterConfig>(result).replicasets.size(), 1u);
  EXPECT_EQ(std::get<ClusterConfig>(result).replicasets[0].replicaset, "r");
  EXPECT_EQ(CodeOf(Read(anonymous, Profile::kTarantool34, "nobody")), "E_INST_UNKNOWN");
  const std::string unknown = anonymous + "failover: {replicasets: {x: {}}}\n";
  EXPECT_EQ(CodeOf(Read(unknown, Profile::kTarantool34, "a")), "E_RS_UNKNOWN");
}

TEST(ReadConfig, TakesForeignSectionsTemplatesAndNullFields) {
  const std::string yaml =
      "iproto: {listen: [{uri: 'unix/:./{{ instance_name }}.iproto'}]}\n"
      "memtx: {memory: 1000000}\n"
      "roles_cfg: {anything: {at: {all: '{{ x }}'}}}\n"
      "labels: {zone: '{{replicaset_name}}-{{ context.x }}'}\n"
      "failover: null\n"
      "database: null\n"
      "groups:\n  g: {replicasets: {r: {leader: null, instances: {a: {replication: {anon: "
      "~}}}}}}\n";
  EXPECT_EQ(CodeOf(Read(yaml)), "");
}

TEST(ReadConfig, TakesStrategiesInEachScopeThatTheVersionAllows) {
  const std::string yaml =
      "replication: {failover: supervised}\n"
      "groups: {g: {replicasets: {r: {instances: {a: {replication: {bootstrap_strategy: "
      "auto}}}}}}}";
  EXPECT_EQ(CodeOf(Read(yaml, Profile::kTarantool33)), "");
  EXPECT_EQ(CodeOf(Read(yaml, Profile::kTarantool34)), "E_SCOPE");
}

TEST(ReadConfig, HasTheDefaultsThatAreDocumented) {
  const FailoverConfig config = ReadOne(kCluster);
  EXPECT_EQ(config.mode, Mode::kOff);
  EXPECT_EQ(config.strategy, Strategy::kAuto);
  EXPECT_EQ(config.connect_timeout.duration, Seconds(30));
  EXPECT_EQ(config.timings.probe_interval.duration, Seconds(10));
  EXPECT_EQ(config.timings.connect_timeout.duration, Seconds(1));
  EXPECT_EQ(config.timings.call_timeout.duration, Seconds(1));
  EXPECT_EQ(config.timings.lease_interval.duration, Seconds(30));
  EXPECT_EQ(config.timings.renew_interval.duration, Seconds(10));
  EXPECT_EQ(config.timings.stateboard_renew.duration, Seconds(2));
  EXPECT_EQ(config.timings.stateboard_keepalive.duration, Seconds(10));
  EXPECT_THAT(HarmOf(config.timings), IsEmpty());
}

TEST(ReadConfig, ReadsEachIntervalIntoItsOwnPlace) {
  const FailoverConfig config = ReadOne(
      std::string(kCluster) +
      "replication: {connect_timeout: 8}\n"
      "failover: {probe_interval: 1, connect_timeout: 2, call_timeout: 3, lease_interval: 7,\n"
      "  renew_interval: 4, stateboard: {renew_interval: 0.5, keepalive_interval: 6}}\n");
  std::vector<std::string> texts;
  for (const TimingKey& key : AllTimings()) {
    texts.push_back((config.timings.*key.interval).text);
    EXPECT_GE((config.timings.*key.interval).line, 3);
  }
  EXPECT_THAT(texts, ElementsAre("1", "2", "3", "7", "4", "0.5", "6"));
  EXPECT_EQ(config.timings.stateboard_renew.duration, Milliseconds(500));
  EXPECT_EQ(config.connect_timeout.duration, Seconds(8));
}

std::vector<std::string> WarningsOf(const std::string& failover) {
  const ReadResult result = Read(std::string(kCluster) + "failover: " + failover + "\n");
  EXPECT_EQ(CodeOf(result), "") << failover;
  return std::get<ClusterConfig>(result).warnings;
}

TEST(Warnings, AreOfIntervalsThatHarmEachOther) {
  EXPECT_THAT(WarningsOf("{renew_interval: 30}"),
              ElementsAre(HasSubstr("failover.renew_interval (30 s) is not below "
                                    "failover.lease_interval (30 s)")));
  EXPECT_THAT(WarningsOf("{stateboard: {renew_interval: 10}}"),
              ElementsAre(HasSubstr("failover.stateboard.renew_interval (10 s) is not below "
                                    "failover.stateboard.keepalive_interval")));
  EXPECT_THAT(WarningsOf("{stateboard: {keepalive_interval: 30}}"),
              ElementsAre(HasSubstr("failover.stateboard.keepalive_interval (30 s) is not below "
                                    "failover.lease_interval")));
  EXPECT_THAT(WarningsOf("{renew_interval: 29.999999999}"), IsEmpty());
}

TEST(Warnings, AreOfNumbersThatAreNoSpanOfTime) {
  for (const std::string number : {"-1", "nan", "inf", "0", "1e9"}) {
    EXPECT_THAT(WarningsOf("{probe_interval: " + number + "}"),
                ElementsAre(HasSubstr("failover.probe_interval is '" + number + "'")));
  }
}

}  // namespace
}  // namespace ww::raft::failover
