#!/bin/sh
# release.sh - what a release says of itself agrees: its version everywhere, its files are there, and the job array of
# examples/sweep.sbatch ends with the rows of one sweep.
set -u
srcdir=$(cd "${SRCDIR:-.}" && pwd)
failed=0
complain() {
    echo "release.sh: $*" >&2
    failed=1
}
version=$(sed -n 's/^AC_INIT(\[fanlight\], \[\([^]]*\)\].*/\1/p' "$srcdir/configure.ac")
says() { # FILE VERSION
    [ "$2" = "$version" ] || complain "$1 says version \"$2\", configure.ac \"$version\""
}
says CITATION.cff "$(sed -n 's/^version: //p' "$srcdir/CITATION.cff")"
says python/pyproject.toml "$(sed -n 's/^version = "\(.*\)"/\1/p' "$srcdir/python/pyproject.toml")"
[ ! -e "$srcdir/debian" ] ||            # packers of a tarball bring their own
    says debian/changelog "$(sed -n '1s/^fanlight (\(.*\)-.*) .*/\1/p' "$srcdir/debian/changelog")"
[ -z "${FANLIGHT:-}" ] || says fanlight "$("$FANLIGHT" --version | sed 's/fanlight //')"
for file in LICENSE CITATION.cff Containerfile examples/sweep.sbatch; do
    [ -s "$srcdir/$file" ] || complain "there is no $file"
done
[ -n "${FANLIGHT:-}" ] || exit $failed

# Three tasks of an array, as SLURM starts them; and one sweep. The same rows but for their numbers.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$FANLIGHT" "$work/bin/fanlight"
PATH=$work/bin:$PATH
export PATH
cd "$work" || exit 1
cat >small.cfg <<'END'
design = "digital_300fj"; model = "gpt2"; context = [8, 16, 24];
axes = ( { name = "lanes"; path = "vector.mac_lanes"; values = [1024, 2048]; } );
END
for task in 4 5 6; do
    SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=4 SLURM_CPUS_PER_TASK=2 \
        bash "$srcdir/examples/sweep.sbatch" small.cfg || complain "task $task of the array fails"
done
SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=4 \
    bash "$srcdir/examples/sweep.sbatch" small.cfg || complain "a task that is submitted again does not go on"
SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=4 bash "$srcdir/examples/sweep.sbatch" none.cfg 2>err &&
    complain "a sweep that is not there is no fault"
fanlight merge whole.db parts/small-*.db >log || complain "the parts are not merged"
fanlight sweep small.cfg --db one.db --quiet || complain "no sweep"
for db in whole one; do
    fanlight query --db $db.db --csv "select point, settings, context, latency_s, energy_j from sweep_result order by 1, 3" \
        >$db.csv
done
[ "$(wc -l <one.csv)" -eq 7 ] && cmp whole.csv one.csv || complain "the array has other rows than one sweep"
[ $failed -eq 0 ] && echo "release: version $version everywhere, three tasks of an array are one sweep"
exit $failed
