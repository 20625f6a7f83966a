#!/bin/sh
# release.sh - a release: checked, packed, built twice, hashed, and tagged.
#
#   sh tools/release.sh FOLDER             all of it; the tag is v and the version of configure.ac
#   sh tools/release.sh --no-check FOLDER  without .ci/run, which takes half an hour
#
# Before: the version in configure.ac, debian/changelog, CITATION.cff and python/pyproject.toml (tests/release.sh compares
# them), and CHANGELOG.md's "Unreleased" renamed to it. After: git push --tags, and what is in FOLDER where it belongs.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
check=1
[ "${1:-}" != --no-check ] || { check=; shift; }
[ $# -eq 1 ] || { sed -n 's/^#   //p' "$0" >&2; exit 1; }
refuse() { echo "release.sh: $*" >&2; exit 1; }
version=$(sed -n 's/^AC_INIT(\[fanlight\], \[\([^]]*\)\].*/\1/p' "$top/configure.ac")
tag=v$version
cd "$top"
[ -z "$(git status --porcelain)" ] || refuse "there are changes that are not committed"
! git rev-parse -q --verify "refs/tags/$tag" >/dev/null || refuse "$tag is there already; raise the version"
grep -q "^## $version" CHANGELOG.md || refuse "CHANGELOG.md has no \"## $version\": rename \"Unreleased\""
SRCDIR=$top sh tests/release.sh
[ -z "$check" ] || bash .ci/run
mkdir -p "$1"
out=$(cd "$1" && pwd)

# The tarball with ./configure in it, from a clone, so that nothing of this folder gets in.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q "$top" "$work/fanlight"
time=$(git log -1 --format=%ct)
(cd "$work/fanlight" && ./bootstrap && ./configure -q --disable-shared &&
    make -s dist TAR_OPTIONS="--sort=name --mtime=@$time --owner=0 --group=0 --numeric-owner" GZIP_ENV=-9n) \
    >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; refuse "make dist fails"; }
cp "$work/fanlight/fanlight-$version.tar.gz" "$out"

sh tools/package.sh --twice "$out"
(cd "$out" && sha256sum -- *.deb *.dsc *.tar.* >SHA256SUMS)
git tag -a "$tag" -m "fanlight $version" -m "$(cat "$out/SHA256SUMS")"
echo "$tag is tagged; $out has what belongs to it."
