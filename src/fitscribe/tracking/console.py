"""The one line on standard error that a run ends with."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping

from fitscribe.reading.series_names import is_background, means_of, split
from fitscribe.store.visible import visible
from fitscribe.tracking.launch import is_child_process
from fitscribe.tracking.retention import USERS_DATA, place

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
        metrics: its final metrics; those that say most of it are shown.
        site: ``file:line`` of the training, by which lines collapse.
    """
    if is_child_process():
        return
    _lines[site] += 1
    count = _lines[site]
    if count > _LINES_PER_SITE + 1:
        return
    if count == _LINES_PER_SITE + 1:
        say(f"further runs from {site} are recorded without a line (fitscribe ls)")
        return
    shown = (f"{key} {metrics[key]:.4g}" for key in _leading(metrics)[:_METRICS_SHOWN])
    parts = [f"{name} {status} in {_duration(seconds)}", *shown]
    say(f"{', '.join(parts)} ({hint})")


def _leading(metrics: Mapping[str, float]) -> list[str]:
    """The metrics that say how good a training is, in their order; of a series the mean of the last epoch."""
    steps = {base for name in metrics if (base := means_of(name, metrics)) is not None}
    has_folds = any(split(name)[0] == "cv" for name in metrics)

    def key(name: str) -> tuple[bool, bool, int, int]:
        role, metric = split(name)
        data, position = place(f"{role}/{metric}" if role else metric)
        # What is of no data, such as the time of a fold, comes last. A search is about its folds: eval sets
        # are those of its refit.
        return not role, has_folds and data == USERS_DATA, data, position

    return sorted((name for name in metrics if name not in steps and not is_background(name)), key=key)


def say(text: str) -> None:
    """Write one plain line: a name may hold line breaks, or what the terminal's encoding lacks."""
    stream = sys.stderr
    if stream is None:
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    line = f"fitscribe: {visible(' '.join(text.split()))}\n"
    stream.write(line.encode(encoding, "backslashreplace").decode(encoding))


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"
