#!/bin/sh
# assets.sh - writes C string constants that hold the frame, the style and the script of a page (explore/report/).
# The script is one: what the files share comes first, what begins it last.
set -eu
here=explore/report
script=$(mktemp)
trap 'rm -f "$script"' EXIT
cat $here/base.js >"$script"
for file in $here/*.js; do
    case "$file" in
    */base.js | */start.js) ;;
    *) cat "$file" >>"$script" ;;
    esac
done
cat $here/start.js >>"$script"
sh tools/embed.sh $here/page.html fl_page_html
sh tools/embed.sh $here/page.css fl_page_css
sh tools/embed.sh "$script" fl_page_js | sed '1s/.*/\/* and the scripts of explore\/report *\//'
