// Tokens: one line, one meaning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "scenarios/case.h"

namespace ww::scenarios {
namespace {

TEST(Token, ReadsScenarioSeedAndSettingsInOrder) {
  const absl::StatusOr<Token> token = ParseToken("migration/replace@42?hosts=5&shards=3");
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->scenario, "migration/replace");
  EXPECT_EQ(token->seed, 42u);
  ASSERT_EQ(token->settings.size(), 2u);
  EXPECT_EQ(token->settings[0], (std::pair<std::string, std::string>{"hosts", "5"}));
  EXPECT_EQ(token->settings[1], (std::pair<std::string, std::string>{"shards", "3"}));
  EXPECT_EQ(FormatToken(*token), "migration/replace@42?hosts=5&shards=3");
}

TEST(Token, PathMayHoldAnAtSign) {
  const absl::StatusOr<Token> token = ParseToken("./me@home/mine.yaml@7");
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->scenario, "./me@home/mine.yaml");
  EXPECT_EQ(token->seed, 7u);
  EXPECT_EQ(ParseToken(FormatToken(*token))->scenario, token->scenario);
}

TEST(Token, LargestSeedIsASeed) {
  EXPECT_EQ(ParseToken("storm@18446744073709551615")->seed, UINT64_MAX);
}

TEST(Token, WhatWasFormattedIsReadBack) {
  EXPECT_TRUE(rc::check([] {
    Token token;
    token.scenario =
        "./" + *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)));
    token.seed = *rc::gen::arbitrary<uint64_t>();
    token.settings = {{"a.b", *rc::gen::container<std::string>(rc::gen::nonZero<char>())}};
    const absl::StatusOr<Token> read = ParseToken(FormatToken(token));
    RC_ASSERT(read.ok());
    RC_ASSERT(read->scenario == token.scenario);
    RC_ASSERT(read->seed == token.seed);
    RC_ASSERT(read->settings == token.settings);
  }));
}

TEST(QuoteForShell, QuotesOnlyWhatAShellWouldTouch) {
  EXPECT_EQ(QuoteForShell("storm@42"), "storm@42");
  EXPECT_EQ(QuoteForShell("storm@42?hosts=5&shards=3"), "'storm@42?hosts=5&shards=3'");
  EXPECT_EQ(QuoteForShell("it's"), "'it'\\''s'");
  EXPECT_EQ(QuoteForShell(""), "''");
}

}  // namespace
}  // namespace ww::scenarios
