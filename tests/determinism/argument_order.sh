#!/usr/bin/env bash
# Argument order planted in test code is found by comparing traces of g++ and clang++: the difference is
# there, it is named (event 12), and two runs of one compiler do not show it.
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
build/release/argument_order write "$scratch/g++"
build/release/argument_order write "$scratch/g++-again"
build/clang/argument_order write "$scratch/clang++"
build/release/argument_order diff "$scratch/g++" "$scratch/g++-again"
if build/release/argument_order diff "$scratch/g++" "$scratch/clang++" >"$scratch/difference"; then
  echo "argument_order: the traces of the two compilers are equal" >&2
  exit 1
fi
grep -q 'n=12' "$scratch/difference" || {
  cat "$scratch/difference" >&2
  echo "argument_order: the difference does not name the event" >&2
  exit 1
}
echo "argument_order: found between g++ and clang++, and nowhere else"
