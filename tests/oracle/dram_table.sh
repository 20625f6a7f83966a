#!/bin/sh
# dram_table.sh BUILD - prints the table of docs/validation.md: ours / DRAMsim3 (difference), every row at full length.
set -eu
build=${1:-.}
table=$(mktemp)
trap 'rm -f "$table"' EXIT
SRCDIR=${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)} DRAM_TABLE=$table "$build"/check_fanlight oracle_dram >/dev/null
cat "$table"
