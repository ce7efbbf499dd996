// Bad input is refused with a place and a remedy: scenarios, settings, tokens and case files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "scenarios/case.h"
#include "scenarios/catalogue/catalogue.h"
#include "scenarios/config/keys.h"
#include "scenarios/config/read_scenario.h"
#include "scenarios/config/yaml.h"

namespace ww::scenarios {
namespace {

using ::testing::HasSubstr;

struct Refusal {
  const char* what;      // Names the row.
  std::string input;     // Malformed.
  std::string place;     // What the message says of where,
  std::string expected;  // and of what would be right.
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.what; }

std::string Name(const ::testing::TestParamInfo<Refusal>& info) { return info.param.what; }

void ExpectRefused(const absl::Status& status, const Refusal& row) {
  ASSERT_FALSE(status.ok()) << row.what << " was accepted";
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::string message(status.message());
  EXPECT_THAT(message, HasSubstr(row.place)) << row.what;
  EXPECT_THAT(message, HasSubstr(row.expected)) << row.what;
  EXPECT_LT(message.size(), 500u) << "a hostile input must not flood the terminal";
}

// --- Scenarios ---

class MalformedScenario : public ::testing::TestWithParam<Refusal> {};

TEST_P(MalformedScenario, IsRefusedWithPlaceAndRemedy) {
  ExpectRefused(ReadScenario(GetParam().input, "x.yaml").status(), GetParam());
}

std::string Nested(size_t depth) {
  std::string text = "name: x\nworkload: ";
  for (size_t i = 0; i < depth; ++i) text += "{a: ";
  return text;
}

std::string Indented(size_t depth) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) text += std::string(i, ' ') + "a:\n";
  return text;
}

std::string AliasBomb() {
  std::string text = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    text += std::string(1, c) + ": &" + std::string(1, c) + " [*" + before + ",*" + before + "]\n";
  }
  return text;
}

