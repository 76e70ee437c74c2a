"""Many runs that are being written, or of which nobody can say that they are over."""

from __future__ import annotations

import os

import pytest
from tests.reading.conftest import write_run

import fitscribe
from fitscribe.reading import index
from fitscribe.reading.look import Look, look_at
from fitscribe.store import Store


def test_groups_are_read_in_time_that_grows_with_their_number(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        group = write_run(store, role="group", status=None)
        write_run(store, parent=group, params={"number": number}, status=None)
    looks = 0

    def counted(*arguments: object) -> Look:
        nonlocal looks
        looks += 1
        return look_at(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(index, "look_at", counted)
    monkeypatch.setattr("fitscribe.reading.family._AGE_S", 60.0)
    os.utime(store.root / "runs", (1e9, 1e9))  # as of runs that have been there for a while
    found = [run.params["number"] for run in fitscribe.search_runs() if run.role == "group"]
    assert sorted(found) == list(range(20)) and looks <= 2 * 40


def test_a_training_is_its_groups_as_soon_as_it_is_recorded(own_store: object) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    fitscribe.autolog("sklearn", quiet=True)
    try:
        with fitscribe.start_run("outer") as outer:
            found = fitscribe.get_run(outer.id)
            assert found.params == {}
            linear_model.Ridge(alpha=0.5).fit([[0.0], [1.0]], [0.0, 1.0])
            assert found.params["alpha"] == 0.5
    finally:
        fitscribe.disable()
