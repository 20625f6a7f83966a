#!/bin/sh
# docs/schema.md says what the schema says.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$SRCDIR/tools/schema_doc.sh" "$SRCDIR/stats/schema.sql" "$SRCDIR/stats/views.sql" >"$work/schema.md"
if ! diff -u "$SRCDIR/docs/schema.md" "$work/schema.md"; then
    echo "docs/schema.md: run sh tools/schema_doc.sh stats/schema.sql stats/views.sql >docs/schema.md" >&2
    exit 1
fi
