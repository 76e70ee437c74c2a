"""Stores filled by real trainings, and the server on them."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from fitscribe.store import Store
from fitscribe.ui.server import Server

# One script, as people write them: a search, a comparison of estimators, curves, a regression, a failure.
TRAINING = """
import numpy as np
import matplotlib
matplotlib.use("agg")
from matplotlib import pyplot
import fitscribe
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

for C in (0.1, 1.0, 10.0):
    for seed in (0, 1):
        with fitscribe.start_run(f"logistic {C:g}", experiment="cancer", tags={"C": str(C)}) as run:
            model = make_pipeline(StandardScaler(), LogisticRegression(C=C, random_state=seed))
            model.fit(X_train, y_train)
            accuracy_score(y_test, model.predict(X_test))
            model.predict_proba(X_test)

search = GridSearchCV(
    RandomForestClassifier(random_state=0), {"max_depth": [2, 4], "n_estimators": [5, 10]}, cv=3
)
search.fit(X_train, y_train)

network = MLPClassifier((16,), early_stopping=True, max_iter=60, random_state=0)
D, d = load_digits(return_X_y=True)
D_train, D_test, d_train, d_test = train_test_split(D / 16, d, random_state=0)
network.fit(D_train, d_train)
accuracy_score(d_test, network.predict(D_test))

B, b = load_diabetes(return_X_y=True)
ridge = Ridge(alpha=0.5).fit(B[:300], b[:300])
r2_score(b[300:], ridge.predict(B[300:]))

with fitscribe.start_run("by hand", experiment="notes", notes="what was tried") as run:
    for step in range(50):
        fitscribe.log_metric("train/loss", 1 / (step + 1), step=step)
    figure, axes = pyplot.subplots()
    axes.plot([1, 2, 3])
    fitscribe.log_figure(figure, "curve")
    fitscribe.log_table({"x": [1, 2], "y": ["a", "b"]}, "table")
    fitscribe.log_text("hello", "note")
    fitscribe.log_dict({"a": [1, 2]}, "settings")

try:
    LogisticRegression(solver="unheard of").fit(X_train, y_train)
except ValueError:
    pass
"""


class Answer(NamedTuple):
    """What a server has answered."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Asks one server as a program does; `headers` are added to what it sends."""

    def __init__(self, port: int) -> None:
        self.port = port

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Content-Type": "application/json"} if body is not None else {}
        content = body if isinstance(body, bytes | None) else json.dumps(body)
        try:
            connection.request(method, path, content, {**sent, **(headers or {})})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def answer(self, path: str, **parameters: Any) -> Answer:
        pairs = [
            (name, each)
            for name, value in parameters.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        return self.send("GET", f"/api/{path}" + (f"?{urlencode(pairs)}" if pairs else ""))

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.answer(path, **{name.rstrip("_"): value for name, value in parameters.items()})
        assert answer.status == 200, answer.content[:2000]
        return answer.json

    def error(self, path: str, **parameters: Any) -> dict[str, Any]:
        answer = self.answer(path, **parameters)
        assert answer.status >= 400
        found: dict[str, Any] = answer.json["error"]
        return found | {"status": answer.status}


@contextmanager
def serving(store: Store, **options: Any) -> Iterator[tuple[Server, Client]]:
    """Serve a store in this process."""
    server = Server(store, options.pop("host", "127.0.0.1"), 0, **options)
    ready = threading.Event()
    thread = threading.Thread(target=server.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(30)
        yield server, Client(server.port)
    finally:
        server.stop()
        thread.join(30)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of one script; for reading only: `trained_store` is a copy of it."""
    for needed in ("sklearn", "matplotlib"):
        pytest.importorskip(needed)
    folder = tmp_path_factory.mktemp("trained")
    (folder / "train.py").write_text(TRAINING)
    environment = {**os.environ, "FITSCRIBE_STORE": str(folder / "store"), "FITSCRIBE_KEY": "0" * 64}
    subprocess.run(
        [sys.executable, "-m", "fitscribe.cli", "run", "train.py"], check=True, cwd=folder, env=environment
    )
    return folder / "store"


@pytest.fixture
def trained_store(trained: Path, own_store: Path) -> Store:
    """A store of this test alone, filled by real trainings."""
    shutil.copytree(trained, own_store)
    return Store(own_store)


@pytest.fixture
def client(trained_store: Store) -> Iterator[Client]:
    """The server on a store that was filled by real trainings."""
    with serving(trained_store) as (_, client):
        yield client


@pytest.fixture
def empty(own_store: Path) -> Iterator[Client]:
    """The server on the store of a test, which is empty at first."""
    with serving(Store(own_store)) as (_, client):
        yield client


_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


# Of a module: while Playwright is there, an event loop runs in the main thread, and other tests start theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium, without a window; its tests are skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no browser: pip install playwright")
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        pytest.skip("no browser: this machine has no Chromium (apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page of a fresh browser; what goes wrong in it fails the test, save for what `page.allowed` names."""
    # The server of a test outlives the page: what asks a server that has gone fails.
    for name in {"client", "empty"}.intersection(request.fixturenames):
        request.getfixturevalue(name)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.allowed = []
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    yield page
    context.close()
    assert [each for each in wrong if not any(text in each for text in page.allowed)] == []


@pytest.fixture
def table(page: Any, client: Any) -> Any:
    page.goto(f"http://127.0.0.1:{client.port}/")
    page.locator("[data-run]").first.wait_for()
    return page
