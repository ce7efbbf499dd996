// Numbers as the published reader takes them, and seconds without floats.
#include "raft/failover/number.h"

#include <gtest/gtest.h>

#include <string>

namespace ww::raft::failover {
namespace {

Number Parsed(std::string_view text) {
  const std::optional<Number> number = Number::Parse(text);
  EXPECT_TRUE(number.has_value()) << text;
  return number.value_or(Number());
}

bool Equal(std::string_view a, std::string_view b) {
  const Number x = Parsed(a);
  const Number y = Parsed(b);
  return !x.nan() && !y.nan() && !x.Exceeds(y) && !y.Exceeds(x);
}

TEST(Number, TakesTheFormsThatArePublished) {
  EXPECT_TRUE(Equal("0x10", "16"));
  EXPECT_TRUE(Equal("010", "10"));
  EXPECT_TRUE(Equal("+5", "5"));
  EXPECT_TRUE(Equal("1e14", "100000000000000.0"));
  EXPECT_TRUE(Equal("1e309", "inf"));
  EXPECT_TRUE(Equal("-INF", "-inf"));
  EXPECT_TRUE(Equal(".5", "5e-1"));
  EXPECT_TRUE(Equal("-0", "0"));
  EXPECT_TRUE(Parsed("nan").nan());
  EXPECT_TRUE(Parsed("-inf").minus_infinity());
  EXPECT_FALSE(Parsed("-1e308").minus_infinity());
}

TEST(Number, RefusesIntegersBeyondTheBoundAndNotTheBound) {
  for (const std::string text : {"99999999999999", "-99999999999999", "00099999999999999"}) {
    EXPECT_TRUE(Number::Parse(text).has_value()) << text;
  }
  for (const std::string text : {"100000000000000", "-100000000000000", "+100000000000000",
                                 "9223372036854775808", "99999999999999999999999"}) {
    EXPECT_FALSE(Number::Parse(text).has_value()) << text;
  }
}

TEST(Number, RefusesWhatIsNone) {
  for (const std::string text : {"", ".inf", ".nan", "1_000", "true", "null", " 5", "5 ", "1e", "-",
                                 "0b1", "five", "1.2.3", "0x", "--1"}) {
    EXPECT_FALSE(Number::Parse(text).has_value()) << text;
  }
}

TEST(Number, ComparesDoubles) {
  EXPECT_TRUE(Parsed("1.5").Exceeds(Parsed("1")));
  EXPECT_TRUE(Parsed("4.9e-324").Exceeds(Parsed("0")));
  EXPECT_TRUE(Parsed("0.30000000000000004").Exceeds(Parsed("0.3")));
  EXPECT_FALSE(Parsed("9007199254740993.0").Exceeds(Parsed("9007199254740992.0")));
  EXPECT_FALSE(Parsed("0").Exceeds(Parsed("-0.0")));
  EXPECT_TRUE(Parsed("-1").Exceeds(Parsed("-2")));
}

TEST(Number, ThatIsNoneExceedsNothingAndIsExceededByNothing) {
  EXPECT_FALSE(Parsed("nan").Exceeds(Parsed("-inf")));
  EXPECT_FALSE(Parsed("inf").Exceeds(Parsed("nan")));
}

TEST(Seconds, AreExactToTheNanosecond) {
  EXPECT_EQ(ParseSeconds("30"), Seconds(30));
  EXPECT_EQ(ParseSeconds("0.1"), Milliseconds(100));
  EXPECT_EQ(ParseSeconds("1.5e1"), Seconds(15));
  EXPECT_EQ(ParseSeconds("25e-3"), Milliseconds(25));
  EXPECT_EQ(ParseSeconds("0.0000000019"), Nanoseconds(1));
  EXPECT_EQ(ParseSeconds("1e-12"), Duration());
  EXPECT_EQ(ParseSeconds("0x1E"), Seconds(30));
  EXPECT_EQ(ParseSeconds("+007."), Seconds(7));
  EXPECT_EQ(ParseSeconds("0.000"), Duration());
  EXPECT_EQ(ParseSeconds("1e6"), kIntervalMax);
}

TEST(Seconds, AreNoneForWhatNoTimerCouldWait) {
  for (const std::string text :
       {"-1", "-0.5", "nan", "inf", "1e309", "1000001", "1e7", "0x1p3", "0xF4241",
        "1e99999999999999999999", "x", "", "1000000.000000001"}) {
    EXPECT_FALSE(ParseSeconds(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace ww::raft::failover
