// The current run: which case is running, what it reached, and who hears of a failed CHECK.
//
// This is the one exception to the ban on process state: CHECK and COVER must find the run without
// a parameter. The pointer is set for the life of a RunContext::Scope and read by nothing else.
//
// Invariants: at most one scope is open in a process at a time (scopes nest and restore).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/base/block_cache.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww {

// Which side's code is executing; decides whether a crash is the engine's or the harness's.
enum class Side : uint8_t { kHarness, kEngine };

class RunContext {
 public:
  using FailureHandler = void (*)(void* owner, const RunContext& run, const CheckSite& site,
                                  const std::string& detail);

  explicit RunContext(std::string token) : token_(std::move(token)) {}
  RunContext(const RunContext&) = delete;
  RunContext& operator=(const RunContext&) = delete;

  // The run that is executing in this process, or null outside of one.
  static RunContext* Current();

  // Makes a run current for the life of the scope. A run without a failure handler takes over that
  // of the run around it.
  class Scope {
   public:
    explicit Scope(RunContext& run);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    RunContext* previous_;
  };

  const std::string& token() const { return token_; }

  // `handler` is called once with the first failed CHECK, before the process aborts.
  void SetFailureHandler(FailureHandler handler, void* owner) {
    handler_ = handler;
    handler_owner_ = owner;
  }
  void ReportFailure(const CheckSite& site, const std::string& detail);

  // Where a report of the run's death finds what it has traced so far; null when it does not trace.
  using TraceSource = std::string (*)(void* owner);
  void SetTraceSource(TraceSource source, void* owner) {
    trace_source_ = source;
    trace_owner_ = owner;
  }
  std::string TraceBytes() const {
    return trace_source_ == nullptr ? std::string() : trace_source_(trace_owner_);
  }

  // What a judge has found in this run. A death after it, in the same step, is its consequence and
  // must not hide it.
  struct Finding {
    std::string property;  // Empty: nothing was found.
    std::string message;
  };
  void NoteFinding(Finding finding) {
    if (finding_.property.empty()) finding_ = std::move(finding);
  }
  const Finding& finding() const { return finding_; }

  // Where small blocks of this run are kept for their next use.
  BlockCache& blocks() { return blocks_; }

  // The side now executing. The scheduler sets it around each fiber step of an engine's process.
  Side side() const { return side_; }
  void set_side(Side side) { side_ = side; }

  // `listener` hears of every visit of a reach site; null for nobody.
  using ReachListener = void (*)(void* owner, std::string_view name);
  void SetReachListener(ReachListener listener, void* owner) {
    reach_listener_ = listener;
    reach_listener_owner_ = owner;
  }
  // Counts a visit of a reach site. `name` must outlive the run (a literal); `hash` is
  // HashName(name).
  void Reach(std::string_view name, uint64_t hash) {
    ReachSlot& entry = reach_[hash % kReachSlots];
    // Nearly always the site's own slot: some sites are met at every entry.
    if (entry.name.data() != name.data() || reach_listener_ != nullptr) [[unlikely]]
      return ReachSlowly(name, hash);
    ++entry.visits;
  }
  // Visits by site, ordered by name.
  std::vector<std::pair<std::string_view, uint64_t>> Reached() const;

 private:
  static constexpr size_t kReachSlots = 1024;  // Open addressing; sites are far fewer.
  struct ReachSlot {
    std::string_view name;
    uint64_t visits = 0;
  };

  void ReachSlowly(std::string_view name, uint64_t hash);

  std::string token_;
  FailureHandler handler_ = nullptr;
  void* handler_owner_ = nullptr;
  Finding finding_;
  TraceSource trace_source_ = nullptr;
  void* trace_owner_ = nullptr;
  ReachListener reach_listener_ = nullptr;
  void* reach_listener_owner_ = nullptr;
  Side side_ = Side::kHarness;
  BlockCache blocks_;
  std::array<ReachSlot, kReachSlots> reach_{};
};

// Counts a visit of a rare branch. The name stands in a reach table of its room (sites.h); a style
// test compares the two. Cold, so that the compiler moves such branches out of the way: what runs
// at every entry is larger than the instruction cache.
[[gnu::cold]] void RecordReach(std::string_view name, uint64_t hash);
void RecordReachOften(std::string_view name, uint64_t hash);

}  // namespace ww

// The hash is computed by the compiler.
#define COVER(name) \
  ::ww::RecordReach(name, std::integral_constant<uint64_t, ::ww::HashName(name)>::value)
// The same for a branch that is taken often, though not always.
#define COVER_OFTEN(name) \
  ::ww::RecordReachOften(name, std::integral_constant<uint64_t, ::ww::HashName(name)>::value)
