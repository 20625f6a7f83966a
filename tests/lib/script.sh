# script.sh - what scripts of tests begin with, by `. "$SRCDIR/tests/lib/script.sh"`: a folder of their own to work in,
# the program as $f, and ways to expect and to complain. They end with `exit $failed`.
srcdir=$(cd "$SRCDIR" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
f=$FANLIGHT
failed=0

complain() { # with what the last command wrote
    echo "$(basename "$0"): $*" >&2
    for written in out err; do
        [ ! -f $written ] || sed 's/^/    /' $written >&2
    done
    failed=1
}

# The exit code, and a text that is in one of the two outputs; "-": any.
expect() { # CODE TEXT COMMAND...
    code=$1 text=$2
    shift 2
    "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$code" ] || complain "exit code $got instead of $code: $*"
    [ "$text" = - ] || grep -qF -- "$text" out err || complain "no \"$text\": $*"
}

# A fault of the user's: exit code 1, and a text on standard error.
told() { # TEXT COMMAND...
    text=$1
    shift
    "$@" >out 2>err </dev/null
    [ $? -eq 1 ] || complain "exit code not 1: $*"
    grep -qF -- "$text" err || complain "no \"$text\": $*"
}
