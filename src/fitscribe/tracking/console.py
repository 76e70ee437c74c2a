"""The one line on standard error that a run ends with."""

from __future__ import annotations

import multiprocessing
import sys
from collections import Counter
from collections.abc import Mapping

_LINES_PER_SITE = 5
_METRICS_SHOWN = 2

_lines: Counter[str] = Counter()


def say_ended(*, run_id: str, name: str, status: str, seconds: float, metrics: Mapping[str, float], site: str) -> None:
    """Print what a run came to, unless this is a child process or the call site has had its lines.

    Args:
        run_id: the run's id.
        name: its name.
        status: how it ended.
        seconds: how long it took.
        metrics: its final metrics; the first ones are shown.
        site: ``file:line`` of the training, by which lines collapse.
    """
    if multiprocessing.parent_process() is not None:
        return
    _lines[site] += 1
    count = _lines[site]
    if count > _LINES_PER_SITE + 1:
        return
    if count == _LINES_PER_SITE + 1:
        text = f"further runs from {site} are recorded without a line (fitscribe ls)"
    else:
        shown = list(metrics.items())[:_METRICS_SHOWN]
        parts = [f"{name} {status} in {_duration(seconds)}", *(f"{key} {value:.4g}" for key, value in shown)]
        text = f"{', '.join(parts)} (fitscribe show {run_id[:6]})"
    stream = sys.stderr
    if stream is not None:
        stream.write(f"fitscribe: {text}\n")


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"
