#include "reports/result_json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ww::reports {
namespace {

RunResult Failure() {
  RunResult result;
  result.token = "storm@42?hosts=5";
  result.scenario = "storm";
  result.seed = 42;
  result.verdict = Verdict::kSafety;
  result.property = "vote-once";
  result.message = "a \"quoted\" message\nof two lines";
  result.fingerprint = 0x0123456789abcdefULL;
  result.events = 7;
  result.virtual_ns = 1'500'000'000;
  result.reached = {{"log.torn_tail", 2}};
  result.judged = {{"vote-once", 9}};
  result.signature = "vote-once: a";
  result.details = {"one", "two"};
  return result;
}

TEST(ResultJson, KeepsEveryFieldOfAFailure) {
  const absl::StatusOr<RunResult> read = ParseResult(FormatResult(Failure()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(FormatResult(*read), FormatResult(Failure()));
  EXPECT_EQ(read->message, Failure().message);
  EXPECT_EQ(read->fingerprint, Failure().fingerprint);
  EXPECT_EQ(read->verdict, Verdict::kSafety);
  EXPECT_EQ(read->details, Failure().details);
}

TEST(ResultJson, IsOneLineWithTheKeysOfTheContract) {
  const std::string line = FormatResult(Failure());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const nlohmann::json object = nlohmann::json::parse(line);
  for (const char* key : {"token", "scenario", "seed", "verdict", "property", "message",
                          "fingerprint", "events", "decisions", "virtual_ns", "wall_ns", "reached",
                          "judged", "suppressed_faults", "case_file", "signature"}) {
    EXPECT_TRUE(object.contains(key)) << key;
  }
  EXPECT_EQ(object["fingerprint"], "0123456789abcdef");
}

TEST(ResultJson, APassHasNullsWhereNothingIsToBeSaid) {
  RunResult pass;
  const nlohmann::json object = ToJson(pass);
  EXPECT_TRUE(object["property"].is_null());
  EXPECT_TRUE(object["message"].is_null());
  EXPECT_TRUE(object["case_file"].is_null());
}

TEST(ResultJson, RefusesWhatIsNoResultAndNamesTheKey) {
  EXPECT_FALSE(ParseResult("[1]").ok());
  EXPECT_FALSE(ParseResult("{").ok());
  const auto refusal = [](const char* key, nlohmann::json value) {
    nlohmann::json object = ToJson(Failure());
    object[key] = std::move(value);
    return std::string(ParseResult(object.dump()).status().message());
  };
  EXPECT_NE(refusal("seed", "x").find("'seed'"), std::string::npos);
  EXPECT_NE(refusal("seed", -1).find("'seed'"), std::string::npos);
  EXPECT_NE(refusal("verdict", "fine").find("'verdict'"), std::string::npos);
  EXPECT_NE(refusal("fingerprint", "12").find("'fingerprint'"), std::string::npos);
  EXPECT_NE(refusal("reached", nlohmann::json::array()).find("'reached'"), std::string::npos);
  EXPECT_NE(refusal("details", {1, 2}).find("'details'"), std::string::npos);
}

TEST(ResultJson, NeverCrashesOnArbitraryBytes) {
  EXPECT_TRUE(rc::check("any bytes are read or refused", [](const std::string& bytes) {
    const absl::StatusOr<RunResult> read = ParseResult(bytes);
    RC_ASSERT(read.ok() || !read.status().message().empty());
  }));
}

}  // namespace
}  // namespace ww::reports
