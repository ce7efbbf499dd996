#!/usr/bin/env bash
# replay.sh [WHITEWATER]
#
# Replays every case of the corpus. A case that passes, or that no longer describes this build
# (diverged), is fine; the latter are listed, to be renewed. Anything else, a failure above all, is
# not: the engine has again a bug that it once had.
#
# Exit 0 when no case fails, 1 otherwise.
set -euo pipefail
corpus=$(cd "$(dirname "$0")" && pwd)
whitewater=$(realpath "${1:-$corpus/../../build/release/whitewater}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

passed=0
diverged=()
failed=()
for file in "$corpus"/*.case; do
  name=$(basename "$file" .case)
  status=0
  "$whitewater" replay "$file" --no-color --out "$work/$name" >"$work/$name.txt" 2>&1 || status=$?
  case $status in
    0) passed=$((passed + 1)) ;;
    5) diverged+=("$name") ;;
    *)
      failed+=("$name")
      printf '== %s: exit status %s\n' "$name" "$status"
      cat "$work/$name.txt"
      ;;
  esac
done
[ ${#diverged[@]} -eq 0 ] || printf 'diverged, to be renewed: %s\n' "${diverged[*]}"
printf '%s cases no longer fail, %s diverged, %s fail\n' "$passed" "${#diverged[@]}" "${#failed[@]}"
[ $((passed + ${#diverged[@]})) -gt 0 ] && [ ${#failed[@]} -eq 0 ]
