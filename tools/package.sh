#!/bin/sh
# package.sh - Debian packages of the commit that is checked out: sources, binaries, and their hashes.
#
#   sh tools/package.sh FOLDER              builds in FOLDER, which is made, and leaves the packages there
#   sh tools/package.sh --twice FOLDER      builds twice, in folders of unlike names, tests the first, and compares: equal
#                                           bytes, or exit 1
#
# Needs devscripts' and debhelper's packages (Debian: apt-get build-dep ./ and dpkg-dev). Nothing is signed.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
twice=
[ "${1:-}" != --twice ] || { twice=1; shift; }
[ $# -eq 1 ] || { sed -n 's/^#   //p' "$0" >&2; exit 1; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
version=$(sed -n 's/^AC_INIT(\[fanlight\], \[\([^]]*\)\].*/\1/p' "$top/configure.ac")
[ "$(cd "$top" && dpkg-parsechangelog -S Version | sed 's/-[^-]*$//')" = "$version" ] || {
    echo "package.sh: configure.ac says $version, debian/changelog another version" >&2
    exit 1
}

# The sources as they are in git, the same bytes whoever packs them.
commit=$(git -C "$top" rev-parse HEAD)
git -C "$top" archive --format=tar --prefix="fanlight-$version/" "$commit" -- . ':(exclude)debian' | gzip -9n \
    >"$out/fanlight_$version.orig.tar.gz"

build() { # FOLDER [OPTION]
    mkdir -p "$1/fanlight-$version"
    cp "$out/fanlight_$version.orig.tar.gz" "$1"
    tar -xzf "$1/fanlight_$version.orig.tar.gz" -C "$1"
    git -C "$top" archive "$commit" -- debian | tar -x -C "$1/fanlight-$version"
    (cd "$1/fanlight-$version" && DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-} ${2:-}" \
        dpkg-buildpackage -us -uc -j"$(nproc)" >"$1/build.log" 2>&1) || {
        tail -n 40 "$1/build.log" >&2
        exit 1
    }
    (cd "$1" && sha256sum -- *.deb *.dsc *.tar.*) >"$1/SHA256SUMS"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build "$work/first"
if [ -n "$twice" ]; then
    build "$work/second/in-another-folder-of-a-longer-name" nocheck
    cmp "$work/first/SHA256SUMS" "$work/second/in-another-folder-of-a-longer-name/SHA256SUMS" || {
        echo "package.sh: two builds differ" >&2
        exit 1
    }
fi
find "$work/first" -maxdepth 1 -type f -exec cp {} "$out" \;
cat "$out/SHA256SUMS"
[ -z "$twice" ] || echo "Two builds in unlike folders: equal bytes."
