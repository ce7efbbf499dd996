#include "scenarios/bind/operation.h"

#include "sim/base/check.h"

namespace ww::scenarios {

checks::Operation OperationOf(raft::Operation operation) {
  switch (operation) {
    case raft::Operation::kRegister:
      return checks::Operation::kRegister;
    case raft::Operation::kPut:
      return checks::Operation::kPut;
    case raft::Operation::kAppend:
      return checks::Operation::kAppend;
    case raft::Operation::kGet:
      return checks::Operation::kGet;
    case raft::Operation::kUnregister:
      return checks::Operation::kUnregister;
  }
  UNREACHABLE("operation {}", static_cast<int>(operation));
}

}  // namespace ww::scenarios
