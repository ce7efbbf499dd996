// What one scope says: the sections that each scope may have, and in which scopes they may stand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "raft/failover/typed_values.h"

namespace ww::raft::failover {

enum class Scope : uint8_t { kGlobal, kGroup, kReplicaset, kInstance };

class ScopeReader {
 public:
  // `cluster` takes what the section `failover` says.
  ScopeReader(TypedValues& values, ClusterTree& cluster) : values_(values), cluster_(cluster) {}

  // One key of a scope. `prefix`: path of the scope with its last dot; empty for the global one.
  // `more`: further keys that this scope has, for the message about unknown ones.
  void Read(const Entry& entry, Scope scope, const std::string& prefix, Settings& settings,
            const std::vector<std::string_view>& more);

 private:
  void ReadReplication(const Entry& section, Scope scope, const std::string& path,
                       Settings& settings);
  void ReadDatabase(const Entry& section, const std::string& path, Settings& settings);
  void ReadIsolated(const Entry& entry, Scope scope, const std::string& path, Settings& settings);
  void ReadFailover(const Entry& section, const std::string& path);
  void ReadStateboard(const Entry& section, const std::string& path);
  void ReadFailoverLog(const Entry& section, const std::string& path);
  void ReadFailoverReplicasets(const Entry& section, const std::string& path);
  void ReadPriorities(const Entry& section, const std::string& path, FailoverTree& tree);
  bool ReadTiming(const Entry& entry, const std::string& name, const std::string& path);
  void SkipSection(const Section& section, const Entry& entry, const std::string& path);
  void CheckTemplates(const ConfigValue& value, const std::string& path);
  void RefuseScope(const Entry& entry, Scope scope, const std::string& path,
                   std::string_view where);

  TypedValues& values_;
  ClusterTree& cluster_;
};

}  // namespace ww::raft::failover
