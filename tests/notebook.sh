#!/bin/sh
# notebook.sh - docs/notebook.ipynb from its first cell to its last, over the library of this build: no cell fails, and each
# shows what the notebook shows. Where there is no Jupyter it says so; with NOTEBOOK_NEEDED=1, as .ci/run asks it, that is
# a fault.
set -u
srcdir=$(cd "${SRCDIR:-.}" && pwd)
python=
for candidate in python3 /usr/bin/python3; do
    $candidate -c 'import nbclient, ipykernel, pandas, matplotlib' 2>/dev/null && python=$candidate && break
done
if [ -z "$python" ]; then
    echo "notebook: not tried, there is no Jupyter (Debian: apt-get install jupyter-nbconvert python3-ipykernel" \
        "python3-pandas python3-matplotlib)"
    [ -z "${NOTEBOOK_NEEDED:-}" ]
    exit
fi
(cd "$BUILDDIR" && "$MAKE" -s python/libfanlight.so) || { echo "notebook.sh: no shared library" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
FANLIGHT_LIBRARY=$BUILDDIR/python/libfanlight.so
PYTHONPATH=$srcdir/python PYTHONDONTWRITEBYTECODE=1 PYDEVD_DISABLE_FILE_VALIDATION=1 IPYTHONDIR=$work JUPYTER_CONFIG_DIR=$work MPLCONFIGDIR=$work
export FANLIGHT_LIBRARY PYTHONPATH PYTHONDONTWRITEBYTECODE PYDEVD_DISABLE_FILE_VALIDATION IPYTHONDIR JUPYTER_CONFIG_DIR MPLCONFIGDIR
$python "$srcdir/tools/notebook.py" "$srcdir/docs/notebook.ipynb"