const Refusal kScenarios[] = {
    {"Empty", "", "x.yaml:1", "expected a map"},
    {"OnlyAComment", "# nothing\n", "x.yaml:1", "expected a map"},
    {"List", "- hosts\n- shards\n", "x.yaml:1", "found a list, expected a map"},
    {"Scalar", "steady\n", "x.yaml:1", "expected a map"},
    {"NotYaml", "name: x\nhosts: [3\n", "x.yaml:", "this is not YAML"},
    {"Tab", "name: x\nworkload:\n\tclients: 3\n", "x.yaml:3", "this is not YAML"},
    {"TwoDocuments", "name: x\n---\nname: y\n", "x.yaml:2", "expected one"},
    {"NoName", "hosts: 3\n", "x.yaml:1", "key 'name' is missing"},
    {"BadName", "name: My Scenario\n", "x.yaml:1: key 'name'", "lower-case letters"},
    {"UnknownKey", "name: x\nhots: 3\n", "x.yaml:2", "did you mean 'hosts'?"},
    {"UnknownNestedKey", "name: x\nworkload:\n  cliens: 3\n", "x.yaml:3",
     "did you mean 'workload.clients'?"},
    {"UnknownFault", "name: x\nfaults:\n  crush: {every: 1s}\n", "x.yaml:3",
     "did you mean 'faults.crash'?"},
    {"UnknownFaultKey", "name: x\nfaults: {crash: {evry: 1s}}\n", "x.yaml:2",
     "did you mean 'faults.crash.every'?"},
    {"DuplicateKey", "name: x\nhosts: 3\nhosts: 5\n", "x.yaml:3", "'hosts' is given twice"},
    {"DuplicateByDots", "name: x\nworkload: {clients: 3}\nworkload.clients: 4\n", "x.yaml:3",
     "'workload.clients' is given twice"},
    {"DuplicateFault", "name: x\nfaults:\n  crash: {}\n  crash: {}\n", "x.yaml:4",
     "'crash' is given twice"},
    {"MapForNumber", "name: x\nhosts: {a: 3}\n", "x.yaml:2: key 'hosts'",
     "found a map, expected a single value"},
    {"NumberForMap", "name: x\nworkload: 3\n", "x.yaml:2: key 'workload'",
     "expected a map of keys"},
    {"NothingForNumber", "name: x\nhosts:\n", "x.yaml:2: key 'hosts'", "found nothing"},
    {"WordForNumber", "name: x\nhosts: three\n", "x.yaml:2: key 'hosts': found 'three'",
     "such as 5, 3..7"},
    {"Negative", "name: x\nhosts: -3\n", "key 'hosts': found '-3'", "expected a number"},
    {"Fraction", "name: x\nhosts: 3.5\n", "key 'hosts': found '3.5'", "expected a number"},
    {"Overflow", "name: x\nhosts: 99999999999999999999\n", "key 'hosts'", "expected a number"},
    {"OutOfBounds", "name: x\nhosts: 100\n", "key 'hosts': found '100'", "expected 1..9"},
    {"RangeBackwards", "name: x\nhosts: 7..3\n", "key 'hosts': found '7..3'", "not the larger"},
    {"RangeOpen", "name: x\nhosts: 3..\n", "key 'hosts': found '3..'", "expected a number"},
    {"StepZero", "name: x\nhosts: 3..7:0\n", "key 'hosts'", "a step of at least 1"},
    {"NoUnit", "name: x\nphases: {chaos: 60}\n", "key 'phases.chaos': found '60'", "with its unit"},
    {"UnknownUnit", "name: x\nphases: {chaos: 60min}\n", "key 'phases.chaos'", "(ns, us, ms, s)"},
    {"DurationTooLong", "name: x\nphases: {chaos: 999999999999s}\n", "key 'phases.chaos'",
     "at most 1000000s"},
    {"DurationOutOfBounds", "name: x\nphases: {chaos: 2000s..5000s}\n", "key 'phases.chaos'",
     "expected 0s..3600s"},
    {"DurationRangeBackwards", "name: x\nphases: {chaos: 90s..60s}\n", "key 'phases.chaos'",
     "not the longer"},
    {"RatioAboveOne", "name: x\nfaults: {loss: {ratio: 3/2}}\n", "key 'faults.loss.ratio'",
     "a ratio between 0 and 1"},
    {"RatioAsFloat", "name: x\nfaults: {loss: {ratio: 0.1}}\n", "key 'faults.loss.ratio'",
     "such as 1/10"},
    {"RatioOfNothing", "name: x\nfaults: {loss: {ratio: 1/0}}\n", "key 'faults.loss.ratio'",
     "a ratio between 0 and 1"},
    {"FlagAsYes", "name: x\nengine: {buggify: yes}\n", "key 'engine.buggify': found 'yes'",
     "true or false"},
    {"WordsAsScalar", "name: x\njudges: election-safety\n", "key 'judges'", "a list of words"},
    {"WordsWithAMap", "name: x\njudges: [{a: b}]\n", "key 'judges'", "expected a word"},
    {"JudgesTwice", "name: x\njudges: [vote-once, vote-once]\n", "x.yaml:2: key 'judges'",
     "given twice"},
    {"VotersAboveHosts", "name: x\nhosts: 3\nvoters: 5\n", "x.yaml:3: key 'voters'",
     "at most the hosts (3)"},
    {"MachineNowhere", "name: x\nengine:\n  machine: disc\n", "x.yaml:3: key 'engine.machine'",
     "one of memory, disk, did you mean 'disk'?"},
    {"SlowHeartbeat", "name: x\nengine:\n  heartbeat_interval: 500ms\n",
     "x.yaml:3: key 'engine.heartbeat_interval'", "a third of engine.election_timeout (1s)"},
    {"SlowNetwork", "name: x\nnetwork: {delay: 1s..2s}\n", "key 'network.delay'", "a quarter of"},
    {"TailWithoutSpread", "name: x\nnetwork: {delay: 1ms, tail_octaves_max: 3}\n",
     "key 'network.tail_octaves_max'", "expected 0"},
    {"QueueWithoutBandwidth", "name: x\nnetwork: {queue_bytes_max: 100}\n",
     "key 'network.queue_bytes_max'", "without network.bytes_per_second"},
    {"AllWeightsZero", "name: x\nworkload: {put_weight: 0, append_weight: 0, get_weight: 0}\n",
     "x.yaml:2: key 'workload.put_weight'", "above 0"},
    {"CrashWeightsZero",
     "name: x\ndisk: {crash_kept_weight: 0, crash_old_weight: 0, crash_torn_weight: 0}\n",
     "key 'disk.crash_kept_weight'", "above 0"},
    {"FaultsWithoutEnd", "name: x\nphases: {chaos: 3600s}\nfaults: {crash: {every: 1ms}}\n",
     "x.yaml:3: key 'faults.crash.every'", "at most 2000 faults"},
    {"Anchor", "name: &n x\n", "x.yaml:1", "found an anchor"},
    {"AliasBomb", AliasBomb(), "x.yaml:1", "found an anchor"},
    {"Tag", "name: !!python/object:os.system x\n", "x.yaml:1", "found the tag"},
    {"KeyIsAList", "[a, b]: 3\n", "x.yaml:1", "found a list as a key"},
    {"MergeKey", "name: x\n<<: {hosts: 3}\n", "x.yaml:2", "unknown key '<<'"},
    {"DeepInBraces", Nested(50), "x.yaml:2", "nested deeper than"},
    {"VeryDeepInBraces", Nested(100'000), "x.yaml:2", "nested deeper than"},
    {"DeepByIndentation", Indented(700), "x.yaml:", "nested deeper than"},
    {"DeepByDashes", std::string(100'000, '-') + " x", "x.yaml:1", "nested deeper than"},
    {"DeepInBrackets", std::string(kYamlBytesMax, '['), "x.yaml:1", "nested deeper than"},
    {"TooLarge", std::string(kYamlBytesMax + 1, '#'), "x.yaml:1", "expected at most 1048576"},
    {"ZeroByte", std::string("name: x\0y\n", 10), "x.yaml:1", "found a zero byte"},
    {"ControlBytes", "name: x\nhosts: \x01\x02\x7f\n", "x.yaml:2", ""},
    {"LongValue", "name: x\nhosts: " + std::string(100'000, '9') + "\n", "key 'hosts'",
     "expected a number"},
    {"LongKey", "name: x\n" + std::string(900, 'k') + ": 1\n", "x.yaml:2", "unknown key"},
};

INSTANTIATE_TEST_SUITE_P(Table, MalformedScenario, ::testing::ValuesIn(kScenarios), Name);

TEST(MalformedScenarios, ManyValuesAreRefused) {
  std::string text = "name: x\njudges: [a";
  while (text.size() + 3 < kYamlBytesMax) text += ",a";
  const absl::Status status = ReadScenario(text + "]\n", "x.yaml").status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("more than 100000 values"));
}

// --- Settings ---

class MalformedSetting : public ::testing::TestWithParam<Refusal> {};

TEST_P(MalformedSetting, IsRefusedWithKeyAndRemedy) {
  const Refusal& row = GetParam();
  const size_t equals = row.input.find('=');
  Scenario scenario;
  const Scenario untouched = scenario;
  ExpectRefused(SetKey(scenario, row.input.substr(0, equals), row.input.substr(equals + 1)), row);
  EXPECT_EQ(ResolvedKeys(scenario), ResolvedKeys(untouched));
}

const Refusal kSettings[] = {
    {"Unknown", "shard=3", "'shard'", "did you mean 'shards'?"},
    {"UnknownNested", "workload.client=3", "'workload.client'", "did you mean 'workload.clients'?"},
    {"Group", "workload=3", "'workload'", "unknown key"},
    {"FaultGroup", "faults.crash=1s", "'faults.crash'", "unknown key"},
    {"UnknownFault", "faults.crsh.every=1s", "'faults.crsh.every'",
     "did you mean 'faults.crash.every'?"},
    {"EmptyKey", "=3", "''", "unknown key"},
    {"EmptyValue", "hosts=", "key 'hosts'", "expected a number"},
    {"Space", "hosts= 3", "key 'hosts'", "expected a number"},
    {"Hex", "hosts=0x3", "key 'hosts'", "expected a number"},
    {"OutOfBounds", "hosts=0", "key 'hosts'", "expected 1..9"},
    {"DurationWithoutUnit", "faults.crash.every=5", "key 'faults.crash.every'", "with its unit"},
    {"Words", "judges=a,,b", "key 'judges'", "with commas"},
    {"LongText", "summary=" + std::string(5000, 'x'), "key 'summary'", "at most 1000"},
    {"Terminal", "hosts=\x1b[31mred", "key 'hosts': found '\\x1b[31mred'", "expected a number"},
};

INSTANTIATE_TEST_SUITE_P(Table, MalformedSetting, ::testing::ValuesIn(kSettings), Name);

// --- Tokens ---

class MalformedToken : public ::testing::TestWithParam<Refusal> {};

TEST_P(MalformedToken, IsRefusedWithPlaceAndRemedy) {
  ExpectRefused(ParseToken(GetParam().input).status(), GetParam());
}

const Refusal kTokens[] = {
    {"Empty", "", "token ''", "expected SCENARIO@SEED"},
    {"NoSeed", "storm", "token 'storm'", "found no '@'"},
    {"EmptySeed", "storm@", "the seed: found ''", "a whole number"},
    {"WordAsSeed", "storm@random", "the seed: found 'random'", "a whole number"},
    {"NegativeSeed", "storm@-1", "the seed: found '-1'", "a whole number"},
    {"SeedTooLarge", "storm@18446744073709551616", "the seed", "a whole number"},
    {"SeedWithSpace", "storm@ 1", "the seed", "a whole number"},
    {"NoScenario", "@42", "found '' as the scenario", "a name of lower-case"},
    {"UpperCase", "Storm@42", "found 'Storm' as the scenario", "a name of lower-case"},
    {"Colon", "fuzzy:storm@42", "found 'fuzzy:storm' as the scenario", "a name of lower-case"},
    {"EmptySettings", "storm@42?", "found the setting ''", "expected key=value"},
    {"NoEquals", "storm@42?hosts", "found the setting 'hosts'", "expected key=value"},
    {"NoKey", "storm@42?=5", "found the setting '=5'", "expected key=value"},
    {"TrailingAmpersand", "storm@42?hosts=5&", "found the setting ''", "expected key=value"},
    {"SettingTwice", "storm@42?hosts=5&hosts=6", "the setting 'hosts'", "given twice"},
    {"BrokenCode", "storm@42?summary=%4", "'summary=%4'", "broken %-code"},
    {"ZeroCode", "storm@42?summary=%00", "'summary=%00'", "broken %-code"},
    {"TooLong", std::string(20'000, 'a') + "@1", "found 20002 bytes", "at most 16384"},
    {"Newline", "storm\n@42", "found 'storm\\x0a' as the scenario", "a name of lower-case"},
};

INSTANTIATE_TEST_SUITE_P(Table, MalformedToken, ::testing::ValuesIn(kTokens), Name);

// --- Case files ---

// A small valid case, as text to be spoilt.
std::string ValidCase() {
  Scenario scenario;
  scenario.name = "x";
  scenario.faults = {DefaultFaultSpec(faults::FaultKind::kCrash)};
  Token token;
  token.scenario = "x";
  Case value = *ResolveCase(token, scenario, "name: x\n");
  faults::PlanItem item;
  item.id = 1;
  item.hosts = {HostId(2)};
  value.plan.enabled = {faults::FaultKind::kCrash};
  value.plan.items = {item};
  value.bases = {{"net.delay", sim::SiteBase::kBenign}};
  sim::Override replacement;
  replacement.site = "net.loss";
  replacement.tag.bound = 2;
  value.overrides = {replacement};
  value.recorded = RecordedOutcome{"vote-once", "0123456789abcdef", "1a2b3c4"};
  return FormatCase(value);
}

struct Spoilt {
  const char* what;
  std::string from;  // Is in the valid case;
  std::string to;    // takes its place.
  std::string place;
  std::string expected;
};

void PrintTo(const Spoilt& spoilt, std::ostream* out) { *out << spoilt.what; }

std::string SpoiltName(const ::testing::TestParamInfo<Spoilt>& info) { return info.param.what; }

class MalformedCase : public ::testing::TestWithParam<Spoilt> {};

TEST_P(MalformedCase, IsRefusedWithPathAndRemedy) {
  const Spoilt& row = GetParam();
  std::string text = ValidCase();
  ASSERT_TRUE(ParseCase(text, "x.case").ok()) << ParseCase(text, "x.case").status();
  const size_t at = text.find(row.from);
  ASSERT_NE(at, std::string::npos) << row.from << " is not in " << text;
  text.replace(at, row.from.size(), row.to);
  ExpectRefused(ParseCase(text, "x.case").status(), {row.what, text, row.place, row.expected});
  EXPECT_THAT(std::string(ParseCase(text, "x.case").status().message()), HasSubstr("x.case:"));
}

const Spoilt kCases[] = {
    {"OtherFormat", "\"format\": 1", "\"format\": 2", "key 'format': found 2", "in 1..1"},
    {"FormatAsText", "\"format\": 1", "\"format\": \"1\"", "key 'format'", "a whole number"},
    {"NoFormat", "\"format\": 1,", "", "key 'format'", "is missing"},
    {"UnknownKey", "\"bases\"", "\"basis\"", "unknown key 'basis'", "did you mean 'bases'?"},
    {"GivenTwice", "\"format\": 1,", "\"format\": 1, \"format\": 1,", "key 'format'", "twice"},
    {"BadToken", "\"x@1\"", "\"x\"", "key 'token'", "expected SCENARIO@SEED"},
    {"BadFingerprint", "0123456789abcdef", "0123456789ABCDEF", "key 'recorded.fingerprint'",
     "16 hexadecimal digits"},
    {"RecordedIsAList", "\"recorded\": {", "\"recorded\": [], \"scenario\": {", "", ""},
    {"UnknownScenarioKey", "\"hosts\": \"3\"", "\"hots\": \"3\"", "key 'keys'",
     "did you mean 'hosts'?"},
    {"RangeInKeys", "\"hosts\": \"3\"", "\"hosts\": \"3..5\"", "key 'hosts'", "one value"},
    {"NumberInKeys", "\"hosts\": \"3\"", "\"hosts\": 3", "key 'keys.hosts': found 3", "a text"},
    {"TooFewHosts", "\"hosts\": \"3\"", "\"hosts\": \"1\"", "key 'voters'", "at most the hosts"},
    {"UnknownFaultEnabled", "\"crash\"\n", "\"crush\"\n", "key 'plan.enabled[0]'",
     "did you mean 'crash'?"},
    {"UnknownFault", "\"kind\": \"crash\"", "\"kind\": \"cash\"", "key 'plan.items[0].kind'",
     "did you mean 'crash'?"},
    {"ItemWithoutId", "\"id\": 1,", "", "key 'plan.items[0].id'", "is missing"},
    {"ItemIdZero", "\"id\": 1,", "\"id\": 0,", "key 'plan.items[0].id'", "in 1.."},
    {"NegativeTime", "\"at\": \"0s\"", "\"at\": \"-1s\"", "key 'plan.items[0].at'",
     "a duration with its unit"},
    {"TimeAsNumber", "\"at\": \"0s\"", "\"at\": 0", "key 'plan.items[0].at': found 0", "a text"},
    {"HostOutside", "     2\n", "     4\n", "key 'plan.items[0].hosts[0]': found 4", "in 1..3"},
    {"HostsAsNumber", "\"hosts\": [\n     2\n    ]", "\"hosts\": 2", "key 'plan.items[0].hosts'",
     "expected a list"},
    {"CrashOfNobody", "     2\n", "", "key 'plan.items[0]': found 0 hosts", "expected 1"},
    {"UnknownItemKey", "\"at\": \"0s\"", "\"at\": \"0s\", \"lasting\": \"1s\"",
     "unknown key 'lasting'", "plan.items[0]"},
    {"UnknownOccurrence", "\"at\": \"0s\"",
     "\"at\": \"0s\", \"occurrence\": {\"of\": \"moon\", \"name\": \"\", \"n\": 1}",
     "key 'plan.items[0].occurrence.of'", "event, io or site"},
    {"OccurrenceZero", "\"at\": \"0s\"",
     "\"at\": \"0s\", \"occurrence\": {\"of\": \"io\", \"name\": \"\", \"n\": 0}",
     "key 'plan.items[0].occurrence.n'", "in 1.."},
    {"BadRatio", "\"at\": \"0s\"", "\"at\": \"0s\", \"ratio\": \"2/1\"",
     "key 'plan.items[0].ratio'", "a ratio between 0 and 1"},
    {"HugeFactor", "\"at\": \"0s\"", "\"at\": \"0s\", \"factor\": 1e300",
     "key 'plan.items[0].factor'", "a whole number"},
    {"UnknownBase", "\"benign\"", "\"malign\"", "key 'bases[0].base'", "seeded or benign"},
    {"ValueBeyondBound", "\"value\": 0", "\"value\": 2", "key 'overrides[0].value': found 2",
     "in 0..1"},
    {"BoundZero", "\"bound\": 2", "\"bound\": 0", "key 'overrides[0].bound'", "in 1.."},
    {"BadStreamKey", "\"key\": \"*\"", "\"key\": \"3//1\"", "key 'overrides[0].key'",
     "a stream key"},
    {"LastBeforeFirst", "\"first\": 0", "\"first\": 5", "key 'overrides[0].last'", "in 5.."},
    {"BrokenText", "\"x@1\"", "\"x@1", "x.case:", "this is not JSON"},
    {"BrokenUtf8", "\"x@1\"", "\"\xff\xfe\"", "x.case:3", "this is not JSON"},
    {"Comment", "\"format\": 1", "/* one */ \"format\": 1", "x.case:2", "this is not JSON"},
};

INSTANTIATE_TEST_SUITE_P(Table, MalformedCase, ::testing::ValuesIn(kCases), SpoiltName);

TEST(MalformedCases, NoObjectIsNoCase) {
  for (const char* text : {"", "null", "[]", "3", "\"x\"", "{}", "{", "nul", "\xef\xbb\xbf"}) {
    const absl::Status status = ParseCase(text, "x.case").status();
    EXPECT_FALSE(status.ok()) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("x.case:")) << text;
  }
}

}  // namespace
}  // namespace ww::scenarios
