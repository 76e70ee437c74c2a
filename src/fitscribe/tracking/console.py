"""The one line on standard error that a run ends with."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping

from fitscribe.tracking.launch import is_child_process

_LINES_PER_SITE = 5
_METRICS_SHOWN = 2

_lines: Counter[str] = Counter()


def say_ended(
    *, hint: str, name: str, status: str, seconds: float, metrics: Mapping[str, float], site: str
) -> None:
    """Print what a run came to, unless this is a child process or the call site has had its lines.

    Args:
        hint: where to look further.
        name: its name.
        status: how it ended.
        seconds: how long it took.
        metrics: its final metrics; the first ones are shown.
        site: ``file:line`` of the training, by which lines collapse.
    """
    if is_child_process():
        return
    _lines[site] += 1
    count = _lines[site]
    if count > _LINES_PER_SITE + 1:
        return
    if count == _LINES_PER_SITE + 1:
        _write(f"further runs from {site} are recorded without a line (fitscribe ls)")
        return
    shown = list(metrics.items())[:_METRICS_SHOWN]
    parts = [f"{name} {status} in {_duration(seconds)}", *(f"{key} {value:.4g}" for key, value in shown)]
    _write(f"{', '.join(parts)} ({hint})")


def _write(text: str) -> None:
    """Write one plain line: a name may hold line breaks, or what the terminal's encoding lacks."""
    stream = sys.stderr
    if stream is None:
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    line = "fitscribe: " + " ".join(text.split()) + "\n"
    stream.write(line.encode(encoding, "backslashreplace").decode(encoding))


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"
