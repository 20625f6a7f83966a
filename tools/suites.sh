#!/bin/sh
# suites.sh TEST.c... - writes the list of test suites: test_x.c offers `Suite *test_x_suite(void)`.
set -eu
names=$(for file in "$@"; do basename "$file" .c; done)
echo '/* made by tools/suites.sh from tests/; do not edit */'
echo '#include "tests/suites.h"'
for name in $names; do
    echo "Suite *${name}_suite(void);"
done
echo 'Suite *(*const fl_suites[])(void) = {'
for name in $names; do
    echo "    ${name}_suite,"
done
echo '    NULL,'
echo '};'
