#!/bin/sh
# op_registry.sh OP.c... - writes the table of operator kinds found in the sources, sorted by name.
set -eu
LC_ALL=C
export LC_ALL
kinds=$(sed -n 's/^const struct fl_op_type fl_op_\([a-z0-9_]*\) = {$/\1/p' "$@" | sort)
echo '/* made by tools/op_registry.sh from traces/ops/; do not edit */'
echo '#include "traces/ops.h"'
for kind in $kinds; do
    echo "extern const struct fl_op_type fl_op_$kind;"
done
echo 'const struct fl_op_type *const fl_op_types[] = {'
for kind in $kinds; do
    echo "    &fl_op_$kind,"
done
echo '    0,'
echo '};'
