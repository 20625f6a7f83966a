#!/bin/sh
# embed.sh FILE NAME - writes a C string constant NAME that holds the text of FILE.
set -eu
echo "/* made by tools/embed.sh from $(basename "$1"); do not edit */"
echo '#pragma GCC diagnostic ignored "-Woverlength-strings"'
echo "extern const char $2[];"
echo "const char $2[] ="
sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$/\\n"/' "$1"
echo '    ;'
