// Interrupts (SIGINT) of a command that can end in order, with its summary.
#pragma once

namespace ww::cli {

// From now on the first interrupt is only noted; the second one ends the program.
void EndAtInterrupt();
bool Interrupted();

}  // namespace ww::cli
