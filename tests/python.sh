#!/bin/sh
# python.sh - the Python package over the library: the program's numbers, faults as exceptions, frames, displays, and
# layouts as the header has them. It is tried by the first Python 3 with pandas, else by any; nothing is installed.
set -u
srcdir=$(cd "${SRCDIR:-.}" && pwd)
python=
for candidate in python3 /usr/bin/python3; do
    command -v $candidate >/dev/null || continue
    python=${python:-$candidate}
    $candidate -c 'import pandas' 2>/dev/null && python=$candidate && break
done
if [ -z "$python" ]; then
    echo "python: NOT TRIED, there is no python3 here (Debian: apt-get install python3 python3-pandas)"
    exit 0
fi
(cd "$BUILDDIR" && "$MAKE" -s python/libfanlight.so) || { echo "python.sh: no shared library" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
FANLIGHT_LIBRARY=$BUILDDIR/python/libfanlight.so
SRCDIR=$srcdir PYTHONPATH=$srcdir/python PYTHONDONTWRITEBYTECODE=1
export FANLIGHT_LIBRARY SRCDIR PYTHONPATH PYTHONDONTWRITEBYTECODE
if [ -n "$SANITIZE_CFLAGS" ]; then      # the sanitizers' library must be there before Python; what Python leaks is its own
    LD_PRELOAD=$($CC -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0
    export LD_PRELOAD ASAN_OPTIONS
fi
cd "$work" || exit 1
$python "$srcdir/python/tests/test_fanlight.py" -q >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
pandas=$($python -c 'import pandas; print("pandas " + pandas.__version__)' 2>/dev/null || echo "no pandas: frames not tried")
echo "python: $(sed -n 's/^Ran \([0-9]* tests\) in \(.*\)$/\1 in \2/p' "$work/log"), $($python --version), $pandas"
