#!/bin/sh
# docs.sh - every command shown in README.md and docs/ is run, and what is shown of its output must come out.
#
# In ```console blocks a line "$ command" is run in a folder of its own, one folder a document, so that a database
# made by one command is there for the next. Lines "> ..." right below it go on with it. Lines below that must appear in
# the output, in order; "..." stands for anything. Commands that start with "./" build or install and are run by .ci/run.
# Pictures are drawn where there is gnuplot, pages where there is D3, Python with pandas where there is such a Python.
# tools/fill_docs.py puts in what commands really print.
#
# docs/gallery.md, which shows pictures instead of output, comes last: what a document before has swept into a database of
# the same name is not swept again.
set -u
srcdir=$(cd "${SRCDIR:-.}" && pwd)
program=${FANLIGHT:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/swept"
ln -s "$program" "$work/bin/fanlight"
PATH="$work/bin:$PATH"
export PATH
status=0 ran=0 left=0
has() { command -v "$1" >"$work/which"; }
for python in python3 /usr/bin/python3; do
    if $python -c 'import pandas' 2>"$work/which"; then
        ln -s "$(command -v $python)" "$work/bin/python3"
        break
    fi
done

# Are the lines of $1 (but "...") found in $2, in order?
shown() {
    awk '{ sub(/[ \t]+$/, "") }
         FILENAME == ARGV[1] { if ($0 != "...") { want[++n] = $0 } next }
         at < n && $0 == want[at + 1] { at++ }
         END { if (at < n) { print "    not in the output: " want[at + 1]; exit 1 } }' "$1" "$2"
}

# Runs $command in the document's folder and compares what it says with block $n.
shown_by_run() {
    ran=$((ran + 1))
    (cd "$work/doc" && sh -c "$command") >"$work/output" 2>&1 </dev/null
    code=$?
    case "$command" in
    "fanlight sweep examples/"*" --db "*) made=${command#*--db } && cp "$work/doc/${made%% *}" "$work/swept/" ;;
    esac
    case "$command:$code" in
    *"# exit 1:1") code=0 ;;
    esac
    if [ $code -ne 0 ] || ! shown "$work/doc/block.$n.out" "$work/output"; then
        echo "  ${document#"$srcdir"/}: \$ $command (exit $code)"
        head -n 5 "$work/output"
        status=1
    fi
}

one_document() {
    document=$1
    rm -rf "$work/doc"
    mkdir "$work/doc"
    cp -rL "$srcdir/examples" "$work/doc/" 2>/dev/null
    awk -v out="$work/doc/block" '
        /^```/ { inside = !inside && $0 == "```console"; more = 0; next }
        more && /^> / { print substr($0, 3) >(out "." n ".cmd"); next }
        { more = 0 }
        inside && /^\$ / { n++; more = 1; print substr($0, 3) >(out "." n ".cmd"); printf "" >(out "." n ".out"); next }
        inside && n && /[^ \t]/ { print >(out "." n ".out") }' "$document"
    n=1
    while [ -f "$work/doc/block.$n.cmd" ]; do
        command=$(cat "$work/doc/block.$n.cmd")
        case "$command" in
        ./* | bash* | make*) ;;
        fanlight\ plot*.svg | fanlight\ plot*.png) if has gnuplot; then shown_by_run; else left=$((left + 1)); fi ;;
        fanlight\ report*--html*) if [ -f "${FANLIGHT_D3:-/usr/share/nodejs/d3/dist/d3.min.js}" ]; then shown_by_run; else left=$((left + 1)); fi ;;
        *"import pandas"*) if [ -e "$work/bin/python3" ]; then shown_by_run; else left=$((left + 1)); fi ;;
        python3*) if has python3; then shown_by_run; else left=$((left + 1)); fi ;;
        *) shown_by_run ;;
        esac
        n=$((n + 1))
    done
}

# Every document is in the index, and every document that one speaks of is there.
for document in "$srcdir"/docs/*.md "$srcdir"/docs/*/*.md "$srcdir"/docs/*.ipynb; do
    name=${document#"$srcdir"/docs/}
    [ "$name" = index.md ] || grep -qF "]($name)" "$srcdir/docs/index.md" ||
        { echo "  docs/index.md does not name $name"; status=1; }
done
grep -ohE '\bdocs/([a-z-]+/)?[a-z-]+\.(md|ipynb)' "$srcdir"/*.md "$srcdir"/docs/*.md "$srcdir"/docs/*/*.md | sort -u >"$work/spoken"
sed -n 's/.*](\([A-Za-z/-]*\.[a-z]*\)).*/docs\/\1/p' "$srcdir/docs/index.md" >>"$work/spoken"
while read -r name; do
    [ -e "$srcdir/$name" ] || { echo "  $name is spoken of, and not there"; status=1; }
done <"$work/spoken"

for document in "$srcdir"/README.md "$srcdir"/docs/*.md "$srcdir"/docs/*/*.md; do
    one_document "$document"
done
SWEPT=$work/swept sh "$srcdir/tests/lib/gallery.sh" || status=1
echo "documents: $ran commands run, $left left out for want of gnuplot, D3, Python or pandas"
exit $status
