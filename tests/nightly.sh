#!/usr/bin/env bash
# The long tests: compiler matrix, every mutant, a long campaign, generated sequences, determinism at
# scale, fuzzers.
#
# usage: tests/nightly.sh [matrix] [mutants] [controls] [calibrate] [campaign] [sequences]
#                         [determinism] [fuzz]
# (default: all)
# SEEDS (default 1200) is how many seeds the campaign gives each scenario, SEQUENCES (3000) how many
# sequences each kind of play, FUZZ_SECONDS (60) what each decoder is fuzzed for.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/support/setup.sh

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(matrix mutants controls calibrate campaign sequences determinism fuzz)
ww_install "${ww_packages[@]}" "${ww_test_packages[@]}"
ww_build release
for part in "${parts[@]}"; do
  case $part in
    matrix)
      for preset in debug clang asan clang-asan; do ww_build "$preset" whitewater; done
      ww_say "equal fingerprints over the compiler matrix"
      tests/support/fingerprints.sh 23 release debug clang asan clang-asan
      ;;
    mutants)
      ww_say "every mutant"
      tests/mutants/score.sh --json build/mutants.json
      ;;
    controls)
      ww_say "every benign control"
      tests/mutants/score.sh --dir tests/mutants/benign --json build/controls.json
      ;;
    calibrate)
      ww_say "liveness bounds against what they bound"
      tests/calibrate.sh
      ;;
    campaign)
      ww_say "a long campaign"
      build/release/whitewater run --seeds "1..${SEEDS:-1200}" --require-judged \
        --json build/campaign.json
      ;;
    sequences)
      ww_say "generated sequences of operations and faults"
      for scenario in migration/replace bootstrap/priority membership-churn failover/switch; do
        build/release/whitewater fuzz "$scenario" --runs "${SEQUENCES:-3000}"
      done
      ww_say "bugs that generated sequences find"
      tests/mutants/fuzzed.sh
      ;;
    determinism)
      ww_say "determinism: perturbed, and in a second process"
      build/release/whitewater run --runs 200 --check-determinism
      ;;
    fuzz)
      ww_build fuzz
      ww_say "every decoder fuzzed"
      tests/fuzz/run.sh "${FUZZ_SECONDS:-60}"
      ;;
    *)
      echo "nightly.sh: found '$part', expected matrix, mutants, controls, calibrate, campaign," \
        "sequences, determinism or fuzz" >&2
      exit 2
      ;;
  esac
done
