// Phases: takes a cluster from bootstrap through chaos and healing to the final reads.
//
// bootstrap: until every shard has a leader that committed; a supervised replicaset bootstraps in
// the midst of chaos. chaos: clients and faults. heal:
// everything in force ends. converge: clients go on until every shard has a leader that committed
// and every replica has caught up, and controllers have nothing left to do; then they end. verify:
// a reader reads every key of every shard, and replicas catch up with that; then nobody asks for
// anything for a while, and what happens meanwhile is counted. done: the judge judges the whole
// history. Phases look at the group view and at clients, never at checks, so they last the same
// with checks on and off.
//
// Invariants: ends at the first violation that is not expected, or when a cap is exceeded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "scenarios/cluster.h"
#include "scenarios/scenario.h"

namespace ww::scenarios {

// What keeps a run from going on for ever.
struct Caps {
  uint64_t events_max = 50'000'000;
  uint64_t events_at_instant_max = 100'000;
  // Called about every 10,000 events; may be null.
  absl::FunctionRef<void(uint64_t events)>* heartbeat = nullptr;
};

// Why a run ended before it was done, without a violation that a check found.
struct PhaseFailure {
  enum class Kind : uint8_t { kEventsCap, kSpin, kNotLed, kNotAnswered } kind = Kind::kEventsCap;
  std::string message;
};

class Phases {
 public:
  Phases(Cluster& cluster, const PhaseSpec& spec, Duration election_timeout, const Caps& caps);

  // Nothing when the run was done or a check found a violation.
  std::optional<PhaseFailure> Run();

 private:
  bool Bootstrap();
  bool Chaos();
  bool Converge();
  bool ControlRests() const;
  bool EndClients();
  bool Verify();
  bool MeasureRest();

  struct Work {
    uint64_t messages = 0;
    uint64_t disk_calls = 0;
  };
  Work WorkOfHosts() const;

  // Lets time pass, a step at a time, until `condition` or `length` passed; a step also tells the
  // judge that time passed. True when the condition came about.
  bool PassUntil(Duration length, Duration step, absl::FunctionRef<bool()> condition);
  // False when the run is over.
  bool Pass(Duration length);
  bool OverCap();
  bool over() const { return failure_.has_value() || cluster_.observer().violated(); }
  void Fail(PhaseFailure::Kind kind, std::string message);

  Cluster& cluster_;
  PhaseSpec spec_;
  Duration election_timeout_;
  Caps caps_;
  uint64_t next_heartbeat_ = 0;
  std::optional<PhaseFailure> failure_;
};

}  // namespace ww::scenarios
