// Commands without a session, as tests of the host send them; of the key "k" when none is given.
#pragma once

#include <string_view>

#include "raft/machine/command.h"

namespace ww::raft {

inline Command Put(std::string_view key, std::string_view value) {
  return Command{Operation::kPut, ClientId(), 0, 0, key, value};
}
inline Command Put(std::string_view value) { return Put("k", value); }
inline Command Append(std::string_view key, std::string_view value) {
  return Command{Operation::kAppend, ClientId(), 0, 0, key, value};
}
inline Command Append(std::string_view value) { return Append("k", value); }
inline Command Get(std::string_view key = "k") {
  return Command{Operation::kGet, ClientId(), 0, 0, key, {}};
}

}  // namespace ww::raft
