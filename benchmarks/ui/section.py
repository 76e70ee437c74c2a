"""The figures of the browser view: a section of docs/benchmarks.md that other measurements leave as it is."""

from __future__ import annotations

import datetime
import re

BEGIN, END = "<!-- browser view -->", "<!-- end of browser view -->"
_SECTION = re.compile(f"\n*{re.escape(BEGIN)}.*?{re.escape(END)}\n*", re.DOTALL)


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
    return f"""{BEGIN}
## The browser view

Written by `python -m benchmarks.ui` ({today}, {rounds} rounds, load {load:.1f}, Chromium {chromium}).

* Machine: {machine}

The server and a headless browser share the machine. A figure is the median over the rounds, in milliseconds
from what a person does to what is on the screen, with the smallest and the largest beside it.

{table}
{END}"""


def placed(page: str, found: str) -> str:
    """The page with a section in the place of the one that it has, or at its end.

    Args:
        page: docs/benchmarks.md.
        found: the section; empty for none.
    """
    rest = _SECTION.sub("\n", page).rstrip("\n")
    return f"{rest}\n\n{found}\n" if found else f"{rest}\n"


def kept(page: str) -> str:
    """The section that a page has; empty where it has none."""
    found = _SECTION.search(page)
    return "" if found is None else found[0].strip("\n")
