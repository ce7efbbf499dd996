#include "reports/junit.h"

#include <gtest/gtest.h>

#include <pugixml.hpp>

namespace ww::reports {
namespace {

RunResult RunOf(const std::string& scenario, Verdict verdict) {
  RunResult result;
  result.scenario = scenario;
  result.token = scenario + "@7";
  result.verdict = verdict;
  result.property = verdict == Verdict::kPass ? "" : "vote-once";
  result.message = verdict == Verdict::kPass ? "" : "2 < 3 & \"x\"\x01";
  result.wall_ns = 1'250'000'000;
  return result;
}

pugi::xml_document Parse(const std::string& xml) {
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(xml.c_str())) << xml;
  return document;
}

TEST(Junit, HasOneTestCaseAScenarioWithAStableName) {
  JunitReport report;
  report.Add(RunOf("storm", Verdict::kPass));
  report.Add(RunOf("storm", Verdict::kSafety));
  report.Add(RunOf("steady", Verdict::kPass));
  const pugi::xml_document document = Parse(report.ToXml("abc"));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  EXPECT_STREQ(suite.attribute("tests").value(), "2");
  EXPECT_STREQ(suite.attribute("failures").value(), "1");
  EXPECT_STREQ(suite.attribute("time").value(), "3.750");
  const pugi::xml_node storm = suite.find_child_by_attribute("testcase", "name", "storm");
  const std::string text = storm.child("failure").text().get();
  EXPECT_NE(text.find("REPRODUCE: whitewater replay 'storm@7'"), std::string::npos);
  EXPECT_NE(text.find("2 < 3 & \"x\"?"), std::string::npos) << "escaped, without control bytes";
  EXPECT_FALSE(suite.find_child_by_attribute("testcase", "name", "steady").child("failure"));
}

TEST(Junit, AFailureOfTheHarnessIsAnError) {
  JunitReport report;
  report.Add(RunOf("storm", Verdict::kHarness));
  const pugi::xml_document document = Parse(report.ToXml("abc"));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  EXPECT_STREQ(suite.attribute("errors").value(), "1");
  EXPECT_TRUE(suite.child("testcase").child("error"));
}

}  // namespace
}  // namespace ww::reports
