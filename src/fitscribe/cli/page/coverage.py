"""What fitscribe did not see, what went wrong inside of it, and what it cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.text import duration, plural, shortened, visible
from fitscribe.reading.missing import damaged, not_seen, point_line
from fitscribe.reading.stored_numbers import real

if TYPE_CHECKING:
    from fitscribe.reading import Run


def print_coverage(screen: Screen, run: Run, *, full: bool) -> None:
    """Print what is missing from the run, or that nothing is; then the cost."""
    seen = run.snapshot()
    remarks = [*not_seen(seen), *damaged(seen)]
    points = list(run.coverage or ())
    if remarks:
        screen.heading("Not seen")
        for remark in remarks:
            text = visible(remark)
            short = shortened(text, screen.width - 2) if screen.width and not full else text
            screen.line(joined("  ", (short, "yellow")))
    elif points:
        screen.line()
        screen.line(
            joined((f"Nothing is known to be missing: {plural(len(points), 'patch point')} in use.", "dim"))
        )
    if full and points:
        screen.heading("Patch points")
        screen.lines(joined(f"  {point_line(point)}") for point in points)
    cost = _cost(run)
    if cost:
        if remarks:
            screen.line()
        screen.line(joined((cost, "dim")))


def _cost(run: Run) -> str:
    spent = real((run.cost or {}).get("cpu_s"))
    if spent is None or not math.isfinite(spent):
        return ""
    whole = run.duration
    share = f", {spent / whole:.1%} of the run" if whole and spent < whole else ""
    return f"fitscribe itself took {duration(spent)} of CPU{share}."
