"""`python -m benchmarks [WORKLOAD ...]`: measure, print the table, write docs/benchmarks.md.

With `--peers`: the second table, beside other trackers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks import peers, report
from benchmarks.model import Measured
from benchmarks.peers import section
from benchmarks.runner import ROOT, WORKLOADS, available, compile_sources, measure, workload_names
from benchmarks.section import PEERS, with_sections_of


def say(line: str) -> None:
    """Progress, kept apart from the table."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what fitscribe costs.")
    parser.add_argument(
        "workloads",
        nargs="*",
        metavar="WORKLOAD",
        help=f"of {', '.join(workload_names())}; with --peers of {', '.join(workload_names(peers.PACKAGE))}; "
        "default: all",
    )
    parser.add_argument(
        "--repeats", type=int, help="rounds per workload; default: each workload's own number"
    )
    parser.add_argument(
        "--without-mlflow", action="store_true", help="leave MLflow out although it is installed"
    )
    parser.add_argument(
        "--peers", action="store_true", help=f"the second table: beside {', '.join(peers.PEERS.values())}"
    )
    arguments = parser.parse_args()
    package = peers.PACKAGE if arguments.peers else WORKLOADS
    names = workload_names(package)
    unknown = sorted(set(arguments.workloads) - set(names))
    if unknown:
        parser.error(f"no such workload: {', '.join(unknown)}; there are {', '.join(names)}")
    if arguments.peers:
        tools = ["fitscribe", *peers.PEERS]
        missing = sorted({*tools} - {*available(tools)})
        if missing:
            parser.error(f"not installed: {', '.join(missing)}; nox -s bench -- --peers installs them")
    else:
        tools = ["fitscribe"] if arguments.without_mlflow else ["fitscribe", "mlflow"]
    compile_sources()
    results = [
        measure(name, repeats=arguments.repeats, tools=tools, say=say, package=package)
        for name in arguments.workloads or names
    ]
    print((section if arguments.peers else report).table(results))
    file = ROOT / "docs" / "benchmarks.md"
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    try:
        if arguments.peers:
            written = with_peers(before, results, some=bool(arguments.workloads))
        elif arguments.workloads:
            written = report.updated(before, results)
        else:
            written = with_sections_of(before, report.page(results))
    except ValueError as error:
        print(f"\nnot written to docs/benchmarks.md: {error}", file=sys.stderr)
        return 0
    file.write_text(written, encoding="utf-8")
    print("\nwritten to docs/benchmarks.md", file=sys.stderr)
    return 0


def with_peers(before: str, results: Sequence[Measured], *, some: bool) -> str:
    """The page with the figures of other trackers."""
    if some:
        raise ValueError("this table is written as a whole, without WORKLOAD")
    return PEERS.placed(before, section.section(results))


if __name__ == "__main__":
    sys.exit(main())
