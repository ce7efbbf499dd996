#!/usr/bin/env bash
# Set up, build, and do the main job once: replicas move from host to host, step by step, while hosts
# crash and networks part, and every event is judged. The summary says how many were moved, which
# faults came, and how often each property was judged.
#
# Works on a bare Debian 12 in a fresh clone, and again. Arguments go to `whitewater run`.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/support/setup.sh

ww_install "${ww_packages[@]}"
ww_build release whitewater
ww_say "moving replicas of several shards between hosts, under crashes, partitions and loss"
if [ $# -eq 0 ]; then set -- migration/replace --seeds 1..100; fi
printf '$ build/release/whitewater run %s\n' "$*"
exec build/release/whitewater run "$@"
