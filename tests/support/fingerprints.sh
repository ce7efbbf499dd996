#!/usr/bin/env bash
# fingerprints.sh SEEDS PRESET PRESET...: the same cases give the same fingerprints in every build.
#
# Runs every scenario with seeds 1..SEEDS in each build and compares token, verdict and fingerprint
# line by line. Exit 1 with the differing lines when two builds disagree.
set -euo pipefail
cd "$(dirname "$0")/../.."
seeds=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
reference=$1
for preset in "$@"; do
  status=0
  build/"$preset"/whitewater run --seeds "1..$seeds" --json "$scratch/$preset.json" --quiet \
    --out "$scratch/out-$preset" >"$scratch/$preset.log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    cat "$scratch/$preset.log"
    echo "fingerprints: the $preset build ended with status $status" >&2
    exit 1
  fi
  sed -n 's/.*"fingerprint":"\([0-9a-f]*\)".*"token":"\([^"]*\)".*"verdict":"\([a-z]*\)".*/\2 \3 \1/p' \
    "$scratch/$preset.json" | sort >"$scratch/$preset.txt"
  if ! diff "$scratch/$reference.txt" "$scratch/$preset.txt"; then
    echo "fingerprints: $reference and $preset disagree" >&2
    exit 1
  fi
done
cases=$(wc -l <"$scratch/$reference.txt")
if [ "$cases" -eq 0 ]; then
  echo "fingerprints: no case was compared" >&2
  exit 1
fi
echo "fingerprints: $cases cases are equal in $*"
