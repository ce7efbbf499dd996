// What the tree says of a document beyond its words: quotes, null, lines, repeated keys.
#include "scenarios/config/yaml.h"

#include <gtest/gtest.h>

#include <string>

namespace ww::scenarios {
namespace {

using Kind = YamlNode::Kind;

YamlNode MapOf(const std::string& text, RepeatedKeys repeated = RepeatedKeys::kRefused) {
  const absl::StatusOr<YamlNode> root = ReadYaml(text, "x.yaml", repeated);
  EXPECT_TRUE(root.ok()) << root.status();
  return root.ok() ? *root : YamlNode();
}

TEST(Yaml, KnowsWhatWasWrittenWithoutQuotes) {
  const YamlNode map = MapOf("{a: 5, b: '5', c: \"5\", 'd': x}");
  EXPECT_TRUE(map.items.at(0).plain);
  EXPECT_FALSE(map.items.at(1).plain);
  EXPECT_FALSE(map.items.at(2).plain);
  EXPECT_TRUE(map.keys.at(0).plain);
  EXPECT_FALSE(map.keys.at(3).plain);
  EXPECT_FALSE(MapOf("a: |\n  5\n").items.at(0).plain);
}

TEST(Yaml, TellsNullFromAValueThatIsMissing) {
  const std::string words[] = {"null", "Null", "NULL", "~"};
  for (const std::string& word : words) {
    for (const std::string& text :
         {"a: " + word + "\nb: 1\n", "a: " + word, "{a: " + word + ", b: 1}", "a: " + word + "\r\n",
          "\xc3\xa4: 1\na: " + word + " # x\n", "a:\n  " + word + "\n"}) {
      const YamlNode map = MapOf(text);
      const YamlNode& value = map.items.at(map.keys.at(0).scalar == "a" ? 0 : 1);
      EXPECT_EQ(value.kind, Kind::kEmpty) << text;
      EXPECT_EQ(value.scalar, word) << text;
    }
  }
  for (const std::string text : {"a:\nb: 1\n", "a:", "a:\nnumber: 1\n", "{a: , b: 1}", "{a: }",
                                 "\xc3\xa4: 1\na: # null\n", "x: {a: }\n"}) {
    YamlNode map = MapOf(text);
    if (map.keys.at(0).scalar == "x") map = YamlNode(map.items.at(0));
    const YamlNode& value = map.items.at(map.keys.at(0).scalar == "a" ? 0 : 1);
    EXPECT_EQ(value.kind, Kind::kEmpty) << text;
    EXPECT_EQ(value.scalar, "") << text;
  }
}

TEST(Yaml, RefusesARepeatedKeyUnlessTheLastOneIsAskedFor) {
  const std::string text = "a: {x: 1}\nb: 2\na: [3, 4]\n";
  EXPECT_FALSE(ReadYaml(text, "x.yaml").ok());
  const YamlNode map = MapOf(text, RepeatedKeys::kLastWins);
  ASSERT_EQ(map.keys.size(), 2u);
  ASSERT_EQ(map.items.size(), 2u);
  EXPECT_EQ(map.keys[0].line, 3);
  EXPECT_EQ(map.items[0].kind, Kind::kSequence);
  EXPECT_EQ(map.items[0].items.size(), 2u);
  EXPECT_EQ(map.items[1].scalar, "2");
}

}  // namespace
}  // namespace ww::scenarios
