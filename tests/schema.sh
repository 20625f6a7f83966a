#!/bin/sh
# docs/schema.md says what the schema says: every table, column, its place and its type.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$FANLIGHT" help --schema | sh "$SRCDIR/tools/schema_doc.sh" >"$work/schema.md"
if ! diff -u "$SRCDIR/docs/schema.md" "$work/schema.md"; then
    echo "docs/schema.md: run fanlight help --schema | sh tools/schema_doc.sh >docs/schema.md" >&2
    exit 1
fi
