"""Numbers of a store that have no float, or of which Python would make something without end."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.conftest import rounds
from tests.chaos.damaging import NUMBERS
from tests.chaos.everything import everything, write_everything, write_launch
from tests.chaos.everything import launch as launch_files
from tests.chaos.reading import by_browser, by_commands, by_python, command
from tests.ui.conftest import Client, serving

from fitscribe.reading.stored_numbers import real, whole
from fitscribe.reading.text import size
from fitscribe.store import Store

HUGE = 10**400
BOMB = {"$decimal": "1e999999999"}

Place = tuple[Any, ...]


@pytest.fixture(autouse=True)
def as_users_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file says wrongly is no defect that is to surface."""
    monkeypatch.delenv("FITSCRIBE_RERAISE")


@pytest.fixture
def server(own_store: Path) -> Iterator[Client]:
    pytest.importorskip("starlette")
    with serving(Store(own_store)) as (_, client):
        yield client


@pytest.mark.parametrize(
    ("value", "counted", "measured"),
    [
        (3, 3, 3.0),
        (3.0, 3, 3.0),
        (2.5, None, 2.5),
        (-1, -1, -1.0),
        (1 << 80, None, float(1 << 80)),
        (HUGE, None, None),
        (1e300, None, 1e300),
        (True, None, None),
        ("3", None, None),
        (None, None, None),
        (Decimal("1e999999999"), None, None),
        ([3], None, None),
    ],
)
def test_a_number_is_taken_within_bounds(value: Any, counted: int | None, measured: float | None) -> None:
    assert (whole(value), real(value)) == (counted, measured)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_no_count(value: float) -> None:
    assert whole(value) is None and repr(real(value)) == repr(value)


def test_the_numbers_of_numpy_are_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    assert (whole(numpy.int64(3)), real(numpy.float32(0.5))) == (3, 0.5)
    assert whole(numpy.datetime64("2020")) is None and real(numpy.str_("3")) is None


def test_a_size_that_is_no_number_is_not_shown() -> None:
    assert (size(HUGE), size(Decimal(1)), size("x"), size(2000)) == ("", "", "", "2.0 kB")


def test_powers_of_ten_without_end_are_not_computed(own_store: Path) -> None:
    """In a process of its own, which is ended where one is."""
    store = Store(own_store)
    for number, (event, place) in enumerate(_leaves()):
        if event < len(everything()) and type(_at(everything()[event], place)) in (int, float):
            write_everything(store, _changed(event, place, BOMB))
            store.run_folder("run").rename(store.run_folder(f"run{number}"))
    code = (
        "from fitscribe.cli import main\n"
        "from fitscribe.store import Store\n"
        "for run_id in Store.locate().run_ids():\n"
        "    assert main(['show', run_id, '--full']) == 0\n"
        "assert main(['ls', '--all']) == 0 and main(['export', '--format', 'csv']) == 0\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=240, capture_output=True, text=True
    )
    assert len(done.stdout) < 10_000_000


@pytest.mark.parametrize(
    ("event", "place", "shown"),
    [
        ("feature_importance", ("data", "of"), "Feature importance\n  a   0.5"),
        ("test/confusion_matrix", ("data", "counts", 0, 0), "Confusion matrix (test)\n  it is no square"),
        ("coefficients", ("data", "classes"), "Coefficients\n  its data cannot be read"),
        ("learning_curve", ("data", "series", "train", "std"), "Learning curve\n  its data cannot be read"),
        ("modules", ("data", "parameters"), "Modules\n  its data cannot be read"),
        ("modules", ("data", "modules", 0, "cut"), "900 parameters, 850 trainable"),
        ("checkpoint/a", ("data", "saves"), "Checkpoints  1 file"),
    ],
)
@pytest.mark.parametrize("value", [HUGE, {"$decimal": "1e9999"}], ids=["integer", "decimal"])
def test_a_record_that_cannot_be_shown_costs_that_record(
    own_store: Path, event: str, place: Place, shown: str, value: Any
) -> None:
    number = next(i for i, each in enumerate(everything()) if each.get("name") == event)
    write_everything(Store(own_store), _changed(number, place, value))
    page = command("show", "run")[1]
    assert shown in page and "cannot be shown" not in page
    assert "Lineage" in page and "Steps" in page


