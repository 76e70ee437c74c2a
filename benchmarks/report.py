"""The table: printed, and written to docs/benchmarks.md."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.model import Measured, Row, median

HEADER = (
    "| what | bare | fitscribe | MLflow | fitscribe to bare (all rounds) | reach | reached | MLflow to bare |"
)
RULE = "|---|--:|--:|--:|--:|--:|---|--:|"
MACHINE, VERSIONS = "Machine: ", "Versions: "


def number(value: float | None, unit: str = "", *, sign: bool = False) -> str:
    """A figure with three significant digits, or a dash."""
    if value is None:
        return "-"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:{'+' if sign else ''},.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = "0"
    return f"{text} {unit}".rstrip()


def compared(row: Row, values: Sequence[float], *, spread: bool) -> str:
    """The median of the comparisons, with the range over the rounds."""
    middle = median(values)
    if middle is None:
        return "-"

    def show(value: float) -> str:
        return (
            f"{number(value)} x"
            if row.compare == "ratio"
            else number(value, row.unit, sign=row.compare == "difference")
        )

    if not spread or row.compare == "value":
        return show(middle)
    return f"{show(middle)} ({number(min(values))} to {number(max(values))})"


def block(measured: Measured, others: Sequence[str] = ()) -> list[str]:
    """The lines of one workload: what it is and when it was measured, and its rows.

    Args:
        measured: the workload.
        others: what it was measured with, where that is not what the page has at its top.
    """
    lines = [f"{title_of(measured)}{circumstances(measured, others)} | | | | | | | |"]
    for row in measured.workload.rows:
        held = measured.compared(row, "fitscribe")
        middle = median(held)
        reached = "" if row.limit is None or middle is None else "yes" if middle <= row.limit else "**no**"
        limit = (
            ""
            if row.limit is None
            else f"{row.limit:g} x"
            if row.compare == "ratio"
            else number(row.limit, row.unit)
        )
        cells = [
            number(median(measured.values(row, tool)), row.unit) for tool in ("bare", "fitscribe", "mlflow")
        ]
        cells += [compared(row, held, spread=True), limit, reached]
        cells += [compared(row, measured.compared(row, "mlflow"), spread=False)]
        lines.append(f"| {row.title} | {' | '.join(cells)} |")
    return lines


def title_of(measured: Measured) -> str:
    """How the lines of a workload begin."""
    return f"| **{measured.workload.title}**"


def circumstances(measured: Measured, others: Sequence[str] = ()) -> str:
    """When a workload was measured, how often, what else the machine was doing, and what is different."""
    today = f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}"
    return f" ({', '.join([today, f'{measured.rounds} rounds', f'load {measured.load:.1f}', *others])})"


def table(results: Sequence[Measured]) -> str:
    """All results as one Markdown table."""
    return "\n".join([HEADER, RULE, *(line for measured in results for line in block(measured))])


def machine() -> str:
    """Processor, cores, memory, system and Python: never the name of the host."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip()
            for line in cpuinfo.read_text().splitlines()
            if line.startswith("model name")
        ]
        processor = names[0] if names else processor
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.machine()}"
    return f"{processor}, {os.cpu_count()} cores, {memory:.0f} GiB, {system}, {python}"


def versions() -> str:
    """The versions of what took part."""
    parts = []
    for name in ("fitscribe", "wrapt", "numpy", "scipy", "scikit-learn", "mlflow"):
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"{name} not installed")
    return ", ".join(parts)


def page(results: Sequence[Measured]) -> str:
    """docs/benchmarks.md."""
    return f"""# Benchmarks

Written by `nox -s bench` (`python -m benchmarks`). Figures are compared within one invocation, never across
two: `python -m benchmarks WORKLOAD` measures that workload anew, and its rows take the place of those before.
Each workload says when it was measured, in how many rounds, how busy the machine was with other things as it
began (the load average: 0 is idle), and what it was measured with, where that is not what stands here:

* {MACHINE}{machine()}
* {VERSIONS}{versions()}

Each workload runs in a process of its own, in an empty folder and with one thread for BLAS and OpenMP. Bare,
fitscribe and MLflow take turns within a round. A figure is the median over the rounds; the comparison is the
median of the comparisons within each round, with the smallest and the largest beside it. CPU is that of the
whole process tree (the process and all children it waited for); where a row says "until the process has
ended", exit handlers and background threads are in it. The byte code of all packages is there, as after an
installation. The workloads are short and ordinary: read them in `benchmarks/workloads`.

{table(results)}
"""


def updated(before: str, results: Sequence[Measured]) -> str:
    """The page with the rows of some workloads in the place of those before.

    Args:
        before: the page.
        results: of workloads that it has.

    Raises:
        ValueError: it does not have the workload.
    """
    told = ((MACHINE, machine()), (VERSIONS, versions()))
    others = [now for what, now in told if f"* {what}{now}\n" not in before]
    lines = before.splitlines()
    for measured in results:
        first = next((n for n, line in enumerate(lines) if line.startswith(title_of(measured))), None)
        if first is None:
            raise ValueError(f"the page has no rows of {measured.name}")
        end = first + 1
        while end < len(lines) and lines[end].startswith("| ") and not lines[end].startswith("| **"):
            end += 1
        lines[first:end] = block(measured, others)
    return "\n".join(lines) + "\n"
