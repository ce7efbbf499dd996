// What is simpler than a command or a choice: what a reader has less to think about with. Each has
// finitely many below it.
#pragma once

#include <vector>

#include "scenarios/fuzz/sequence.h"

namespace ww::scenarios::fuzz {

std::vector<Choices> SimplerThan(const Choices& choices);
std::vector<Command> SimplerThan(const Command& command);

}  // namespace ww::scenarios::fuzz
