#!/usr/bin/env bash
# score.sh [--only ID[,ID]] [--dir DIR] [--rotate N] [--seeds-scale F] [--json FILE]
#
# Breaks the engine on purpose, one mutant at a time, and finds out whether the checks see it.
#
# A mutant is a file ID.patch: comment lines `# id:`, `# origin:`, `# family:`, `# property:`,
# `# budget-seeds:`, `# scenarios:` (optional), then a unified diff against the source tree. Each is
# applied to a scratch copy of the tree, where only what changed is built; then the scenarios run with
# seeds 1, 2, ... until one fails or the budget is spent (all scenarios share it).
#
# With `# expect: clean` the patch is a control: it does something unusual that is legal. Then any
# report of a property is a mistake of the checks, and the whole budget has to pass.
#
#   --only         these mutants          --rotate   N of them, others at each commit
#   --dir          where the patches are   --seeds-scale  multiplies every budget (1/10, 2)
#   --json         one object a mutant
#
# Exit 0 when every mutant was killed (a control: clean), 1 when one was not, 2 when a patch does
# not apply or compile.
set -euo pipefail
caller=$PWD
cd "$(dirname "$0")/../.."
. tests/support/setup.sh

root=$PWD
dir=$root/tests/mutants
only=
rotate=
scale=1
json=
usage() {
  echo "score.sh: $1" >&2
  sed -n '2,20s/^# \{0,1\}//p' "$root/tests/mutants/score.sh" >&2
  exit 2
}
absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$caller" "$1" ;; esac; }
while [ $# -gt 0 ]; do
  case $1 in
    --only | --dir | --rotate | --seeds-scale | --json)
      [ $# -ge 2 ] || usage "$1: a value is missing"
      case $1 in
        --only) only=$2 ;;
        --dir) dir=$(absolute "$2") ;;
        --rotate) rotate=$2 ;;
        --seeds-scale) scale=$2 ;;
        --json) json=$(absolute "$2") ;;
      esac
      shift 2
      ;;
    *) usage "$1: unknown option" ;;
  esac
done
[[ $scale =~ ^[0-9]+(/[1-9][0-9]*)?$ ]] || usage "--seeds-scale: found '$scale', expected 2 or 1/10"
[[ -z $rotate || $rotate =~ ^[1-9][0-9]*$ ]] || usage "--rotate: found '$rotate', expected a count"
[ -d "$dir" ] || usage "--dir: found '$dir', expected a folder"

# The mutants to score, as paths.
mapfile -t patches < <(find "$dir" -maxdepth 1 -name '*.patch' | sort)
[ ${#patches[@]} -gt 0 ] || usage "no *.patch in $dir"
if [ -n "$only" ]; then
  chosen=()
  for id in ${only//,/ }; do
    [ -f "$dir/$id.patch" ] || usage "--only: found '$id', expected one of: $(
      for patch in "${patches[@]}"; do basename "$patch" .patch; done | tr '\n' ' ')"
    chosen+=("$dir/$id.patch")
  done
  patches=("${chosen[@]}")
elif [ -n "$rotate" ]; then
  first=$(($(git rev-list --count HEAD 2>/dev/null || echo 0) * rotate % ${#patches[@]}))
  patches=("${patches[@]:first}" "${patches[@]:0:first}")
  patches=("${patches[@]:0:rotate}")
fi

. tests/mutants/scratch.sh

header() { sed -n "s/^# $2: *//p" "$1" | head -1; }
field() { sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\)\"\{0,1\}[,}].*/\1/p" <<<"$1"; }
failed='"verdict":"(safety|liveness|harness)"'
survived=0
broken=0

# report ID FAMILY SECONDS EXPECT: what the results of the run say.
report() {
  local results=$scratch/$1.json line seeds cpu verdict=survived killed=false
  local property= token= events=0
  [ "$4" != clean ] || verdict=clean
  line=$(grep -m1 -E "$failed" "$results" || true)
  seeds=$(grep -c '"verdict":"' "$results" || true)
  if [ -n "$line" ]; then
    verdict=killed
    killed=true
    seeds=$(grep -n -m1 -E "$failed" "$results" | cut -d: -f1)
    property=$(field "$line" property)
    token=$(field "$line" token)
    events=$(field "$line" events)
    if [ "$4" = clean ]; then
      verdict=reported
      survived=1
    fi
  elif [ "$4" != clean ]; then
    survived=1
  fi
  cpu=$(grep -o '"wall_ns":[0-9]*' "$results" |
    awk -F: -v seeds="$seeds" 'NR <= seeds {ns += $2} END {printf "%.3f", ns / 1e9}')
  printf '%-8s %-12s %-9s %-24s %8s %8s  %s\n' "$1" "$2" "$verdict" "$property" "$seeds" "$3" \
    "$token"
  [ -n "$json" ] || return 0
  printf '{"id":"%s","killed":%s,"property":%s,"seeds":%s,"cpu_seconds":%s,"token":%s,"events":%s}\n' \
    "$1" "$killed" "$([ -n "$property" ] && echo "\"$property\"" || echo null)" "$seeds" \
    "$cpu" "$([ -n "$token" ] && echo "\"$token\"" || echo null)" "$events" >>"$json"
}

# run ID FAMILY BUDGET EXPECT [SCENARIO...]
run() {
  local id=$1 family=$2 budget=$3 expect=$4 start status=0
  shift 4
  rm -rf "$scratch/out/$id" "$scratch/$id.json"
  start=$(date +%s)
  "$whitewater" run "$@" --runs "$budget" --no-keep-going --quiet --json "$scratch/$id.json" \
    --out "$scratch/out/$id" >"$scratch/$id.log" 2>&1 || status=$?
  if [ ! -f "$scratch/$id.json" ]; then
    printf '%-8s %-12s did not run (exit %s): %s\n' "$id" "$family" "$status" \
      "$(head -1 "$scratch/$id.log")"
    broken=1
    return 0
  fi
  report "$id" "$family" $(($(date +%s) - start)) "$expect"
}

# score PATCH: leaves the scratch tree as it found it.
score() {
  local id family budget scenarios
  id=$(header "$1" id)
  family=$(header "$1" family)
  budget=$(header "$1" budget-seeds)
  read -r -a scenarios <<<"$(header "$1" scenarios)"
  if [ "$id" != "$(basename "$1" .patch)" ] || ! [[ $budget =~ ^[1-9][0-9]*$ ]]; then
    printf '%s: its lines `# id:` and `# budget-seeds:` are missing or wrong\n' "$1"
    broken=1
    return 0
  fi
  # Textual: 200 * 1/4 is 50, where a variable of its own would be 200 * (1/4).
  budget=$(($budget * $scale))
  [ "$budget" -gt 0 ] || budget=1
  if ! apply "$1" >"$scratch/$id.log" 2>&1; then
    printf '%-8s %-12s does not apply: %s\n' "$id" "$family" "$(head -1 "$scratch/$id.log")"
    broken=1
    return 0
  fi
  if build "$scratch/$id.log"; then
    run "$id" "$family" "$budget" "$(header "$1" expect)" ${scenarios[@]+"${scenarios[@]}"}
  else
    printf '%-8s %-12s does not compile, see %s\n' "$id" "$family" "$scratch/$id.log"
    broken=1
  fi
  apply -R "$1"
}

[ -z "$json" ] || : >"$json"
printf '%-8s %-12s %-9s %-24s %8s %8s  %s\n' id family verdict 'first property' seeds seconds token
for patch in "${patches[@]}"; do score "$patch"; done
[ "$broken" -eq 0 ] || exit 2
exit "$survived"
