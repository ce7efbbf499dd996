# Set-up shared by the two entry scripts: Debian packages and CMake builds. Source it, do not run it.
#
# Contract: safe to repeat; says what it does; installs only what is missing; when it may not install
# (neither root nor sudo) it prints the exact line that an administrator has to run, and stops.

ww_packages=(
  g++ cmake ninja-build ccache mold git
  libboost-context-dev libfmt-dev librapidcheck-dev libgtest-dev libgmock-dev libbenchmark-dev
  libabsl-dev libcli11-dev libyaml-cpp-dev nlohmann-json3-dev libpugixml-dev libxxhash-dev
)
# The second compiler and its sanitizer runtime; only the tests need them.
ww_test_packages=(clang-14 libclang-rt-14-dev)

ww_say() { printf '== %s\n' "$*"; }

# ww_install PACKAGE...: makes sure that Debian packages are there.
ww_install() {
  local missing=() package
  for package in "$@"; do
    if [ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" != "install ok installed" ]; then
      missing+=("$package")
    fi
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local line="apt-get install -y --no-install-recommends ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
      printf 'Missing packages, and no right to install them. Run as root:\n  %s\n' "$line" >&2
      exit 2
    fi
    as_root=(sudo -n)
  fi
  ww_say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  # shellcheck disable=SC2086  # The line is meant to be split.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $line -qq >/dev/null
}

# ww_build PRESET [TARGET...]: configures and builds; all targets when none is named.
ww_build() {
  local preset=$1 target targets=()
  shift
  for target in "$@"; do targets+=(--target "$target"); done
  ww_say "building $preset ${*:-all}"
  # Builds in other folders of this machine share what the compiler cache holds.
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
  if [ ! -f "build/$preset/build.ninja" ]; then
    cmake --preset "$preset" -G Ninja >/dev/null
  fi
  cmake --build --preset "$preset" "${targets[@]}" -- --quiet
}
