"""fill_docs.py - puts what commands really print below them in a document.

    FANLIGHT=build/fanlight python3 tools/fill_docs.py docs/cookbook.md

After a change that moves figures, tests/docs.sh tells which documents show old ones; this rewrites the outputs in their
```console blocks, to be looked at with `git diff`. Of outputs that are shown in part (with "...") each line becomes the line
that is most like it but for its figures; what has none is told, and left as it is. Nothing shown stays nothing, and a lone
"...." becomes all.
"""
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run(command, folder):
    done = subprocess.run(["sh", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0 and not command.endswith("# exit 1"):
        print(f"exit {done.returncode}: {command}\n{done.stdout}", file=sys.stderr)
    return [line.rstrip() for line in done.stdout.rstrip("\n").split("\n")] if done.stdout.strip() else []


def blocks(lines):
    """Yields (command or None, its lines, lines shown below); text outside of console blocks has no command."""
    at, inside = 0, False
    while at < len(lines):
        if lines[at].startswith("```"):
            inside = not inside and lines[at] == "```console"
        if not inside or not lines[at].startswith("$ "):
            yield None, [lines[at]], []
            at += 1
            continue
        begin, at = at, at + 1
        while lines[at].startswith("> "):
            at += 1
        shown = at
        while not lines[at].startswith(("$ ", "```")):
            at += 1
        yield "\n".join(line[2:] for line in lines[begin:shown]), lines[begin:shown], lines[shown:at]


def partly(shown, real):
    """Lines shown of an output, each as it comes out now; "..." stays."""
    def bare(line):
        return re.sub(r"[\d.]+ *[fpnumkMGTP]?", "#", line)

    filled, at = [], 0
    for line in shown:
        if line.strip() in ("", "..."):
            filled.append(line)
            continue
        if line not in real[at:]:
            alike = [difflib.SequenceMatcher(None, bare(line), bare(new)).ratio() for new in real[at:]]
            if not alike or max(alike) < 0.7:
                print(f"nothing like it comes out: {line}", file=sys.stderr)
                filled.append(line)
                continue
            line = real[at + alike.index(max(alike))]
        at = real.index(line, at) + 1
        filled.append(line)
    return filled


def fill(document, folder):
    with open(document) as file:
        lines = file.read().split("\n")
    filled = []
    for command, own, shown in blocks(lines):
        filled += own
        if command is None:
            continue
        real = run(command, folder) if not command.startswith(("./", "bash", "make")) else shown
        in_part = "..." in shown or not any(line.strip() for line in shown)
        filled += partly(shown, real) if in_part else real
    with open(document, "w") as file:
        file.write("\n".join(filled))


def main():
    program = os.path.abspath(os.environ["FANLIGHT"])
    for document in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "bin"))
            os.symlink(program, os.path.join(folder, "bin", "fanlight"))
            os.environ["PATH"] = os.path.join(folder, "bin") + os.pathsep + os.environ["PATH"]
            work = os.path.join(folder, "doc")
            os.mkdir(work)
            shutil.copytree(os.path.join(TOP, "examples"), os.path.join(work, "examples"))
            fill(document, work)


main()
