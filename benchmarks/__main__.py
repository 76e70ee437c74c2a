"""`python -m benchmarks [WORKLOAD ...]`: measure, print the table, write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import sys

from benchmarks.report import page, table, updated
from benchmarks.runner import ROOT, compile_sources, measure, workload_names
from benchmarks.ui.section import kept, placed


def say(line: str) -> None:
    """Progress, kept apart from the table."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what fitscribe costs.")
    parser.add_argument(
        "workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(workload_names())}; default: all"
    )
    parser.add_argument(
        "--repeats", type=int, help="rounds per workload; default: each workload's own number"
    )
    parser.add_argument(
        "--without-mlflow", action="store_true", help="leave MLflow out although it is installed"
    )
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.workloads) - set(workload_names()))
    if unknown:
        parser.error(f"no such workload: {', '.join(unknown)}; there are {', '.join(workload_names())}")
    tools = ["fitscribe"] if arguments.without_mlflow else ["fitscribe", "mlflow"]
    compile_sources()
    results = [
        measure(name, repeats=arguments.repeats, tools=tools, say=say)
        for name in arguments.workloads or workload_names()
    ]
    print(table(results))
    file = ROOT / "docs" / "benchmarks.md"
    try:
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        written = updated(before, results) if arguments.workloads else placed(page(results), kept(before))
    except ValueError as error:
        print(f"\nnot written to docs/benchmarks.md: {error}", file=sys.stderr)
        return 0
    file.write_text(written, encoding="utf-8")
    print("\nwritten to docs/benchmarks.md", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
