#!/bin/sh
# registry.sh UNIT.c... - writes the table of unit types found in the sources, sorted by kind.
# A registering constructor inside a static archive would never run; a generated table always does.
set -eu
LC_ALL=C
export LC_ALL
kinds=$(sed -n 's/^const struct fl_unit_type fl_unit_\([a-z0-9_]*\) = {$/\1/p' "$@" | sort)
echo '/* made by tools/registry.sh from units/; do not edit */'
echo '#include "sim/unit.h"'
for kind in $kinds; do
    echo "extern const struct fl_unit_type fl_unit_$kind;"
done
echo 'const struct fl_unit_type *const fl_unit_types[] = {'
for kind in $kinds; do
    echo "    &fl_unit_$kind,"
done
echo '    NULL,'
echo '};'
