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

# A Transformer of two small layers as toy.json, another of three as other.json.
toys() {
    echo '{"model_type": "gpt2", "n_embd": 24, "n_layer": 2, "n_head": 2, "n_positions": 64, "vocab_size": 50,
           "activation_function": "gelu_new"}' >toy.json
    sed 's/"n_layer": 2/"n_layer": 3/' toy.json >other.json
}

# A sweep of both, toys.cfg: three numbers of rows, under a name that a libconfig string may hold, at a number of clocks.
toy_sweep() { # NAME-OF-ROWS CLOCKS
    toys
    cat >toys.cfg <<END
design = "$srcdir/tests/bad/good_design.cfg";
model = ["toy.json", "other.json"];
context = 32;
axes = (
  { name = "$1"; path = "core.slm.rows"; values = [8, 16, 32]; },
  { name = "clock"; path = "core.slm.settle"; from = "1 ns"; to = "40 ns"; steps = $2; }
);
END
}

# Another program than fanlight, made when it is asked for, as $p.
another() { # NAME
    (cd "$BUILDDIR" && "$MAKE" -s "$1") >make.out 2>&1 || {
        cat make.out >&2
        complain "$1 is not built"
        exit 1
    }
    p=$BUILDDIR/$1
}

# Three layers of two products as small.trace.
small_trace() {
    cat >small.trace <<'EOT'
fanlight-trace 1
model small
phase prefill
context 6
input x
repeat 3 layer 0
norm ln x -> a m=6 n=40
linear up a -> b m=6 k=40 n=60
linear down b -> y m=6 k=60 n=40
add join x y -> x m=6 n=40
end
EOT
}
