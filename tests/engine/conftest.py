"""Tiny frameworks, written for one test each, and observers that note what they saw."""

from __future__ import annotations

import importlib
import itertools
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fitscribe import engine
from fitscribe.engine.compat import FrameworkCompat, KnownBad, PointCompat

_numbers = itertools.count()

CORE = """
from functools import partial

def train(params, rounds=10, callbacks=None, **options):
    '''Train a model.'''
    for callback in callbacks or ():
        callback()
    return {"params": params, "rounds": rounds, "options": options}

def failing(error):
    raise error

def calling(inside, *args):
    return inside(*args)

class Base:
    def fit(self, X, y=None, *, sample_weight=None):
        '''Fit the model.'''
        self.X_ = X
        return self

    def score(self):
        return 1.0

class Mixin:
    def fit_predict(self, X):
        return self.fit(X).X_

class Tree(Mixin, Base):
    pass

class Forest(Base):
    def fit(self, X, y=None, *, sample_weight=None):
        self.trees_ = [Tree().fit(X) for _ in range(3)]
        return self

    @classmethod
    def from_data(cls, X):
        return cls().fit(X)

    @staticmethod
    def check(X):
        return len(X)
"""

COMPAT = FrameworkCompat(
    distributions=("boosty", "boosty-cpu"),
    supported=">=1.2",
    tested=("1.4.2", "1.9.1"),
    known_bad=(KnownBad("==1.5.0", "it forgets its callbacks"),),
    points={
        "train": PointCompat(),
        "cv": PointCompat(">=1.4", (KnownBad(">=1.8,<1.8.2", "it swallows exceptions"),)),
    },
)


class Fake:
    """One framework of this test: its package on disk, its integration, and what the observers saw."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder / name
        self.folder.mkdir()
        self.calls: list[engine.Call] = []
        self.results: list[Any] = []
        self.errors: list[BaseException] = []

    def write(self, **modules: str) -> None:
        """Write modules; `init` is the package itself. ``FW`` in them becomes the package's name."""
        for module, text in modules.items():
            path = self.folder / f"{'__init__' if module == 'init' else module}.py"
            path.write_text(textwrap.dedent(text).replace("FW", self.name))

    def observer(self, call: engine.Call) -> Generator[None, Any, None]:
        """Note the call, its result and its exception."""
        self.calls.append(call)
        try:
            result = yield
        except BaseException as error:
            self.errors.append(error)
            raise
        self.results.append(result)

    def point(self, target: str, observer: Any = None, **declared: Any) -> Any:
        """A patch point in this framework."""
        declared.setdefault("id", "train")
        return engine.observes(f"{self.name}.{target}", **declared)(observer or self.observer)

    def switch_on(self, *points: Any, **how: Any) -> None:
        """Register an integration of these points and activate it."""
        engine.register(self.name, engine.Integration(self.name, points))
        engine.activate([self.name], **how)

    def load(self, module: str = "") -> ModuleType:
        """Import the package, or one of its modules."""
        return importlib.import_module(f"{self.name}.{module}" if module else self.name)

    def status(self, point: str = "train") -> engine.PointStatus:
        """What is said of one point."""
        return next(each for each in engine.coverage() if each.id == f"{self.name}.{point}")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """A framework with functions, an alias of one, and a family of classes."""
    packages = tmp_path / "packages"
    packages.mkdir()
    framework = Fake(f"fakeframework{next(_numbers)}", packages)
    framework.write(init="from FW.core import train, Base, Tree, Forest\n", core=CORE)
    monkeypatch.syspath_prepend(str(packages))
    yield framework
    engine.unregister(framework.name)
    engine.deactivate()
    for name in [name for name in sys.modules if name.partition(".")[0] == framework.name]:
        del sys.modules[name]


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., str]:
    """Run a script in a process of its own, the test's framework within reach; its output is returned."""

    def run(script: str, **environment: str) -> str:
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(script))
        env = {**os.environ, "PYTHONPATH": str(tmp_path / "packages"), **environment}
        done = subprocess.run(
            [sys.executable, str(path)], capture_output=True, text=True, env=env, cwd=tmp_path, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def core(fake: Any) -> Any:
    fake.switch_on(
        fake.point("core:Base", id="fit", methods=["fit"]), fake.point("core:calling", id="calling")
    )
    return fake.load("core")
