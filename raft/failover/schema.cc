#include "raft/failover/schema.h"

#include <algorithm>
#include <array>

#include "raft/failover/number.h"
#include "sim/base/check.h"
#include "sim/base/words.h"

namespace ww::raft::failover {
namespace {

// Keys of 3.3 and 3.4, in alphabetical order, but for the topology's.
constexpr std::array<Section, 29> kSections = {{
    {"app", "cfg file module"},
    {"audit_log", "extract_key file filter format nonblock pipe spaces syslog to"},
    {"compat", "*"},
    {"config", "context etcd reload storage"},
    {"console", "enabled socket"},
    {"credentials", "roles users"},
    {"database",
     "hot_standby instance_uuid mode replicaset_uuid txn_isolation txn_timeout use_mvcc_engine"},
    {"failover",
     "call_timeout connect_timeout lease_interval log probe_interval renew_interval replicasets "
     "stateboard"},
    {"feedback",
     "crashinfo enabled host interval metrics_collect_interval metrics_limit send_metrics"},
    {"fiber",
     "io_collect_interval slice too_long_threshold top tx_user_pool_size worker_pool_threads"},
    {"flightrec",
     "enabled logs_log_level logs_max_msg_size logs_size metrics_interval metrics_period "
     "requests_max_req_size requests_max_res_size requests_size"},
    {"iproto", "advertise listen net_msg_max readahead threads"},
    {"isolated", "*"},
    {"labels", "*"},
    {"log", "file format level modules nonblock pipe syslog to"},
    {"lua", "memory"},
    {"memtx",
     "allocator max_tuple_size memory min_tuple_size slab_alloc_factor slab_alloc_granularity "
     "sort_threads"},
    {"metrics", "exclude include labels"},
    {"process", "background coredump pid_file strip_core title username work_dir"},
    {"replication",
     "anon autoexpel bootstrap_strategy connect_timeout election_fencing_mode election_mode "
     "election_timeout failover peers reconnect_timeout skip_conflict sync_lag sync_timeout "
     "synchro_queue_max_size synchro_quorum synchro_timeout threads timeout"},
    {"roles", "*"},
    {"roles_cfg", "*"},
    {"security",
     "auth_delay auth_retries auth_type disable_guest password_enforce_digits "
     "password_enforce_lowercase password_enforce_specialchars password_enforce_uppercase "
     "password_history_length password_lifetime_days password_min_length secure_erasing"},
    {"sharding",
     "bucket_count connection_outdate_delay discovery_mode failover_ping_timeout lock "
     "rebalancer_disbalance_threshold rebalancer_max_receiving rebalancer_max_sending "
     "rebalancer_mode roles sched_move_quota sched_ref_quota shard_index sync_timeout weight zone"},
    {"snapshot", "by count dir snap_io_rate_limit"},
    {"sql", "cache_size"},
    {"stateboard", "enabled keepalive_interval renew_interval"},
    {"vinyl",
     "bloom_fpr cache defer_deletes dir max_tuple_size memory page_size range_size read_threads "
     "run_count_per_level run_size_ratio timeout write_threads"},
    {"wal", "cleanup_delay dir dir_rescan_delay ext max_size mode queue_max_size retention_period"},
}};

}  // namespace

ScalarType TypeOf(std::string_view text, bool plain) {
  if (!plain) return ScalarType::kString;
  constexpr std::array<std::string_view, 4> kBooleans = {"true", "false", "yes", "no"};
  if (std::find(kBooleans.begin(), kBooleans.end(), text) != kBooleans.end()) {
    return ScalarType::kBoolean;
  }
  if (Number::Parse(text).has_value()) return ScalarType::kNumber;
  return SpellsInteger(text) ? ScalarType::kBigInteger : ScalarType::kString;
}

std::string Describe(const ConfigValue& value) {
  switch (value.kind) {
    case ConfigValue::Kind::kNull:
      return "null";
    case ConfigValue::Kind::kList:
      return "a list";
    case ConfigValue::Kind::kMap:
      return "a map";
    case ConfigValue::Kind::kScalar:
      break;
  }
  switch (TypeOf(value.text, value.plain)) {
    case ScalarType::kString:
      if (value.text.empty()) return value.plain ? "nothing" : "an empty string";
      return "the string " + Quoted(value.text);
    case ScalarType::kBoolean:
      return "the boolean " + Quoted(value.text);
    case ScalarType::kNumber:
      return "the number " + Quoted(value.text);
    case ScalarType::kBigInteger:
      return "the integer " + Quoted(value.text) + " beyond +-(10^14 - 1)";
  }
  UNREACHABLE();
}

std::vector<std::string_view> Section::Fields() const {
  CHECK(fields != "*", "{} holds whatever it does", name);
  std::vector<std::string_view> all;
  std::string_view rest = fields;
  while (!rest.empty()) {
    const size_t space = std::min(rest.find(' '), rest.size());
    all.push_back(rest.substr(0, space));
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  return all;
}

const Section* FindSection(std::string_view name) {
  for (const Section& section : kSections) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

std::vector<std::string_view> SectionNames() {
  std::vector<std::string_view> names;
  for (const Section& section : kSections) names.push_back(section.name);
  return names;
}

std::string_view UnknownVariable(std::string_view text) {
  constexpr std::array<std::string_view, 3> kVariables = {"instance_name", "replicaset_name",
                                                          "group_name"};
  for (size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const size_t end = text.find("}}", at);
    if (end == std::string_view::npos) return {};
    std::string_view variable = text.substr(at + 2, end - at - 2);
    while (variable.starts_with(' ')) variable.remove_prefix(1);
    while (variable.ends_with(' ')) variable.remove_suffix(1);
    const bool known =
        std::find(kVariables.begin(), kVariables.end(), variable) != kVariables.end() ||
        variable.starts_with("context.");
    if (!known) return text.substr(at, end + 2 - at);
    at = end + 2;
  }
  return {};
}

}  // namespace ww::raft::failover
