"""The figures of the browser view: a section of docs/benchmarks.md that other measurements leave as it is."""

from __future__ import annotations

import datetime

from benchmarks.section import BROWSER

kept, placed = BROWSER.kept, BROWSER.placed


def section(table: str, *, rounds: int, load: float, chromium: str, machine: str) -> str:
    """Return the section.

    Args:
        table: the figures, as Markdown.
        rounds: how often each was measured.
        load: the load average of the machine as it began.
        chromium: the version of the browser.
        machine: what it was measured on.
    """
    today = f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}"
    return BROWSER.marked(f"""## The browser view

Written by `python -m benchmarks.ui` ({today}, {rounds} rounds, load {load:.1f}, Chromium {chromium}).

* Machine: {machine}

The server and a headless browser share the machine. A figure is the median over the rounds, in milliseconds
from what a person does to what is on the screen, with the smallest and the largest beside it.

{table}""")
