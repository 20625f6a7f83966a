#!/bin/sh
# docs/adding-a-unit.md quotes real files: each block opened by "```c FILE" stands in FILE, its lines in that order.
set -eu
page="$SRCDIR/docs/adding-a-unit.md"
awk -v source="$SRCDIR" '
    function complain(what) { print "docs/adding-a-unit.md:" FNR ": " what; faults++ }
    /^```/ && !quoting {
        quoting = NF == 2
        if (quoting) {
            file = source "/" $2
            lines = at = 0
            while ((getline text < file) > 0)
                line[++lines] = text
            close(file)
            if (lines == 0)
                complain("there is no " $2)
            blocks++
        } else {
            quoting = 2                 # a block that quotes nothing
        }
        next
    }
    /^```/ { quoting = 0; next }
    quoting == 1 {
        for (next_at = at + 1; next_at <= lines && line[next_at] != $0; next_at++)
            ;
        if (next_at > lines)
            complain("not in " file ", or not in this order: " $0)
        else
            at = next_at
    }
    END {
        if (blocks < 5) { print "docs/adding-a-unit.md: only " blocks + 0 " quotations found"; faults++ }
        exit faults > 0
    }' "$page" >&2
echo "adding-a-unit: as quoted"
