"""What fitscribe did not see, what went wrong inside of it, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.text import duration, plural, shortened, visible

if TYPE_CHECKING:
    from fitscribe.reading import Run

APPLIED = "applied"


def print_coverage(screen: Screen, run: Run, *, full: bool) -> None:
    """Print what is missing from the run, or that nothing is; then the cost."""
    remarks = [*_missing(run), *_damage(run)]
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


def point_line(point: Mapping[str, Any]) -> str:
    """One patch point and what became of it."""
    reason = f": {point['reason']}" if point.get("reason") else ""
    return f"{point.get('id', '')} {point.get('state', '')}{reason}"


def _missing(run: Run) -> list[str]:
    found = [f"{each.get('what', '')}: {each.get('why', '')}" for each in run.unseen]
    found += [point_line(point) for point in run.coverage or () if _is_remarkable(point)]
    found += [f"{each.get('where', '')} failed: {each.get('error', '')}" for each in run.problems]
    for each in run.lost:
        found.append(f"{plural(int(each.get('points') or 0), 'point')} lost: {each.get('why', '')}")
    return found


def _is_remarkable(point: Mapping[str, Any]) -> bool:
    """Whether a point did less than it should; one whose module the script never imported missed nothing."""
    state = point.get("state")
    return state not in (APPLIED, "waiting", "off") or (state == APPLIED and bool(point.get("reason")))


def _damage(run: Run) -> list[str]:
    damage: Sequence[str] = run.damage
    return [f"the run's files: {each}" for each in damage]


def _cost(run: Run) -> str:
    spent = (run.cost or {}).get("cpu_s")
    if spent is None:
        return ""
    whole = run.duration
    share = f", {spent / whole:.1%} of the run" if whole and spent < whole else ""
    return f"fitscribe itself took {duration(spent)} of CPU{share}."
