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
#   --only         these mutants          --rotate   N of them, others at each commit
#   --dir          where the patches are   --seeds-scale  multiplies every budget (1/10, 2)
#   --json         one object a mutant
#
# Exit 0 when every mutant was killed, 1 when one survived, 2 when a patch does not apply or compile.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/support/setup.sh

root=$PWD
dir=tests/mutants
only=
rotate=
scale=1
json=
usage() {
  echo "score.sh: $1" >&2
  sed -n '2,16s/^# \{0,1\}//p' "$root/tests/mutants/score.sh" >&2
  exit 2
}
while [ $# -gt 0 ]; do
  case $1 in
    --only | --dir | --rotate | --seeds-scale | --json)
      [ $# -ge 2 ] || usage "$1: a value is missing"
      case $1 in
        --only) only=$2 ;;
        --dir) dir=$2 ;;
        --rotate) rotate=$2 ;;
        --seeds-scale) scale=$2 ;;
        --json) json=$2 ;;
      esac
      shift 2
      ;;
    *) usage "$1: unknown option" ;;
  esac
done
[[ $scale =~ ^[0-9]+(/[1-9][0-9]*)?$ ]] || usage "--seeds-scale: found '$scale', expected 2 or 1/10"
[[ -z $rotate || $rotate =~ ^[1-9][0-9]*$ ]] || usage "--rotate: found '$rotate', expected a count"

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

# A scratch copy of the tree as it stands, with a build of its own that is kept between calls.
scratch=$root/build/mutants
mkdir -p "$scratch/tree"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [ -f "$file" ] || continue
  printf '%s\n' "$file"
  if ! cmp -s "$file" "$scratch/tree/$file"; then
    mkdir -p "$scratch/tree/$(dirname "$file")"
    cp "$file" "$scratch/tree/$file"
  fi
done | sort >"$scratch/files"
# What was deleted or renamed since the last call must not be built any more.
(cd "$scratch/tree" && find . -path ./build -prune -o -type f -print | sed 's|^\./||' | sort) |
  comm -13 "$scratch/files" - | while IFS= read -r file; do rm "$scratch/tree/$file"; done
(cd "$scratch/tree" && ww_build release whitewater) >"$scratch/build.log" 2>&1 || {
  tail -30 "$scratch/build.log" >&2
  echo "score.sh: the unchanged tree does not build" >&2
  exit 2
}

header() { sed -n "s/^# $2: *//p" "$1" | head -1; }
field() { sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\)\"\{0,1\}[,}].*/\1/p" <<<"$1"; }
[ -n "$json" ] && : >"$json"
survived=0
broken=0
printf '%-8s %-12s %-9s %-24s %8s %8s  %s\n' id family verdict 'first property' seeds seconds token
for patch in "${patches[@]}"; do
  id=$(header "$patch" id)
  family=$(header "$patch" family)
  # Textual: 200 * 1/4 is 50, where a variable of its own would be 200 * (1/4).
  budget=$(($(header "$patch" budget-seeds) * $scale))
  [ "$budget" -gt 0 ] || budget=1
  read -r -a scenarios <<<"$(header "$patch" scenarios)"
  if ! (cd "$scratch/tree" && GIT_CEILING_DIRECTORIES=$scratch git apply --whitespace=nowarn "$root/$patch") \
    >"$scratch/$id.log" 2>&1; then
    printf '%-8s %-12s does not apply: %s\n' "$id" "$family" "$(head -1 "$scratch/$id.log")"
    broken=1
    continue
  fi
  if ! (cd "$scratch/tree" && ww_build release whitewater) >"$scratch/$id.log" 2>&1; then
    printf '%-8s %-12s does not compile, see %s\n' "$id" "$family" "$scratch/$id.log"
    broken=1
  else
    start=$(date +%s)
    "$scratch/tree/build/release/whitewater" run ${scenarios[@]+"${scenarios[@]}"} \
      --runs "$budget" --no-keep-going --quiet --json "$scratch/$id.json" \
      --out "$scratch/out" >"$scratch/$id.log" 2>&1 || true
    seconds=$(($(date +%s) - start))
    line=$(grep -m1 -E '"verdict":"(safety|liveness|harness)"' "$scratch/$id.json" || true)
    seeds=$(grep -c '"verdict":"' "$scratch/$id.json" || true)
    cpu=$(grep -o '"wall_ns":[0-9]*' "$scratch/$id.json" | head -n "$seeds" |
      awk -F: '{ns += $2} END {printf "%.1f", ns / 1e9}')
    verdict=survived
    killed=false
    property=
    token=
    events=0
    if [ -n "$line" ]; then
      verdict=killed
      killed=true
      seeds=$(grep -n -m1 -E '"verdict":"(safety|liveness|harness)"' "$scratch/$id.json" |
        cut -d: -f1)
      property=$(field "$line" property)
      token=$(field "$line" token)
      events=$(field "$line" events)
    else
      survived=1
    fi
    printf '%-8s %-12s %-9s %-24s %8s %8s  %s\n' "$id" "$family" "$verdict" "$property" "$seeds" \
      "$seconds" "$token"
    if [ -n "$json" ]; then
      printf '{"id":"%s","killed":%s,"property":%s,"seeds":%s,"cpu_seconds":%s,"token":%s,"events":%s}\n' \
        "$id" "$killed" "$([ -n "$property" ] && echo "\"$property\"" || echo null)" "$seeds" \
        "$cpu" "$([ -n "$token" ] && echo "\"$token\"" || echo null)" "$events" >>"$json"
    fi
  fi
  (cd "$scratch/tree" && GIT_CEILING_DIRECTORIES=$scratch git apply --whitespace=nowarn -R "$root/$patch")
done
[ "$broken" -eq 0 ] || exit 2
exit "$survived"
