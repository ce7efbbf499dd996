#include "raft/failover/writers.h"

#include "sim/base/check.h"

namespace ww::raft::failover {

bool MayWrite(const FailoverConfig& config, size_t instance) {
  CHECK_LT(instance, config.instances.size());
  const Instance& one = config.instances[instance];
  // It has no vote, so it never leads.
  if (one.anonymous) return false;
  switch (config.mode) {
    case Mode::kOff:
      return one.read_write;
    case Mode::kManual:
      return config.manual_leader == one.name;
    case Mode::kElection:
      return true;
    case Mode::kSupervised:
      break;
  }
  UNREACHABLE("who writes in {} is appointed", config.replicaset);
}

std::vector<size_t> MeantToLead(const FailoverConfig& config, size_t leader) {
  std::vector<size_t> meant;
  if (MayWrite(config, leader)) return meant;
  for (size_t i = 0; i < config.instances.size(); ++i) {
    if (MayWrite(config, i)) meant.push_back(i);
  }
  return meant;
}

std::string WriterMissing(const FailoverConfig& config) {
  for (size_t i = 0; i < config.instances.size(); ++i) {
    if (MayWrite(config, i)) return "";
  }
  CHECK(config.mode != Mode::kElection);
  return config.mode == Mode::kManual ? "no instance is the leader" : "no instance is read-write";
}

}  // namespace ww::raft::failover
