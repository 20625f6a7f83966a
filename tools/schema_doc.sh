#!/bin/sh
# fanlight help --schema | schema_doc.sh - writes docs/schema.md from the comments beside tables, views and columns.
# The comment above a `create` says what it is; the comment behind a column says what the column is.
set -eu
cat <<'EOF'
# The results database

Made from what `fanlight help --schema` writes (`stats/columns.h`, `stats/views.sql`) by `tools/schema_doc.sh`; a test compares.

A database is one SQLite file. `fanlight run` appends a run to it; any SQLite client reads it:

```sh
fanlight query --db fanlight.db "select run, design, model, latency_s, energy_j from run_summary"
sqlite3 fanlight.db "update price set fj = fj / 5 where component = 'dram'"
```

The simulator stores whole numbers (what each unit did, how long it was busy) and what each count costs.
Joules are computed by views whenever they are asked for, so the second line above re-prices every stored run at once.
Names end in their unit: `_ps` picoseconds, `_s` seconds, `_j` joules, `fj` femtojoules (a count of ps times fJ
per ps: mW), `_w` watts, `_um2`, `_mm2` areas. Shares and utilizations lie between 0 and 1.

A run that was never finished leaves no row. A file is ours if `pragma application_id` is 1179536468;
`pragma user_version` is the version of the schema. Version 2 adds `price_range`, `figure`, and the size of a run's model
to version 1; version 3 adds `accuracy` and `accuracy_setting`, version 4 `unit.beside`. Files of older versions are refused.
EOF
awk '
function flush_paragraph() { if (above != "") print "\n" above }
function cell(text) { gsub(/\|/, "\\|", text); return text }
/^-- / { line = substr($0, 4); above = above == "" ? line : above "\n" line; next }
/^create (table|view) / {
    kind = $2; name = $3; sub(/\(.*/, "", name)
    if (kind != section) { print "\n## " (kind == "table" ? "Tables" : "Views"); section = kind }
    print "\n### " name
    flush_paragraph()
    print kind == "table" ? "\n| column | type | meaning |\n|---|---|---|" : "\n| column | meaning |\n|---|---|"
    above = ""; inside = 1; next
}
inside && /^\)/ { inside = 0; next }
inside && /primary key \(/ { key = $0; sub(/^ *primary key /, "", key); print "\nKey: " key "."; next }
inside {
    line = $0; comment = ""
    if (match(line, /-- /)) { comment = substr(line, RSTART + 3); line = substr(line, 1, RSTART - 1) }
    gsub(/^ +| +$/, "", line); sub(/,$/, "", line)
    column = line; sub(/ .*/, "", column)
    if (kind == "view") { printf "| `%s` | %s |\n", column, cell(comment); next }
    type = line; sub(/^[^ ]+ +/, "", type); sub(/ .*/, "", type)
    if (comment == "" && column == "run") comment = "the run it belongs to"
    printf "| `%s` | %s | %s |\n", column, type, cell(comment)
    next
}
/^$/ { above = "" }
'
