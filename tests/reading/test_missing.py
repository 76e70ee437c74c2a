"""What a run says is missing, in as few lines as it takes."""

from __future__ import annotations

from typing import Any

import pytest

from fitscribe.reading import Run
from fitscribe.reading.missing import not_seen
from fitscribe.reading.text import clock
from fitscribe.store import RunWriter, Store, writer


def lose(store: Store, monkeypatch: pytest.MonkeyPatch, lost: list[tuple[float, Any, str]]) -> Run:
    files = RunWriter(store.run_folder("run1"))
    for when, points, why in lost:
        monkeypatch.setattr(writer, "time", lambda moment=when: moment)
        files.event("lost", points=points, why=why)
    files.close()
    return Run(store, "run1")


def test_points_that_were_lost_for_one_reason_are_one_line(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = 1_700_000_000.0
    full = [(start + number, 2, "the disk was full") for number in range(57)]
    run = lose(store, monkeypatch, [*full, (start + 99, 1, "the folder is gone")])
    assert run.lost == [
        {"points": 114, "why": "the disk was full", "first": start, "last": start + 56},
        {"points": 1, "why": "the folder is gone", "first": start + 99, "last": start + 99},
    ]
    assert not_seen(run.snapshot()) == [
        f"114 points lost from {clock(start)} to {clock(start + 56)}: the disk was full",
        "1 point lost: the folder is gone",
    ]


def test_numbers_that_are_none_are_not_added_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = lose(store, monkeypatch, [(1.0, 1, "full"), (2.0, "many", "full"), (1e300, 2, "full")])
    assert [each["points"] for each in run.lost] == [3, "many"]
    assert [each.partition(" (")[0] for each in not_seen(run.snapshot())] == [
        "3 points lost: full",
        "0 points lost: full",
    ]
