# A scratch copy of the tree to break: source it from the root of the tree, after support/setup.sh.
#
# Contract: defines `scratch` (the folder), `whitewater` (the binary built there), build LOG, and
# apply [-R] PATCH. Copies the tree as it stands, uncommitted changes included; keeps the build
# between calls, so that only what changed is built. Exits 2 when the unchanged tree does not build.

scratch=$PWD/build/mutants
whitewater=$scratch/tree/build/release/whitewater
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
# Without link-time optimisation, which takes longer than most mutants live.
(cd "$scratch/tree" && cmake --preset release -G Ninja -DWHITEWATER_LTO_LINK=OFF >/dev/null)
build() { (cd "$scratch/tree" && ww_build release whitewater) >"$1" 2>&1; }
apply() { (cd "$scratch/tree" && GIT_CEILING_DIRECTORIES=$scratch git apply --whitespace=nowarn "$@"); }
build "$scratch/build.log" || {
  tail -30 "$scratch/build.log" >&2
  echo "the unchanged tree does not build" >&2
  exit 2
}
