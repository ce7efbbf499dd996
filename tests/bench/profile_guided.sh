#!/bin/sh
# Builds whitewater and the cluster benchmark by their own profile: for long campaigns.
#
# usage: tests/bench/profile_guided.sh [BUILD_FOLDER]      default: build/guided
#
# Builds twice: once to record what loaded clusters and a campaign of all scenarios run through, once
# to lay the code out by it. Results are the same to the last event; only their rate differs. g++.
# The floor is trained like the rest, so that compare.sh compares like with like.
set -eu
cd "$(dirname "$0")/../.."

build=${1:-build/guided}
# A compiler cache names sources in other ways than the compiler, which then takes the profile for
# another source's.
export CCACHE_DISABLE=1
programs="whitewater cluster_bench floor"
# build_for MODE
build_for() {
  cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=g++ \
    -DWHITEWATER_LTO=ON -DWHITEWATER_PROFILE="$1" >"$build.log"
  # shellcheck disable=SC2086
  cmake --build "$build" --target $programs >>"$build.log" || { cat "$build.log" >&2; exit 1; }
}

mkdir -p "$build"
rm -rf "$build/profile"
build_for record
"$build/cluster_bench" 3 32 1 1 30000 1
"$build/cluster_bench" 3 256 64 1 30000 1
"$build/cluster_bench" 3 32 1 100 30000 1
"$build/floor" 3 300000 32 1 1 1 1
"$build/floor" 3 300000 256 64 1 1 1
"$build/floor" 3 3000 32 1 100 1 1
"$build/whitewater" run --seed 1 --runs 150 --jobs 1 --out "$build/training" | tail -n 1
build_for use
echo "built $build/whitewater"
