#!/bin/sh
# Commits a second as a fraction of the floor's (floor.cc), in interleaved rounds.
#
# usage: tests/bench/compare.sh [BUILD_FOLDER] [ROUNDS]
#
# In each round every case runs once, next to the floor in the same case, so that a slow moment of
# the machine meets both. Printed: the median of the rounds' ratios, their range, and the goal.
set -eu

build=${1:-build/release}
rounds=${2:-9}
[ -x "$build/floor" ] && [ -x "$build/cluster_bench" ] || {
  echo "compare.sh: build floor and cluster_bench in $build first" >&2
  exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What a program prints as commits/s=N.
rate() { "$@" | sed -n 's/.*commits\/s=\([0-9]*\).*/\1/p'; }
# compare NAME A B: notes A / B under NAME.
compare() { awk "BEGIN { print $2 / $3 }" >>"$work/$1"; }

# one CASE NODES OUTSTANDING BATCH SHARDS
one() {
  name=$1 nodes=$2 outstanding=$3 batch=$4 shards=$5
  floor=$(rate "$build/floor" "$nodes" $((300000 / shards)) "$outstanding" "$batch" "$shards" 1 1)
  ours=$(rate "$build/cluster_bench" "$nodes" "$outstanding" "$batch" "$shards" 30000 1)
  compare "$name" "$ours" "$floor"
}

round=0
while [ $round -lt "$rounds" ]; do
  one n3_w32_b1 3 32 1 1
  one n3_w256_b64 3 256 64 1
  one n5_w32_b1 5 32 1 1
  one 100_shards 3 32 1 100
  judged=$(rate "$build/cluster_bench" 3 32 1 1 30000 1)
  alone=$(rate "$build/cluster_bench" 3 32 1 1 30000 0)
  compare checks_on_by_off "$judged" "$alone"
  short=$(rate "$build/cluster_bench" 3 32 1 1 30000 1 1000)
  long=$(rate "$build/cluster_bench" 3 32 1 1 30000 1 100000)
  compare log_1000_by_100000 "$short" "$long"
  round=$((round + 1))
done

# show NAME GOAL: the median, the range and what is wanted.
show() {
  sort -g "$work/$1" | awk -v name="$1" -v goal="$2" '
    { value[NR] = $1 }
    END { printf "%-20s %6.3f  (%.3f .. %.3f)  %s\n",
                 name, value[int((NR + 1) / 2)], value[1], value[NR], goal }'
}
show n3_w32_b1 "of the floor; goal 0.25"
show n3_w256_b64 "of the floor; goal 0.20"
show n5_w32_b1 "of the floor"
show 100_shards "of the floor; goal 0.25"
show checks_on_by_off "rate with checks by rate without; goal 0.70"
show log_1000_by_100000 "rate after 1,000 entries by rate after 100,000; goal at most 1.5"
