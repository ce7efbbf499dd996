#!/bin/sh
# What snapshots, sessions and linearizability cost, in instructions a committed entry.
#
# usage: tests/bench/costs.sh [BUILD_FOLDER]
#
# Counts with callgrind, so that the machine's moods do not matter; three hosts, all checks on, 10,000
# entries behind 1,000 others. Snapshots: one every 1,000 entries on each replica. Sessions: each of
# the outstanding commands in one of its own. Linearizability: what its check spends as operations
# are invoked, take effect and return; build without WHITEWATER_LTO, or it can't be told from the rest.
set -eu

bench=${1:-build/release}/cluster_bench
[ -x "$bench" ] || { echo "costs.sh: found no $bench, build cluster_bench first" >&2; exit 2; }
command -v valgrind >/dev/null || { echo "costs.sh: valgrind is needed" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# count NAME OUTSTANDING BATCH SNAPSHOT_EVERY SESSIONS: instructions an entry.
count() {
  valgrind --tool=callgrind --callgrind-out-file="$work/$1" --collect-atstart=no \
    --toggle-collect='ww::measure::LoadedCluster::RunCommands(unsigned long)' \
    "$bench" 3 "$2" "$3" 1 10000 1 1000 "$4" 262144 "$5" 2>&1 |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' | awk '{ printf "%.0f\n", $1 / 11000 }'
}

for batch in 1 64; do
  outstanding=$([ $batch = 1 ] && echo 32 || echo 256)
  plain=$(count plain "$outstanding" $batch 0 0)
  sessions=$(count sessions "$outstanding" $batch 0 1)
  snapshots=$(count snapshots "$outstanding" $batch 1000 0)
  judged=$(callgrind_annotate --threshold=100 "$work/plain" 2>/dev/null |
    awk '/ww::checks::ClientChecks/ { gsub(",", "", $1); sum += $1 } END { printf "%.0f", sum / 11000 }')
  printf '%2d an append: %d; sessions +%d, snapshots +%d; of it linearizability %d\n' \
    $batch "$plain" $((sessions - plain)) $((snapshots - plain)) "$judged"
done
