// What replicas do, as text, and messages from text: the language of the golden scripts.
#pragma once

#include <string>
#include <vector>

#include "raft/core/effects.h"

namespace ww::raft::test {

using Words = std::vector<std::string>;

Words WordsOf(const std::string& line);
// Unsigned decimal; anything else fails the script.
uint64_t NumberOf(const std::string& word);

// "5@2".
LogPosition PositionOf(const std::string& word);
// "1>2 AppendRequest term 1 after 0@0 commit 0 entries 1@1 2@1=x".
std::string TextOf(const Message& message);
std::string TextOf(const Membership& membership);
// The reverse, from the word at `at` on; entries stand last.
Message MessageOf(const Words& words, size_t at);
// One line an effect, indented.
std::string TextOf(ReplicaId replica, const Effects& effects);

}  // namespace ww::raft::test
