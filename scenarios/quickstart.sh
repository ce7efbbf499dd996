#!/usr/bin/env bash
# Set up, build, and do the main job once: clusters under crashes and partitions, judged.
#
# Works on a bare Debian 12 in a fresh clone, and again. Arguments go to `whitewater run`.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/support/setup.sh

ww_install "${ww_packages[@]}"
ww_build release whitewater
ww_say "running storms (crashes, partitions, loss) against a cluster of several shards"
if [ $# -eq 0 ]; then set -- storm crash-storm partition-storm power-loss --seeds 1..25; fi
printf '$ build/release/whitewater run %s\n' "$*"
exec build/release/whitewater run "$@"
