"""The figures of other trackers: a section of docs/benchmarks.md, with what was written by hand for each."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from benchmarks.model import Measured, Row, median
from benchmarks.peers import LACKS, PEERS
from benchmarks.report import circumstances, compared, machine, number
from benchmarks.section import PEERS as SECTION

TOOLS = {"bare": "bare", "fitscribe": "fitscribe", **PEERS}
TOOK_PART = ("fitscribe", *PEERS, "scikit-learn", "xgboost-cpu", "lightgbm", "torch", "keras")


def section(results: Sequence[Measured]) -> str:
    """The section.

    Args:
        results: of all workloads.
    """
    lacking = "\n".join(f"* {PEERS[tool]}: {what}." for tool, what in LACKS.items())
    notes = "\n".join(line for measured in results for line in written(measured))
    return SECTION.marked(f"""## Other trackers

Written by `nox -s bench -- --peers`, which installs them (`python -m benchmarks --peers` where they are
installed). fitscribe records by its one line; for each of the others a script was written as its own
documentation shows it, with its callback where it has one for the framework. Everything is offline. What they
do unasked is left on: W&B and Trackio sample the machine, W&B keeps what the script prints.

* Machine: {machine()}
* Versions: {versions()}

Bare, fitscribe and the others take turns within a round, and with bare code within a process. A figure is the
median over the rounds; in brackets is the median of its comparisons with bare of the same round. CPU is that
of all threads and processes, those that a tracker keeps running in the background included.

{table(results)}

What fitscribe records of every training, and these scripts do not:

{lacking}

What was written by hand, and what of fitscribe's record it lacks besides:

{notes}""")


def versions() -> str:
    """The versions of what took part."""
    parts = []
    for name in TOOK_PART:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"{name} not installed")
    return ", ".join(parts)


def table(results: Sequence[Measured]) -> str:
    """All results as one Markdown table."""
    heads = [f"| what | {' | '.join(TOOLS.values())} |", f"|---|{'--:|' * len(TOOLS)}"]
    return "\n".join([*heads, *(line for measured in results for line in block(measured))])


def block(measured: Measured) -> list[str]:
    """The lines of one workload."""
    cells = [[row.title, *(cell(measured, row, tool) for tool in TOOLS)] for row in measured.workload.rows]
    title = f"| **{measured.workload.title}**{circumstances(measured)} |{' |' * len(TOOLS)}"
    return [title, *(f"| {' | '.join(each)} |" for each in cells)]


def cell(measured: Measured, row: Row, tool: str) -> str:
    """A tool's figure, with what it is compared to bare where it is not that already."""
    text = number(median(measured.values(row, tool)), row.unit)
    if tool == "bare" or row.compare == "value" or text == "-":
        return text
    return f"{text} ({compared(row, measured.compared(row, tool), spread=False)})"


def written(measured: Measured) -> list[str]:
    """A line for each tracker that took part."""
    return [f"* {measured.workload.title}"] + [
        f"  * {PEERS[tool]}: {note}."
        for tool, note in measured.workload.notes.items()
        if measured.samples.get(tool)
    ]
