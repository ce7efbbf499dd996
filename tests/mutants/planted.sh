#!/usr/bin/env bash
# planted.sh [MUTANT] [SCENARIO]
#
# From a bug to its reproduction, end to end, as a user goes: a persistence bug is planted in a
# scratch copy, `run` finds it and prints how to reproduce it, that line and the case file do
# reproduce it in other processes, and on the clean build the case no longer fails.
#
# Exit 0 when all of that holds, 1 with the step that does not, 2 when nothing could be built.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/support/setup.sh

mutant=${1:-PS-04}
scenario=${2:-power-loss}
. tests/mutants/scratch.sh

work=$scratch/planted
rm -rf "$work"
mkdir -p "$work"
give_up() {
  printf 'planted.sh: %s\n' "$1" >&2
  exit 1
}
# expect STATUS WHAT COMMAND...: standard output goes to $work/WHAT.txt.
expect() {
  local wanted=$1 what=$2 status=0
  shift 2
  "$@" >"$work/$what.txt" 2>"$work/$what.err" || status=$?
  [[ " $wanted " == *" $status "* ]] ||
    give_up "$what: exit status $status, expected $wanted (see $work/$what.txt and .err)"
}
# finding FILE: property and fingerprint of the first failure among the results.
finding() {
  grep -m1 '"verdict":"safety"' "$1" |
    sed -n 's/.*"fingerprint":"\([0-9a-f]*\)".*"property":"\([a-z-]*\)".*/\2 \1/p'
}

apply "$PWD/tests/mutants/$mutant.patch"
trap 'apply -R "$PWD/tests/mutants/$mutant.patch"' EXIT
build "$work/build.log" || give_up "$mutant does not compile, see $work/build.log"

expect 1 run "$whitewater" run "$scenario" --runs 20 --no-keep-going --no-color \
  --json "$work/run.json" --out "$work/cases"
found=$(finding "$work/run.json")
[ -n "$found" ] || give_up "run: no result of verdict safety with property and fingerprint"
reproduce=$(grep -m1 '^REPRODUCE: ' "$work/run.txt" "$work/run.err" -h | sed 's/^REPRODUCE: //')
[ -n "$reproduce" ] || give_up "run: no REPRODUCE line"
ww_say "$mutant found by $scenario: $found"
ww_say "$reproduce"

# The very line that was printed, in a shell of its own.
PATH=$(dirname "$whitewater"):$PATH expect 1 token sh -c \
  "${reproduce%%#*} --json '$work/token.json' --out '$work/again'"
[ "$(finding "$work/token.json")" = "$found" ] ||
  give_up "token: found $(finding "$work/token.json"), expected $found"

case_file=$(grep -m1 '"verdict":"safety"' "$work/run.json" |
  sed -n 's/.*"case_file":"\([^"]*\)".*/\1/p')
[ -f "$case_file" ] || give_up "run: no case file was written"
expect 1 case "$whitewater" replay "$case_file" --json "$work/case.json" --out "$work/again"
[ "$(finding "$work/case.json")" = "$found" ] ||
  give_up "case: found $(finding "$work/case.json"), expected $found"

trap - EXIT
apply -R "$PWD/tests/mutants/$mutant.patch"
build "$work/build.log" || give_up "the clean tree does not compile, see $work/build.log"
expect '0 5' clean "$whitewater" replay "$case_file" --out "$work/again"
grep -qE 'no longer fails|diverged' "$work/clean.txt" ||
  give_up "clean: neither 'no longer fails' nor 'diverged' (see $work/clean.txt)"
ww_say "the same from token and case file; the clean build $(grep -oE -m1 'no longer fails|diverged' \
  "$work/clean.txt")"
