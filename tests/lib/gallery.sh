#!/bin/sh
# gallery.sh - the pictures of docs/gallery.md: its commands run, draw all that it shows, and draw the same kinds of
# pictures that are shown. Their figures move with the accounting; `sh tools/gallery.sh docs/figures` draws them again.
# tests/docs.sh runs it, with the databases of sweeps that documents have made in the folder SWEPT.
set -u
. "$SRCDIR/tests/lib/script.sh"
command -v gnuplot >which.out || { echo "gallery: not tried, there is no gnuplot"; exit 0; }
mkdir figures
NO_PHOTOGRAPHS=1 sh "$srcdir/tools/gallery.sh" figures "$f" "$SWEPT" >out 2>err || complain "a command of docs/gallery.md fails"
shown=$(grep -o '(figures/[a-z0-9-]*\.[a-z]*)' "$srcdir/docs/gallery.md" | tr -d '()' | sort -u)
for picture in $shown; do
    [ -s "$srcdir/docs/$picture" ] || complain "docs/gallery.md shows $picture, which is not there"
    case "$picture" in
    figures/gallery-*.svg)
        [ -s "$picture" ] || { complain "no command draws $picture"; continue; }
        # title and axes, without figures: gnuplot writes each text in a <text>
        for file in "$picture" "$srcdir/docs/$picture"; do
            { grep '^<title>' "$file"; sed -n 's/^<desc>.*Drawn: \([^.]*\)\..*/\1/p' "$file"; } >"$(basename "$file").words.$([ "$file" = "$picture" ] && echo new || echo old)"
        done
        cmp -s "$(basename "$picture").words.new" "$(basename "$picture").words.old" ||
            complain "$picture is another picture than the one drawn now: sh tools/gallery.sh docs/figures" ;;
    esac
done
for picture in "$srcdir"/docs/figures/gallery-*; do
    echo "$shown" | grep -q "^figures/$(basename "$picture")$" || complain "$(basename "$picture") is shown nowhere"
done
[ $failed -eq 0 ] && echo "gallery: all that docs/gallery.md shows"
exit $failed
