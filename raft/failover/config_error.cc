#include "raft/failover/config_error.h"

#include "sim/base/check.h"

namespace ww::raft::failover {

std::string_view NameOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kFile:
      return "E_FILE";
    case ErrorCode::kFormat:
      return "E_YAML";
    case ErrorCode::kSchemaType:
      return "E_SCHEMA_TYPE";
    case ErrorCode::kSchemaEnum:
      return "E_SCHEMA_ENUM";
    case ErrorCode::kSchemaUnknownField:
      return "E_SCHEMA_UNKNOWN_FIELD";
    case ErrorCode::kSchemaMissingField:
      return "E_SCHEMA_MISSING_FIELD";
    case ErrorCode::kTemplate:
      return "E_TEMPLATE";
    case ErrorCode::kScope:
      return "E_SCOPE";
    case ErrorCode::kNameInvalid:
      return "E_NAME_INVALID";
    case ErrorCode::kEmpty:
      return "E_EMPTY";
    case ErrorCode::kDuplicateReplicaset:
      return "E_DUP_RS";
    case ErrorCode::kDuplicateInstance:
      return "E_DUP_INST";
    case ErrorCode::kLeaderForbidden:
      return "E_LEADER_FORBIDDEN";
    case ErrorCode::kLeaderUnknown:
      return "E_LEADER_UNKNOWN";
    case ErrorCode::kModeForbidden:
      return "E_MODE_FORBIDDEN";
    case ErrorCode::kElectionModeForbidden:
      return "E_ELECTION_MODE_FORBIDDEN";
    case ErrorCode::kReplicasetUnknown:
      return "E_RS_UNKNOWN";
    case ErrorCode::kInstanceUnknown:
      return "E_INST_UNKNOWN";
    case ErrorCode::kInstanceWrongReplicaset:
      return "E_INST_WRONG_RS";
    case ErrorCode::kBootstrapLeaderForbidden:
      return "E_BL_FORBIDDEN";
    case ErrorCode::kBootstrapLeaderMissing:
      return "E_BL_MISSING";
    case ErrorCode::kBootstrapLeaderUnknown:
      return "E_BL_UNKNOWN";
    case ErrorCode::kAllAnonymous:
      return "E_ALL_ANON";
    case ErrorCode::kAnonymousConflict:
      return "E_ANON_CONFLICT";
    case ErrorCode::kStrategyUnsupported:
      return "E_BS_UNSUPPORTED";
  }
  UNREACHABLE();
}

}  // namespace ww::raft::failover
