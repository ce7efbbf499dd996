#include "sim/oracle.h"

#include "sim/base/check.h"

namespace ww::sim {

const char* NameOf(IoOperation operation) {
  switch (operation) {
    case IoOperation::kOpen:
      return "open";
    case IoOperation::kAppend:
      return "append";
    case IoOperation::kWrite:
      return "write";
    case IoOperation::kRead:
      return "read";
    case IoOperation::kSync:
      return "sync";
    case IoOperation::kSyncDirectory:
      return "sync_directory";
    case IoOperation::kRename:
      return "rename";
    case IoOperation::kRemove:
      return "remove";
    case IoOperation::kTruncate:
      return "truncate";
    case IoOperation::kList:
      return "list";
  }
  UNREACHABLE("no such operation: {}", static_cast<int>(operation));
}

}  // namespace ww::sim
