#!/usr/bin/env bash
# calibrate.sh [--runs N] [--seed N] [--jobs N] [--json FILE]
#
# Measures how long what the liveness properties bound really takes: runs all scenarios (10,000 runs
# by default), and prints for each property the 99.9th percentile over the runs of the longest that
# it took in a run, in election timeouts, beside its bound of scenarios/checks/bounds.h. A bound
# should be at most three times its percentile; no run may fail.
#
# Exit 0, 1 when a run failed, 2 when nothing was measured.
set -euo pipefail
caller=$PWD
cd "$(dirname "$0")/.."
. tests/support/setup.sh

runs=10000
seed=1
jobs=$(nproc)
json=
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || { echo "calibrate.sh: $1: a value is missing" >&2; exit 2; }
  case $1 in
    --runs) runs=$2 ;;
    --seed) seed=$2 ;;
    --jobs) jobs=$2 ;;
    --json) case $2 in /*) json=$2 ;; *) json=$caller/$2 ;; esac ;;
    *) echo "calibrate.sh: $1: unknown option" >&2; exit 2 ;;
  esac
  shift 2
done

ww_build release whitewater >&2
results=$(mktemp)
trap 'rm -f "$results"' EXIT
status=0
build/release/whitewater run --runs "$runs" --seed "$seed" --jobs "$jobs" --quiet --json "$results" \
  >&2 || status=$?
[ -z "$json" ] || cp "$results" "$json"

# The summary has the percentiles, in thousandths of an election timeout.
measured=$(tail -1 "$results" | sed -n 's/.*"slowest_999_of_1000":{\([^}]*\)}.*/\1/p' | tr -d '"')
[ -n "$measured" ] || { echo "calibrate.sh: nothing was measured" >&2; exit 2; }
bound() { sed -n "s/^inline constexpr int64_t $1 = \([0-9]*\);.*/\1/p" scenarios/checks/bounds.h; }
row() {
  local permille
  permille=$(tr ',' '\n' <<<"$measured" | sed -n "s/^$1:\([0-9]*\)$/\1/p")
  awk -v name="$1" -v measured="${permille:-0}" -v bound="$(bound "$2")" 'BEGIN {
    printf "%-24s %8.2f %8d %8.1f%s\n", name, measured / 1000, bound,
      measured ? bound * 1000 / measured : 0,
      measured && bound * 1000 > 3 * measured ? "  more than three times" : "" }'
}
printf '%-24s %8s %8s %8s\n' property '99.9 %' bound times
row eventually-leader kLeaderBound
row eventually-commit kCommitBound
row replica-catches-up kCatchUpBound
row read-completes kReadBound
row transfer-terminates kTransferBound
row leader-stable kCalmBound
row no-leak kZombieBound
row migration-terminates kMigrationBound
row migration-no-orphan kOrphanBound
row repair-restores kRepairBound
row balance-settles kSettleBound
[ "$status" -eq 0 ] || exit 1
