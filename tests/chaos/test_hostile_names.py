"""Names that nobody could read, or send in an address: they are shown cut, and their values can be read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.reading import command
from tests.ui.conftest import Client, serving

from fitscribe import start_run
from fitscribe.reading import search_runs
from fitscribe.store import Store

LONGEST = 900_000


@pytest.fixture
def name(own_store: Path) -> str:
    """A metric and a parameter of two runs."""
    name = "begin" + "x" * LONGEST + "end"
    for number in range(2):
        with start_run("long") as run:
            run.log_metric("loss", 1.0)
            run.log_param(name, number)
            for step in range(5):
                run.log_metric(name, float(step * number))
    return name


@pytest.fixture
def client(own_store: Path) -> Iterator[Client]:
    pytest.importorskip("starlette")
    with serving(Store(own_store)) as (_, client):
        yield client


def test_a_long_name_is_cut_unless_in_full(name: str) -> None:
    ids = [run.id for run in search_runs()]
    for line in (["ls"], ["show", ids[0]], ["compare", *ids], ["export", "--format", "latex"]):
        code, shown, _ = command(*line)
        assert code == 0 and len(shown) < 10_000, line
    assert "beginxx" in command("ls")[1] and "xxend" in command("show", ids[0])[1]
    assert name in command("show", ids[0], "--full")[1] and name in command("ls", "--json")[1]


def test_the_series_of_a_long_name_is_answered(name: str, client: Client) -> None:
    pytest.importorskip("numpy")
    newest, _ = (run.id for run in search_runs())
    asked: dict[str, Any] = {"run": newest, "name": name}
    for answer in (client.answer("series", **asked), client.send("POST", "/api/series", asked)):
        assert answer.json["series"][0]["values"] == [0.0, 1.0, 2.0, 3.0, 4.0]
    asked["name"] = name * 2
    assert client.send("POST", "/api/series", asked).json["error"]["kind"] == "too_large"


def test_a_long_name_is_no_column_and_does_no_harm_to_those_that_are(name: str, client: Client) -> None:
    found = client.get("columns")
    fields = [*found["suggested"], *(each["field"] for each in found["columns"])]
    assert "metrics.loss" in fields and max(map(len, fields)) < 1000
    assert len(client.send("GET", "/api/complete?text=metrics.&cursor=8").content) < 10_000
    for parameters in ({"sort": f"metrics.{name}"}, {"filter": f"metrics.{name} > 1"}):
        for answer in (client.answer("runs", **parameters), client.send("POST", "/api/runs", parameters)):
            assert answer.json["error"]["message"] == "the filter is longer than 10,000 characters"


def test_a_name_of_very_many_words_is_ranked(own_store: Path) -> None:
    """In a process of its own, which is ended where it takes for ever."""
    with start_run("words") as run:
        run.log_metric("a_" * (LONGEST // 2), 1.0)
    code = "from fitscribe.cli import main\nassert main(['ls']) == 0"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True)
