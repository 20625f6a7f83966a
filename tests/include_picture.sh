#!/bin/sh
# include_picture.sh - the house rule of who may include whom, read off the #include lines.
#
# folder: folders it may include (besides itself). Only base/conf sees libconfig, only stats sqlite3,
# only traces and cli jansson, only cli MPI; units never include one another.
set -eu
cd "${SRCDIR:-.}"
status=0

allowed() {
    case "$1" in
    base) echo "" ;;
    phys) echo "base" ;;
    sim) echo "base" ;;
    machine) echo "base phys sim traces" ;;
    units) echo "base phys sim machine" ;;
    traces) echo "base" ;;
    mapping) echo "base sim machine traces" ;;
    arch) echo "base phys sim machine" ;;
    stats) echo "base sim" ;;
    api) echo "base phys sim machine units traces mapping arch stats" ;;
    explore) echo "base phys sim machine units traces mapping arch stats api" ;;
    learn) echo "base phys traces api" ;;
    cli) echo "base phys sim machine units traces mapping arch stats api explore learn" ;;
    esac
}

complain() {
    echo "$1: may not include $2" >&2
    status=1
}

for folder in base base/conf phys sim machine units traces traces/ops mapping arch stats api explore explore/report learn cli; do
    may=" $(allowed ${folder%%/*}) ${folder%%/*} "
    for file in "$folder"/*.[ch]; do
        [ -f "$file" ] || continue
        case "$file" in units/registry.c | traces/ops/registry.c | stats/*_sql.c | explore/report/assets.c) continue ;; esac
        for header in $(sed -n 's/^#include "\(.*\)"/\1/p' "$file"); do
            case "$may" in
            *" ${header%%/*} "*) ;;
            *) complain "$file" "$header" ;;
            esac
            case "$folder:$header" in
            units:units/*)
                # a device of several files: they share its name, dram.c and dram_bank.h
                device=${file#units/} of=${header#units/}
                [ "${device%%[_.]*}" = "${of%%[_.]*}" ] || complain "$file" "$header" ;;
            esac
        done
        for header in $(sed -n 's/^#include <\(.*\)>/\1/p' "$file"); do
            case "$folder:$header" in
            base/conf:libconfig.h | stats:sqlite3.h | traces:jansson.h | cli:jansson.h | cli:mpi.h) ;;
            *:libconfig.h | *:sqlite3.h | *:jansson.h | *:mpi.h) complain "$file" "<$header>" ;;
            esac
        done
    done
done
[ $status -eq 0 ] && echo "include picture: as drawn"
exit $status
