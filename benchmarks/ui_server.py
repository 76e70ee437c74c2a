"""How long the server of the browser view takes, on a store made here: `python -m benchmarks.ui_server`."""

from __future__ import annotations

import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RUNS = 10_000
POINTS = 1_000_000
_REPEATS = 7


def main() -> None:
    """Fill a store, and time what the page asks for."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FITSCRIBE_CACHE"] = str(Path(folder, "cache"))
        from fitscribe.store import Store

        store = Store(Path(folder, "store"))
        print(f"filling a store: {_timed(lambda: _fill(store)):.1f} s")
        _measure(store)


def _fill(store: Any) -> None:
    from fitscribe.store import RunWriter

    chance = random.Random(0)
    for number in range(RUNS):
        writer = RunWriter(store.run_folder(f"r{number:06}"))
        writer.event(
            "run", id=f"r{number:06}", name=f"model {number % 7}", experiment="many", role="training"
        )
        params = {f"p{each}": chance.choice([0.1, 1, 10, "relu", None]) for each in range(20)}
        writer.event("params", values=params, changed=[])
        for metric in ("train/loss", "valid/loss", "test/accuracy"):
            for step in range(3):
                writer.point(metric, chance.random(), step)
        writer.event("end", status="finished", error=None)
        writer.close()
    long = RunWriter(store.run_folder("long"))
    long.event("run", id="long", name="long", role="training")
    long.curves({"loss": (0, [math.sin(step / 1e4) + chance.random() for step in range(POINTS)])})
    long.event("end", status="finished", error=None)
    long.close()
    for number in range(10):
        writer = RunWriter(store.run_folder(f"mid{number}"))
        writer.event("run", id=f"mid{number}", name=f"mid {number}", role="training")
        writer.curves({"loss": (0, [chance.random() for _ in range(POINTS // 10)])})
        writer.event("end", status="finished", error=None)
        writer.close()


def _measure(store: Any) -> None:
    import json
    import urllib.parse

    from fitscribe.ui.asked import Asked
    from fitscribe.ui.catalog import Catalog
    from fitscribe.ui.curves import Curves
    from fitscribe.ui.groups import groups
    from fitscribe.ui.table import table, values

    catalog = Catalog(store)
    curves = Curves(catalog)

    def asked(text: str) -> Asked:
        return Asked(urllib.parse.parse_qsl(text, keep_blank_values=True))

    columns = "column=metrics.test/accuracy&column=metrics.valid/loss.min&column=params.p0&column=params.p1"
    print(f"index of {RUNS:,} runs, made anew: {_timed(catalog.token):.2f} s")
    time.sleep(0.3)
    catalog.ask(lambda connection: None, age=0.0)
    print(f"{'':44} {'first':>8} {'then':>8} {'answer':>10}")
    for what, answer in (
        ("table, newest first", lambda: table(catalog, asked(columns))),
        (
            "filter",
            lambda: table(catalog, asked(f"{columns}&filter=params.p0 > 0.5 and metrics.valid/loss < 0.4")),
        ),
        ("sort by a metric", lambda: table(catalog, asked(f"{columns}&sort=metrics.test/accuracy desc"))),
        (
            "filter and sort",
            lambda: table(
                catalog,
                asked(
                    f"{columns}&filter=metrics.train/loss.best < 0.3&sort=params.p1, metrics.valid/loss.min"
                ),
            ),
        ),
        ("next window", lambda: table(catalog, asked(f"{columns}&offset=5000"))),
        ("group by two columns", lambda: groups(catalog, asked(f"{columns}&by=params.p0&by=name"))),
        ("columns of all runs", lambda: values(catalog, asked(columns))),
        (f"series of {POINTS:,} points", lambda: curves.answer(asked("run=long&name=loss&px=1200"))),
        ("zoom to raw points", lambda: curves.answer(asked("run=long&name=loss&from=500000&to=502000"))),
        (
            "ten series of 100,000 points",
            lambda: curves.answer(
                asked("&".join(f"run=mid{each}" for each in range(10)) + "&name=loss&px=1200")
            ),
        ),
    ):
        _report(what, answer, json.dumps)


def _report(what: str, answer: Callable[[], Any], encode: Callable[[Any], str]) -> None:
    size = 0

    def whole() -> None:
        nonlocal size
        size = len(encode(answer()))

    first = _timed(whole)
    then = statistics.median(_timed(whole) for _ in range(_REPEATS))
    print(f"{what:44} {first * 1000:5.0f} ms {then * 1000:5.0f} ms {size / 1000:7.0f} kB")


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
