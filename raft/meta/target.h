// Targets of hosts in one form: two that reach the same host are equal in it (SameTarget in
// raft/core/membership.h says when; a test compares the two).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "raft/core/types.h"

namespace ww::raft::meta {

// Without blanks around it and in lower case; letters are ASCII.
inline std::string PlainTarget(std::string_view target) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!target.empty() && blank(target.front())) target.remove_prefix(1);
  while (!target.empty() && blank(target.back())) target.remove_suffix(1);
  std::string plain(target);
  for (char& c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return plain;
}

inline bool IsTarget(std::string_view target) {
  return target.size() <= kTargetBytesMax && !PlainTarget(target).empty();
}

}  // namespace ww::raft::meta
