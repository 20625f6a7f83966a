#!/bin/sh
# gallery.sh FOLDER [FANLIGHT [SWEPT]] - runs the commands of docs/gallery.md and leaves their pictures in FOLDER; pages are
# photographed where there is a Chromium. What it could not make it names, and leaves alone. A sweep whose database is in
# the folder SWEPT is not made again.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
folder=$(cd "$1" && pwd)
program=${2:-$top/build/fanlight}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ln -s "$top/examples" examples
[ -z "${3:-}" ] || cp "$3"/*.db .
fanlight() { "$program" "$@"; }

sed -n '/^```sh$/,/^```$/p' "$top/docs/gallery.md" | grep '^fanlight ' >commands
while read -r command; do
    case "$command" in
    "fanlight sweep "*) database=${command#*--db } && [ ! -f "${database%% *}" ] || continue ;;
    *" plot "*) command -v gnuplot >/dev/null || { echo "gallery.sh: no gnuplot: $command" >&2; continue; } ;;
    esac
    eval "$command" >out 2>err </dev/null || {
        case "$command" in
        *--html*) grep -q 'apt-get install node-d3' err && { echo "gallery.sh: no D3: $command" >&2; continue; } ;;
        esac
        cat err >&2
        exit 1
    }
done <commands
for picture in gallery-*.svg; do
    [ ! -f "$picture" ] || cp "$picture" "$folder"
done
chromium=$(command -v chromium || true)
if [ -n "$chromium" ] && [ -f run.html ] && [ -z "${NO_PHOTOGRAPHS:-}" ]; then
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$top/tests/lib" python3 "$top/tools/photograph.py" "$chromium" "$work" "$folder"
fi
