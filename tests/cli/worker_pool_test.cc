#include "scenarios/cli/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <stdexcept>

#include "scenarios/cli/crash_report.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::cli {
namespace {

using ::testing::HasSubstr;
using End = JobOutcome::End;

// What each job of the test does in its worker.
enum Job : size_t {
  kAnswers,
  kFailsCheck,
  kFailsEngineCheck,
  kDereferencesNull,
  kThrows,
  kLeaves,
  kHangs,
  kAnswersLate,
  kJobs,
};

std::string Perform(size_t job, absl::FunctionRef<void()>) {
  RunContext run("token@" + std::to_string(job));
  run.SetFailureHandler(ReportFailedCheck, nullptr);
  const RunContext::Scope scope(run);
  switch (static_cast<Job>(job)) {
    case kFailsCheck:
      CHECK(job == kAnswers, "planted");
      break;
    case kFailsEngineCheck:
      run.NoteFinding({"vote-once", "two facts"});
      CheckFailed({"raft/core/replica.cc", 7, "planted"}, "");
    case kDereferencesNull:
      run.set_side(Side::kEngine);
      raise(SIGSEGV);
      break;
    case kThrows:
      throw std::runtime_error("planted");
    case kLeaves:
      _exit(3);
    case kHangs:
      while (true) pause();
    case kAnswers:
    case kAnswersLate:
    case kJobs:
      break;
  }
  return "answer " + std::to_string(job);
}

std::map<size_t, JobOutcome> RunAll(size_t processes) {
  std::map<size_t, JobOutcome> outcomes;
  size_t next = 0;
  const auto source = [&next]() -> std::optional<size_t> {
    if (next == kJobs) return std::nullopt;
    return next++;
  };
  const auto sink = [&outcomes](const JobOutcome& outcome) {
    EXPECT_FALSE(outcomes.contains(outcome.job)) << "two outcomes of job " << outcome.job;
    outcomes[outcome.job] = outcome;
  };
  PoolOptions options;
  options.processes = processes;
  options.stuck_after_ms = 1500;  // Far above what a busy machine needs to start a job.
  WorkerPool(options).Run(source, Perform, sink, [] {});
  return outcomes;
}

TEST(WorkerPool, EveryJobHasAnOutcomeWhateverItDoesToItsProcess) {
  for (const size_t processes : {size_t{1}, size_t{3}}) {
    std::map<size_t, JobOutcome> outcomes = RunAll(processes);
    ASSERT_EQ(outcomes.size(), size_t{kJobs});
    EXPECT_EQ(outcomes[kAnswers].reply, "answer 0");
    EXPECT_EQ(outcomes[kAnswersLate].reply, "answer 7") << "jobs after a death go on";
    for (const size_t job : {kFailsCheck, kFailsEngineCheck, kDereferencesNull, kThrows, kLeaves}) {
      EXPECT_EQ(outcomes[job].end, End::kCrashed) << job;
    }
    EXPECT_EQ(outcomes[kHangs].end, End::kStuck);
  }
}

TEST(WorkerPool, ACrashSaysWhatHappenedAndOnWhichSide) {
  std::map<size_t, JobOutcome> outcomes = RunAll(2);
  EXPECT_THAT(outcomes[kFailsCheck].detail, HasSubstr("worker_pool_test.cc"));
  EXPECT_THAT(outcomes[kFailsCheck].detail, HasSubstr("planted"));
  EXPECT_FALSE(outcomes[kFailsCheck].engine_side);
  EXPECT_EQ(outcomes[kFailsEngineCheck].property, "vote-once") << "found before it died";
  EXPECT_EQ(outcomes[kFailsEngineCheck].message, "two facts");
  EXPECT_EQ(outcomes[kFailsCheck].property, "");
  EXPECT_TRUE(outcomes[kFailsEngineCheck].engine_side) << "its file is of the engine's room";
  EXPECT_TRUE(outcomes[kDereferencesNull].engine_side) << "an engine's step was running";
  EXPECT_THAT(outcomes[kDereferencesNull].detail, HasSubstr("segmentation fault"));
  EXPECT_FALSE(outcomes[kThrows].engine_side);
  EXPECT_THAT(outcomes[kLeaves].detail, HasSubstr("status 3"));
}

}  // namespace
}  // namespace ww::cli
