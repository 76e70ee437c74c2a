"""The first lines: what was trained, how it ended, and what belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitscribe.cli.screen import Screen, joined, status
from fitscribe.cli.text import ago, clock, duration, shortened, value, visible
from fitscribe.reading.progress import progress

if TYPE_CHECKING:
    from fitscribe.reading import Run


def print_headline(screen: Screen, run: Run) -> None:
    """Print name, id, status, times, how far it came, where it belongs, tags, notes and its error."""
    head = joined((visible(run.name or run.id), "bold"), "  ", (run.id, "dim"), "  ")
    screen.line(head.append_text(status(run.status)))
    screen.line(joined((" · ".join(part for part in _facts(run) if part), "dim")))
    came = progress(run.snapshot())
    if came:
        screen.line(joined((came, "dim")))
    if run.parent is not None:
        screen.line(joined(("in ", "dim"), f"{run.parent.name}  ", (run.parent.id, "dim")))
    if run.tags:
        tags = " ".join(f"{name}={value(entry)}" for name, entry in run.tags.items())
        screen.line(joined(("tags ", "dim"), shortened(tags, screen.width - 5) if screen.width else tags))
    for line in (run.notes or "").splitlines():
        screen.line(joined(("  │ ", "dim"), line))
    _print_error(screen, run)


def _facts(run: Run) -> list[str]:
    since = ago(run.started)
    exact = clock(run.started)
    started = exact if exact.startswith(since) else f"{exact}, {since}"
    framework = f"{run.framework or ''} {run.framework_version or ''}".strip()
    return [visible(run.experiment or ""), started, duration(run.duration), framework]


def _print_error(screen: Screen, run: Run) -> None:
    error = run.error
    if not error:
        return
    screen.heading("Error")
    text = str(error.get("traceback") or f"{error.get('type', '')}: {error.get('message', '')}")
    *before, last = text.rstrip().splitlines() or [""]
    screen.lines(joined(("  " + line, "dim")) for line in before)
    screen.line(joined("  ", (last, "red")))
