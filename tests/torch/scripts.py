"""The scripts of examples/, run in processes of their own, with fitscribe and without."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import fitscribe

EXAMPLES = Path(__file__).parents[2] / "examples"
LINE = "import fitscribe\n\nfitscribe.autolog()  # the one line\n"
# Prints, as a script ends, what torch.compile has counted.
COUNTING = """
import atexit, json, sys

def show():
    utils = sys.modules.get("torch._dynamo.utils")
    if utils is not None:
        print(json.dumps({name: utils.counters[name] for name in ("frames", "stats", "graph_break")}))

atexit.register(show)
"""


class Done(NamedTuple):
    """A script that was run twice.

    Attributes:
        printed: what it printed.
        bare: the same without the line.
        folder: where it ran, with its store.
    """

    printed: str
    bare: str
    folder: Path

    def numbers(self, pattern: str) -> list[tuple[float, ...]]:
        """The numbers in each printed line that a pattern describes, with ``#`` for a number."""
        found = re.findall(pattern.replace("#", r" *(\S+)"), self.printed)
        return [tuple(map(float, each if isinstance(each, tuple) else (each,))) for each in found]

    @property
    def runs(self) -> list[Any]:
        """The runs, oldest first."""
        return sorted(
            fitscribe.search_runs(store=str(self.folder / "store")), key=lambda run: run.started or 0.0
        )

    @property
    def run(self) -> Any:
        (run,) = self.runs
        return run


Examples = Callable[..., Done]


def runner(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    """What runs an example with and without fitscribe, each in a process of its own, once for all tests."""

    @functools.cache
    def run(name: str, *arguments: str) -> Done:
        text = (EXAMPLES / name).read_text()
        assert text.count("fitscribe.") == 1 and LINE in text
        if "sklearn" in text:
            pytest.importorskip("sklearn")
        folder = tmp_path_factory.mktemp(Path(name).stem)
        bare = folder / "bare"
        bare.mkdir()
        (folder / name).write_text(text)
        (bare / name).write_text(text.replace(LINE, ""))
        return Done(execute(folder, name, *arguments), execute(bare, name, *arguments), folder)

    return run


def execute(folder: Path, *command: str) -> str:
    (folder / "sitecustomize.py").write_text(COUNTING)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FITSCRIBE_")},
        "FITSCRIBE_STORE": str(folder / "store"),
        "FITSCRIBE_CACHE": str(folder / "cache"),
        "FITSCRIBE_KEY": "0" * 64,
        "FITSCRIBE_RERAISE": "1",
        "PYTHONPATH": str(folder),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
    assert not done.returncode and "Traceback" not in done.stderr, done.stderr
    return done.stdout


def near(values: Any) -> Any:
    return pytest.approx(list(values), rel=1e-6, abs=6e-7)


def values(run: Any, name: str) -> list[float]:
    return list(run.series(name).values)


def at_step(run: Any, name: str, step: float) -> float:
    """The value of a series that has a point where it changes."""
    series = run.series(name)
    return max((s, value) for s, value in zip(series.steps, series.values, strict=True) if s <= step)[1]


def record(run: Any, name: str) -> dict[str, Any]:
    (found,) = [each["data"] for each in run.artifacts if each["name"] == name]
    return dict(found)
