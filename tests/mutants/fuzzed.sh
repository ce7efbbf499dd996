#!/usr/bin/env bash
# fuzzed.sh [MUTANT...]
#
# Bugs that nobody wrote a scenario for, end to end: each mutant is planted in a scratch copy, `fuzz`
# finds it, shrinks the sequence to at most six commands and writes a case; the printed token and the
# case file reproduce it in other processes; on the clean build the case no longer fails.
# Default: one mutant each of migration, identity, bootstrap and failover.
#
# Exit 0 when all of that holds, 1 with the step that does not, 2 when nothing could be built.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/support/setup.sh

mutants=("$@")
[ ${#mutants[@]} -gt 0 ] || mutants=(CP-12 ID-21 BP-25 FO-17)
commands_max=6
runs=${RUNS:-400}
. tests/mutants/scratch.sh

work=$scratch/fuzzed
rm -rf "$work"
mkdir -p "$work"
give_up() {
  printf 'fuzzed.sh: %s\n' "$1" >&2
  exit 1
}
# On what ground a mutant is looked for.
ground() {
  case $1 in
    BP-*) echo bootstrap/priority ;;
    FO-*) echo failover/switch ;;
    NH-02) echo balance/new-host ;;
    NH-*) echo repair/new-host ;;
    *) echo migration/replace ;;
  esac
}
# field NAME FILE: of the first shrunk failure in the summary.
field() {
  tail -1 "$2" | grep -o '"shrunk":\[{[^}]*}' | sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"
}
# ends STATUSES WHAT COMMAND...: output goes to $work/WHAT.txt.
ends() {
  local wanted=$1 what=$2 status=0
  shift 2
  "$@" >"$work/$what.txt" 2>&1 || status=$?
  [[ " $wanted " == *" $status "* ]] ||
    give_up "$what: exit status $status, expected one of $wanted (see $work/$what.txt)"
}

for mutant in "${mutants[@]}"; do
  patch=$PWD/tests/mutants/$mutant.patch
  apply "$patch"
  trap 'apply -R "$patch"' EXIT
  build "$work/build.log" || give_up "$mutant does not compile, see $work/build.log"
  ends '1 3' "$mutant" "$whitewater" fuzz "$(ground "$mutant")" --runs "$runs" --no-keep-going \
    --no-color --json "$work/$mutant.json" --out "$work/$mutant"
  commands=$(field commands "$work/$mutant.json")
  property=$(field property "$work/$mutant.json")
  case_file=$(field case_file "$work/$mutant.json")
  [ -f "$case_file" ] || give_up "$mutant: no shrunk case was written"
  [ "$commands" -le $commands_max ] ||
    give_up "$mutant: shrunk to $commands commands, expected at most $commands_max"
  ww_say "$mutant: $property, shrunk to $commands command(s)"
  sed -n '/shrunk from/,/replay what is left/p' "$work/$mutant.txt"

  ends '1 3' "$mutant.token" "$whitewater" replay "$(field token "$work/$mutant.json")" \
    --out "$work/again"
  grep -q ": $property in " "$work/$mutant.token.txt" || give_up "$mutant: its token fails otherwise"
  ends '1 3' "$mutant.case" "$whitewater" replay "$case_file" --out "$work/again"
  grep -q 'the same violation, with the same fingerprint' "$work/$mutant.case.txt" ||
    give_up "$mutant: its case fails otherwise"
  trap - EXIT
  apply -R "$patch"
done

build "$work/build.log" || give_up "the clean tree does not compile, see $work/build.log"
for mutant in "${mutants[@]}"; do
  ends '0 5' "$mutant.clean" "$whitewater" replay "$(field case_file "$work/$mutant.json")" \
    --out "$work/again"
  grep -qE 'no longer fails|diverged' "$work/$mutant.clean.txt" ||
    give_up "$mutant: the clean build says neither 'no longer fails' nor 'diverged'"
done
ww_say "all found, shrunk and reproduced; the clean build fails none of them"
