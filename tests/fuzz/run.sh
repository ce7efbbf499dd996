#!/usr/bin/env bash
# Fuzzes every decoder for some seconds (default 60), two at a time. Build the preset `fuzz` first.
#
# usage: tests/fuzz/run.sh [SECONDS]
#
# Inputs that reach new code are kept in build/fuzz/inputs and used again. Exit 1 when one crashes,
# hangs or takes too much memory: the finding is build/fuzz/NAME-..., its report build/fuzz/NAME.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || {
  echo "run.sh: found '$seconds', expected a number of seconds" >&2
  exit 2
}
[ -x build/fuzz/wire_fuzz ] || {
  echo "run.sh: build first: cmake --preset fuzz -G Ninja && cmake --build --preset fuzz" >&2
  exit 2
}
fuzz() {
  local name=$1 seconds=$2 inputs=build/fuzz/inputs/$1
  mkdir -p "$inputs"
  if ! build/fuzz/"$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=20000 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "$inputs" >"build/fuzz/$name.txt" 2>&1
  then
    grep -m 3 -E "ERROR|CHECK failed|SUMMARY" "build/fuzz/$name.txt" >&2 || true
    printf '%s: FAILED, see build/fuzz/%s.txt\n' "$name" "$name"
    return 1
  fi
  printf '%s: %s inputs tried\n' "$name" \
    "$(sed -n 's/^stat::number_of_executed_units: //p' "build/fuzz/$name.txt")"
}
export -f fuzz
printf '%s\n' build/fuzz/*_fuzz | xargs -n 1 basename |
  xargs -P 2 -I {} bash -c 'fuzz {} '"$seconds"
