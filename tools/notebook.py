"""notebook.py - runs a notebook from its first cell to its last and compares what comes out with what it shows.

    python3 tools/notebook.py docs/notebook.ipynb               # exit 1 if a cell fails, or shows something else
    python3 tools/notebook.py --fill docs/notebook.ipynb        # puts what comes out into it, to be looked at

It runs in a folder of its own with examples/ in it. Pictures are drawn but not compared: two versions of a library draw
them differently.
"""
import os
import shutil
import sys
import tempfile

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMPARED = ("text/html", "text/plain")


def texts(cell):
    """What a cell shows, but for pictures."""
    shown = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            shown.append(output.text)
        elif output.output_type == "error":
            shown.append(f"{output.ename}: {output.evalue}")
        elif "image/png" not in output.data:
            shown += [output.data[kind] for kind in COMPARED if kind in output.data]
    return shown


def pictures(cell):
    return sum("image/png" in output.get("data", {}) for output in cell.get("outputs", []))


def executed(book, folder):
    """A copy of the notebook with what its cells give now."""
    fresh = nbformat.from_dict(book)
    for cell in fresh.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    NotebookClient(fresh, timeout=300, kernel_name="python3", record_timing=False,
                   resources={"metadata": {"path": folder}}).execute()
    for cell in fresh.cells:
        cell.metadata.pop("execution", None)
    fresh.metadata = {"kernelspec": fresh.metadata["kernelspec"], "language_info": {"name": "python"}}
    return fresh


def differences(book, fresh):
    """What cells show that they did not, as texts."""
    for number, (old, new) in enumerate(zip(book.cells, fresh.cells), 1):
        if new.cell_type != "code":
            continue
        if texts(old) != texts(new) or pictures(old) != pictures(new):
            yield (f"cell {number}:\n{new.source}\nshows\n" + "\n".join(texts(new)) + f"\nand {pictures(new)} pictures, "
                   "not\n" + "\n".join(texts(old)) + f"\nand {pictures(old)}")


def main(words):
    fill = "--fill" in words
    status = 0
    for path in [word for word in words if word != "--fill"]:
        book = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(os.path.join(TOP, "examples"), os.path.join(folder, "examples"))
            try:
                fresh = executed(book, folder)
            except CellExecutionError as why:
                print(f"{path}: a cell fails\n{why}", file=sys.stderr)
                return 1
        if fill:
            nbformat.write(fresh, path)
            continue
        for difference in differences(book, fresh):
            print(f"{path}: {difference}", file=sys.stderr)
            status = 1
        print(f"{path}: {sum(cell.cell_type == 'code' for cell in fresh.cells)} cells run")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
