#!/usr/bin/env bash
# Set up and pass all tests. Works on a bare Debian 12 in a fresh clone, and again.
#
# What runs: g++ release whole; the fingerprint set with clang++ and under sanitizers; the core suites
# under sanitizers; every decoder fuzzed for five seconds; five rotating mutants; a planted bug end to
# end, and one found by generated sequences; then every test, a smoke campaign and the corpus by ctest,
# whose summary is the last line. The long matrix and all mutants: tests/nightly.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/support/setup.sh

ww_install "${ww_packages[@]}" "${ww_test_packages[@]}"
ww_build release
ww_build clang whitewater sim_test base_test argument_order
ww_build fuzz
ww_build asan whitewater base_test sim_test raft_core_test meta_test raft_test checks_test

ww_say "core suites with clang++"
for suite in base_test sim_test; do build/clang/$suite --gtest_brief=1; done
ww_say "core suites under sanitizers"
for suite in base_test sim_test raft_core_test meta_test raft_test checks_test; do
  build/asan/$suite --gtest_brief=1
done
ww_say "equal fingerprints: g++, clang++, sanitizers"
tests/support/fingerprints.sh 2 release clang asan
tests/determinism/argument_order.sh
ww_say "every decoder fuzzed"
tests/fuzz/run.sh 5
ww_say "five mutants, rotating with the history"
tests/mutants/score.sh --rotate 5
ww_say "a planted bug, from the run that finds it to its replay"
tests/mutants/planted.sh
ww_say "a bug found by generated sequences, shrunk and replayed"
tests/mutants/fuzzed.sh MG-10
ww_say "all tests"
ctest --preset release -j "$(nproc)"
