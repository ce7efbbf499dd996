// What is wrong with a configuration: a class that programs match, a place, and words for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ww::raft::failover {

// Names are stable (`NameOf`). The first two come from whoever reads files and formats.
enum class ErrorCode : uint8_t {
  kFile,
  kFormat,
  kSchemaType,
  kSchemaEnum,
  kSchemaUnknownField,
  kSchemaMissingField,
  kTemplate,
  kScope,
  kNameInvalid,
  kEmpty,
  kDuplicateReplicaset,
  kDuplicateInstance,
  kLeaderForbidden,
  kLeaderUnknown,
  kModeForbidden,
  kElectionModeForbidden,
  kReplicasetUnknown,
  kInstanceUnknown,
  kInstanceWrongReplicaset,
  kBootstrapLeaderForbidden,
  kBootstrapLeaderMissing,
  kBootstrapLeaderUnknown,
  kAllAnonymous,
  kAnonymousConflict,
  kStrategyUnsupported,
};
std::string_view NameOf(ErrorCode code);  // "E_SCHEMA_TYPE".

struct ConfigError {
  ErrorCode code = ErrorCode::kFormat;
  int line = 0;         // From 1; 0: none.
  std::string key;      // Dotted path; empty: none.
  std::string message;  // What was found and what was expected.
};

// Keeps the first refusal: reading goes on behind it, and what it gives is not used.
class Refusals {
 public:
  void Refuse(ConfigError error) {
    if (!first_.has_value()) first_ = std::move(error);
  }
  bool any() const { return first_.has_value(); }
  const std::optional<ConfigError>& first() const { return first_; }

 private:
  std::optional<ConfigError> first_;
};

}  // namespace ww::raft::failover
