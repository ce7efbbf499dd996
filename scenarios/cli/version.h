// What this program is: its version and the source commit it was built from.
#pragma once

namespace ww::cli {

extern const char kVersion[];
extern const char kSourceVersion[];  // Short commit, "-dirty" when the tree differed, or "unknown".

}  // namespace ww::cli
