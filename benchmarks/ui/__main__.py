"""`python -m benchmarks.ui`: stores, opened in headless Chromium; the figures go to docs/benchmarks.md.

It needs `playwright` (the package alone) and the system's Chromium: `apt-get install chromium`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.report import machine
from benchmarks.runner import ROOT
from benchmarks.ui import measures
from benchmarks.ui.section import placed, section

# Milliseconds, and kilobytes for weights: what the figures are to stay below.
REACH = {
    "table of 10,000 runs usable": 1000,
    "filtered, Enter to rows": 150,
    "filter taken back": 150,
    "sorted by a metric": 150,
    "a million points, click to curve": 500,
    "a million points, opened anew to curve": 500,
    "zoom, button up to other points": 200,
    "zoom to raw points": 200,
    "ten runs of 100,000 points, opened anew to curves": 1000,
    "point of a running training, median of ten": 1000,
    "the slowest of the ten": 1000,
    "page weight over the wire": 300,
}

MAKE = """
import json, sys
from benchmarks.ui import stores
with open(sys.argv[1], "w") as file:
    json.dump(stores.WHAT(), file)
"""
SERVE = """
import sys
from pathlib import Path
from fitscribe.store import Store
from fitscribe.ui.server import Server
server = Server(Store(Path(sys.argv[1])), "127.0.0.1", 0)
server.run(lambda: print(server.address, flush=True))
"""


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def made(folder: Path, what: str) -> tuple[Path, Any]:
    """A store, made once by a process of its own, and what its maker says of it."""
    store, said = folder / what, folder / f"{what}.json"
    if not said.exists():
        say(f"making the store: {what}")
        shutil.rmtree(store, ignore_errors=True)
        code = MAKE.replace("WHAT", what)
        environment = {**os.environ, "FITSCRIBE_STORE": str(store), "FITSCRIBE_QUIET": "1"}
        subprocess.run([sys.executable, "-c", code, str(said)], check=True, env=environment)
    return store, json.loads(said.read_text())


@contextmanager
def served(store: Path) -> Iterator[str]:
    """The address of a server on a store, in a process of its own."""
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(store)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)


def measure(browser: Any, folder: Path) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(measures.FIRSTS)
    page = context.new_page()
    found: dict[str, float] = {}
    store, _ = made(folder, "many_runs")
    with served(store) as url:
        measures.opened(page, url, "rows")  # the index is built once, by the first reader
        found |= measures.table(page, url)
        found |= measures.weight(browser, url)
    for name, look in (("long_run", measures.long_curve), ("several_runs", measures.several_curves)):
        store, said = made(folder, name)
        with served(store) as url:
            found |= look(page, url, said)
    with served(folder / "live") as url:
        found |= measures.live(page, url, folder / "live")
    context.close()
    return found


def line(what: str, values: list[float]) -> str:
    """A line of the table."""
    middle, limit = statistics.median(values), REACH.get(what)
    unit = " kB" if "weight" in what else "" if what == "files" else " ms"
    reach = ("", "") if limit is None else (f"{limit}{unit}", "yes" if middle <= limit else "**no**")
    spread = f"{values[0]:,.0f} to {values[-1]:,.0f}"
    return f"| {what} | {middle:,.0f}{unit} | {spread} | {reach[0]} | {reach[1]} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ui", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="rounds; a figure is the median of them")
    parser.add_argument("--folder", type=Path, help="where the stores are kept between calls")
    arguments = parser.parse_args()
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        parser.error("there is no Chromium on this machine: apt-get install chromium")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = (arguments.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        browser = playwright.chromium.launch(executable_path=chromium)
        rounds = []
        for number in range(arguments.repeats):
            say(f"round {number + 1} of {arguments.repeats}")
            rounds.append(measure(browser, folder))
        version = browser.version
        browser.close()
    lines = [line(what, sorted(each[what] for each in rounds)) for what in rounds[0]]
    table = "\n".join(["| what | median | all rounds | reach | reached |", "|---|--:|--:|--:|---|", *lines])
    print(table)
    found = section(table, rounds=len(rounds), load=load, chromium=version, machine=machine())
    file = ROOT / "docs" / "benchmarks.md"
    file.write_text(placed(file.read_text(encoding="utf-8"), found), encoding="utf-8")
    say("written to docs/benchmarks.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
