#!/bin/sh
# sources.sh - the lists of files that make and `make dist` know, read off the folders.
# Adding a device, a mapper, a command or a test is adding a file (and running ./bootstrap).
set -eu
LC_ALL=C
export LC_ALL
list() { # NAME, then patterns
    name=$1
    shift
    printf '%s =' "$name"
    for file in "$@"; do
        case "$file" in
        units/registry.c | traces/ops/registry.c | stats/*_sql.c | explore/report/assets.c | tests/suites.c) continue ;;
        esac
        [ -f "$file" ] && printf ' \\\n\t%s' "$file"
    done
    printf '\n'
}
echo '# made by tools/sources.sh; do not edit'
list LIB_FILES base/*.[ch] base/conf/*.[ch] phys/*.[ch] sim/*.[ch] machine/*.[ch] units/*.[ch] traces/*.[ch] traces/ops/*.[ch] mapping/*.[ch] arch/*.[ch] \
    stats/*.[ch] api/*.[ch] explore/*.[ch] explore/report/*.[ch] learn/*.[ch]
list UNIT_FILES units/*.c
list OP_FILES traces/ops/*.c
list CLI_FILES cli/*.[ch]
list TEST_FILES tests/*.[ch] tests/laws/*.[ch] tests/oracle/*.[ch]
list TEST_DEVICE_FILES tests/devices/*.c
# every device of units/ once more, under another name
printf 'OTHER_UNITS ='
for file in $(grep -l '^const struct fl_unit_type fl_unit_' units/*.c); do
    printf ' \\\n\ttests/devices/other_%s' "$(basename "$file")"
done
printf '\n'
list SUITE_FILES tests/test_*.c tests/laws/test_*.c tests/oracle/test_*.c
# the long ones first, so that no core waits for one at the end
slow="tests/tilings.sh tests/paper.sh tests/sweep.sh tests/docs.sh tests/reproduce.sh"
rest=$(for file in tests/*.sh; do case " $slow " in *" $file "*) ;; *) echo "$file" ;; esac done)
list SCRIPT_TESTS $slow $rest
# a test for every suite: tests/laws/test_leap.c is tests/suites/leap.suite
printf 'SUITE_TESTS ='
slow="tests/test_fields.c tests/test_overlap.c tests/laws/test_masks.c tests/laws/test_unit_laws.c tests/laws/test_bound.c"
rest=$(for file in tests/laws/test_*.c tests/oracle/test_*.c tests/test_*.c; do
    case " $slow " in *" $file "*) ;; *) echo "$file" ;; esac
done)
for file in $slow $rest; do
    printf ' \\\n\ttests/suites/%s.suite' "$(basename "$file" .c | sed 's/^test_//')"
done
printf '\n'
list DESIGN_FILES arch/designs/*.cfg
list CLAIM_FILES explore/claims/*
list DEVICE_FILES arch/devices/*.cfg
list MODEL_FILES traces/models/*.json
list NET_FILES learn/nets/*.net
list PYTHON_FILES python/fanlight/*.py
list SQL_FILES stats/*.sql
list PAGE_FILES explore/report/*.html explore/report/*.css explore/report/*.js
list DOC_FILES README.md CHANGELOG.md DEVIATIONS.md docs/* docs/figures/* docs/machines/* examples/* examples/machines/*
# a program for every bench/x.c, run by `make bench` beside the scripts bench/x.sh
benches=""
for file in bench/*.c; do
    [ -f "$file" ] || continue
    name=$(basename "$file" .c)
    benches="$benches bench/$name"
    printf 'bench_%s_SOURCES = %s\nbench_%s_LDADD = libwhole.la $(SQLITE_LIBS) $(CONFIG_LIBS) $(JANSSON_LIBS) -lm\n' \
        "$name" "$file" "$name"
    printf 'bench_%s_LDFLAGS = $(AM_LDFLAGS)\n' "$name"
done
echo "BENCHES =$benches"
list BENCH_FILES bench/*.sh
list OTHER_FILES LICENSE CITATION.cff Containerfile CHANGELOG.md tests/*.bash tests/lib/* tests/designs/* .ci/run README.md HACKING.md DEVIATIONS.md bootstrap quickstart.sh .clang-format docs/* docs/figures/* docs/machines/* tools/* \
    tests/golden/* tests/faulty/*.py tests/oracle/*.csv tests/oracle/*.py tests/oracle/*.sh tests/oracle/*.cfg tests/bad/* tests/bad/*/* tests/cases/* bench/* examples/* examples/machines/* python/tests/* python/pyproject.toml