def test_what_a_run_cost_may_be_any_number(own_store: Path, server: Client) -> None:
    number = next(i for i, each in enumerate(everything()) if each["event"] == "cost")
    for value in NUMBERS:
        write_everything(Store(own_store), _changed(number, ("cpu_s",), value))
        assert server.get("runs/run")["cost"] in (None, {"cpu_s": -0.5, "share": None}), value
        assert command("report", "run", "--output", str(own_store / "report.html"))[0] == 0
        assert "cannot be shown" not in command("show", "run")[1], value


def test_a_search_may_have_chosen_any_candidate(own_store: Path, server: Client) -> None:
    number = next(i for i, each in enumerate(everything()) if each["event"] == "facts")
    for value in NUMBERS:
        for place in (("values", "best_index_"), ("values", "best_trial")):
            changed = value if place[-1] == "best_index_" else {"trial": value}
            events = _changed(number, place, changed)
            if place[-1] == "best_trial":
                del events[number]["values"]["best_index_"]
            write_everything(Store(own_store), events)
            assert server.get("runs/run")["chosen"] is None, value


def test_kinds_may_be_anything(own_store: Path, server: Client) -> None:
    for number, event in enumerate(everything()):
        if event["event"] == "artifact":
            write_everything(Store(own_store), _changed(number, ("kind",), [1]))
            assert server.answer("compare", run=["run", "other"]).status == 200
            assert "cannot be shown" not in command("show", "run")[1]


TEXTS: list[tuple[str, Place]] = [
    ("dataset", ("role",)),
    ("facts", ("values", "early_stopping", "direction")),
    ("model", ("format",)),
    ("artifact", ("kind",)),
    ("unseen", ("what",)),
    ("problem", ("error",)),
    ("lost", ("why",)),
    ("coverage", ("points", 0, "id")),
    ("coverage", ("points", 0, "state")),
    ("coverage", ("points", 0, "reason")),
]


def test_an_integer_of_any_length_may_stand_where_a_text_belongs(own_store: Path, server: Client) -> None:
    for kind, place in TEXTS:
        number = next(i for i, each in enumerate(everything()) if each["event"] == kind)
        write_everything(Store(own_store), _changed(number, place, {"$int": "f" * 5000}))
        for path, asked in (("runs/run", {}), ("compare", {"run": ["run", "other"]})):
            assert server.answer(path, **asked).status == 200, (kind, place)
        by_python(Store(own_store))
        assert command("export", "--format", "latex")[0] == 0


def test_what_is_told_of_a_run_may_be_no_mapping(own_store: Path, server: Client) -> None:
    events: list[dict[str, Any]] = [{"event": kind, "$tuple": [1]} for kind in ("unseen", "problem", "lost")]
    write_everything(Store(own_store), [*everything(), *events])
    assert server.answer("runs/run").status == 200
    assert "not finite" in command("show", "run")[1]


def test_any_leaf_of_a_run_may_be_any_number(
    own_store: Path, server: Client, dice: random.Random, capfd: pytest.CaptureFixture[str]
) -> None:
    store = Store(own_store)
    leaves = list(_leaves())
    for number in range(rounds(8)):
        event, place = dice.choice(leaves)
        value = dice.choice(NUMBERS)
        print(f"round {number}: {event} {place} {str(value)[:40]}")
        write_everything(store, _changed(event, place, value))
        if event >= len(everything()):
            name = list(launch_files())[event - len(everything())]
            files = launch_files()
            write_launch(store, {name: _put(files[name], place, value)})
        by_python(store)
        by_browser(store, server)
        by_commands(store)
        assert command("report", "run", "--output", str(own_store / "report.html"))[0] == 0
    assert "Traceback" not in capfd.readouterr().err


def _leaves() -> Iterator[tuple[int, Place]]:
    """Every place in what a run and its launch say, by the number of the event or the file."""
    for number, document in enumerate([*everything(), *launch_files().values()]):
        for place in _places(document):
            if place != ("event",):
                yield number, place


def _places(value: Any, above: Place = ()) -> Iterator[Place]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*above, key)
        yield from _places(inner, (*above, key))


def _changed(number: int, place: Place, value: Any) -> list[dict[str, Any]]:
    return [_put(each, place, value) if i == number else each for i, each in enumerate(everything())]


def _at(document: Any, place: Place) -> Any:
    for key in place:
        document = document[key]
    return document


def _put(document: Any, place: Place, value: Any) -> Any:
    document = copy.deepcopy(document)
    _at(document, place[:-1])[place[-1]] = value
    return json.loads(json.dumps(document))
