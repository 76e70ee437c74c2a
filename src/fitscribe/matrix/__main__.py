"""`python -m fitscribe.matrix write | check | run | new`: what follows from a compatibility matrix.

`write` and `check` are about the files that are made from it, `run` runs its cells, each in an environment
of its own, and `new` looks for releases that are newer than anything tested, and runs those.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from fitscribe.matrix.document import MatrixError
from fitscribe.matrix.files import files_of, stale, write_stale
from fitscribe.matrix.generated import COMMAND
from fitscribe.matrix.project import project_of
from fitscribe.matrix.results import load_results, unproved
from fitscribe.matrix.schema import load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: as on the command line; this process' own by default.

    Returns:
        1 if something is stale, wrong or red, or a file cannot be read or written, else 0.
    """
    options = _parser().parse_args(arguments)
    try:
        return _do(options)
    except (MatrixError, LookupError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _do(options: argparse.Namespace) -> int:
    if options.action == "run":
        from fitscribe.matrix.commands import run

        return run(options.matrix, options.cells, jobs=options.jobs, again=options.again)
    if options.action == "new":
        from fitscribe.matrix.commands import new

        return new(options.matrix, options.frameworks, jobs=options.jobs)
    status = _bring(options.action, files_of(options.matrix), options.matrix)
    return _prove(options.matrix) or status if options.action == "check" else status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fitscribe.matrix", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    of_somebody = "within the package of an integration; by default compat_matrix.yaml of the checkout"
    for action, does in {
        "write": "bring the files up to date that are made from the matrix",
        "check": "name those that are stale, and what is called tested and was not run",
    }.items():
        files = actions.add_parser(action, help=does)
        files.add_argument(
            "matrix", nargs="?", type=Path, help=f"{of_somebody}. It makes the _compat.json beside it"
        )
    run = actions.add_parser("run", help="run cells, and keep what comes of them in compat_results.json")
    run.add_argument("cells", nargs="*", help="such as sklearn==1.4.2, sklearn or core; by default all")
    run.add_argument("--again", action="store_true", help="run those, too, that are green for these sources")
    new = actions.add_parser("new", help="run what is newer than anything tested, and say what has moved")
    new.add_argument("frameworks", nargs="*", help="names; by default all")
    for runs in (run, new):
        runs.add_argument("--matrix", type=Path, help=of_somebody)
        runs.add_argument("--jobs", type=int, default=2, help="how many at a time; by default 2")
    return parser


def _bring(action: str, expected: dict[Path, str], matrix: Path | None) -> int:
    found = write_stale(expected) if action == "write" else stale(expected)
    for path in found:
        print(f"{path} {'written' if action == 'write' else 'is stale'}")
    if action == "check" and found:
        print(f"run: {COMMAND}{f' {matrix}' if matrix is not None else ''}", file=sys.stderr)
        return 1
    return 0


def _prove(path: Path | None) -> int:
    """1 where something is called tested that is red, or is missing in results that claim to be complete."""
    project = project_of(path)
    wrong, unknown = unproved(load(project.matrix), load_results(project.results))
    for problem in wrong:
        print(problem, file=sys.stderr)
    if wrong:
        print("run these cells (again), or make candidates of them", file=sys.stderr)
    if unknown:
        print(f"not run yet as it is now: {len(unknown)} of the cells that are called tested")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
