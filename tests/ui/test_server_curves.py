"""Curves: no extreme is left out, no gap is closed, and few points are all there."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.reading.conftest import write_run

from fitscribe.store import RunWriter, Store
from fitscribe.ui.thinning import thinned

from .conftest import Client


def only(answer: dict[str, Any]) -> dict[str, Any]:
    (series,) = answer["series"]
    return series  # type: ignore[no-any-return]


def long_run(store: Store, values: Any) -> str:
    run = write_run(store, status=None)
    writer = RunWriter(store.run_folder(run))
    writer.curves({"m": (0, list(values))})
    writer.event("end", status="finished", error=None)
    writer.close()
    return run


def test_few_points_are_all_there(empty: Client, own_store: Path) -> None:
    run = write_run(Store(own_store), metrics={"m": [3.0, math.nan, 1.0, math.inf]})
    found = only(empty.get("series", run=run, name="m"))
    assert (found["steps"], found["values"]) == ([0, 1, 2, 3], [3.0, None, 1.0, None])
    assert (found["count"], found["range"], found["thinned"], found["odd"]) == (4, 4, False, 2)
    assert (found["low"], found["high"]) == (1.0, 3.0)
    assert "means" not in found and found["epochs"] is None
    assert len(found["times"]) == 4 and found["started"] > 0


def test_a_spike_is_never_lost(empty: Client, own_store: Path) -> None:
    values = np.sin(np.arange(100_000) / 1000)
    values[[0, 54_321, 77_777, 99_999]] = [5, 100, -100, 7]
    values[60_000] = math.nan
    run = long_run(Store(own_store), values)
    found = only(empty.get("series", run=run, name="m", px=300))
    assert found["thinned"] and len(found["steps"]) <= 5 * 300
    points = dict(zip(found["steps"], found["values"], strict=True))
    assert [points[step] for step in (0, 54_321, 60_000, 77_777, 99_999)] == [5, 100, None, -100, 7]
    assert all(
        value == pytest.approx(values[step], rel=1e-6) for step, value in points.items() if step != 60_000
    )
    assert (found["low"], found["high"], found["odd"]) == (-100, 100, 1)
    means = found["means"]
    (gap,) = (i for i, each in enumerate(means["values"]) if each is None)
    assert means["steps"][gap] == 60_000 and len(means["values"]) == 301


def test_zooming_ends_at_the_raw_points(empty: Client, own_store: Path) -> None:
    values = np.random.default_rng(0).normal(size=50_000)
    run = long_run(Store(own_store), values)
    found = only(empty.get("series", run=run, name="m", px=100, from_=20_000, to=20_200))
    assert not found["thinned"] and found["range"] == 201
    assert found["steps"] == list(range(19_999, 20_202)), (
        "one more on each side, for the lines out of the plot"
    )
    assert found["values"] == values[19_999:20_202].tolist()
    nothing = only(empty.get("series", run=run, name="m", from_=60_000, to=70_000))
    assert (nothing["range"], nothing["steps"]) == (0, [49_999])


def test_thinned_values_are_as_exact_as_they_are_small(empty: Client, own_store: Path) -> None:
    values = np.geomspace(1e-300, 1e300, 10_000)
    values[::7] *= -1
    values[5_000] = 0.0
    run = long_run(Store(own_store), values)
    found = only(empty.get("series", run=run, name="m", px=10))
    assert found["thinned"] and len(found["values"]) > 20
    for step, value in zip(found["steps"], found["values"], strict=True):
        assert value == pytest.approx(values[step], rel=1e-6, abs=0)
        assert len(repr(value)) <= 13 or not 1e-9 < abs(value) < 1e9


@given(
    arrays(np.float64, st.integers(50, 400), elements=st.floats(-1e6, 1e6) | st.just(math.nan)),
    st.integers(10, 12),
)
def test_each_column_of_pixels_keeps_its_extremes(values: Any, columns: int) -> None:
    x = np.arange(len(values), dtype=float)
    kept = thinned(x, values, x[0], x[-1], columns)
    chosen = set(kept.chosen.tolist())
    bins = np.minimum((x / x[-1] * columns).astype(int), columns - 1)
    for each in np.unique(bins):
        places = np.flatnonzero(bins == each)
        finite = places[np.isfinite(values[places])]
        assert {places[0], places[-1]} <= chosen
        if len(finite):
            own = values[sorted(chosen & set(finite.tolist()))]
            assert own.min() == values[finite].min() and own.max() == values[finite].max()
        if len(finite) < len(places):
            assert chosen & (set(places.tolist()) - set(finite.tolist())), "a gap stays one"


@given(
    arrays(np.float64, st.integers(50, 400), elements=st.floats(-1e6, 1e6) | st.just(math.nan)),
    st.integers(10, 12),
)
def test_the_means_of_columns_end_at_gaps(values: Any, columns: int) -> None:
    x = np.arange(len(values), dtype=float)
    kept = thinned(x, values, x[0], x[-1], columns)
    assert kept.means is not None
    places, means = kept.means
    assert len(places) <= 3 * columns and (np.diff(places) > 0).all()
    gaps = x[np.isnan(values)]
    bins = np.minimum((x / x[-1] * columns).astype(int), columns - 1)
    for before, after in pairwise(places):
        crossed = ((gaps > before) & (gaps < after)).any()
        if crossed:
            ends = means[np.searchsorted(places, [before, after])]
            assert np.isnan(ends).any(), "what lies on two sides of a gap is not joined"
    if not len(gaps):
        assert means == pytest.approx([values[bins == each].mean() for each in np.unique(bins)])


def test_times_count_from_the_start(empty: Client, own_store: Path) -> None:
    run = write_run(Store(own_store), metrics={"m": [1.0, 2.0]})
    page = empty.get(f"runs/{run}")
    for x in ("relative", "time"):
        found = only(empty.get("series", run=run, name="m", x=x))
        assert found["started"] == pytest.approx(page["started"])
        assert all(0 <= each < 60 for each in found["times"])
    within = only(
        empty.get("series", run=run, name="m", x="time", from_=page["started"], to=page["started"] + 60)
    )
    assert within["range"] == 2


@pytest.mark.parametrize("x", ["step", "epoch", "time", "relative"])
def test_what_curves_are_drawn_over(empty: Client, own_store: Path, x: str) -> None:
    run = write_run(Store(own_store), metrics={"m": [1.0, 2.0, 3.0], "epoch": [0.0, 0.0, 1.0]})
    found = only(empty.get("series", run=run, name="m", x=x))
    assert found["values"] == [1.0, 2.0, 3.0]
    assert found["epochs"] == [0.0, 0.0, 1.0]
    assert found["times"] == sorted(found["times"])


def test_steps_in_any_order_are_sorted(empty: Client, own_store: Path) -> None:
    store = Store(own_store)
    run = write_run(store, status=None)
    writer = RunWriter(store.run_folder(run))
    for step in (5, 1, 3):
        writer.point("m", float(step), step)
    found = only(empty.get("series", run=run, name="m"))
    assert (found["steps"], found["values"]) == ([1, 3, 5], [1.0, 3.0, 5.0])
    assert only(empty.get("series", run=run, name="m", x="time"))["steps"] == [5, 1, 3]
    writer.close()


def test_many_series_in_one_request(client: Client) -> None:
    (run,) = client.get("runs", filter="name = 'MLPClassifier'")["rows"]
    names = [each["name"] for each in client.get(f"runs/{run['id']}")["metrics"] if each["count"] > 1]
    assert "train/loss" in names and "valid/accuracy" in names
    found = client.get("series", run=[run["id"], "nobody"], name=[*names, "nothing"])
    assert [each["name"] for each in found["series"]] == names
    assert all(each["run"] == run["id"] for each in found["series"])


def test_candidates_and_groups_have_curves(client: Client, empty: Client, own_store: Path) -> None:
    (search,) = client.get("runs", filter="name = 'GridSearchCV'")["rows"]
    child = client.get("runs", parent=search["id"])["rows"][0]
    (metric, *_) = client.get(f"runs/{child['id']}")["metrics"]
    assert only(client.get("series", run=child["id"], name=metric["name"]))["count"] == metric["count"]
    (hand,) = client.get("runs", filter="name = 'by hand'")["rows"]
    assert only(client.get("series", run=hand["id"], name="train/loss"))["count"] == 50


def test_too_many_series_are_refused(empty: Client) -> None:
    error = empty.error("series", run=[f"r{number}" for number in range(201)], name="m")
    assert (error["status"], error["kind"]) == (413, "too_large")
