"""What filters find: against a reading of the same rules in plain Python, and against hostile texts."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fitscribe
from fitscribe.reading import QueryError, Runs, search_runs
from fitscribe.store import Store

from .conftest import MakeRun, write_run

Test = Callable[[dict[str, Any]], bool]

VALUES = [
    None,
    True,
    False,
    0,
    1,
    2.5,
    -3,
    1e300,
    math.inf,
    math.nan,
    "a",
    "A_b",
    "1",
    "2.5",
    "x*y",
    "",
    (1, 2),
]
POINTS = [[0.5], [3.0, 1.0, 2.0], [math.nan], [-math.inf, 4.0], [2.5, math.nan]]
MISSING = object()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[dict[str, Any]]]:
    """Runs of which each has some of the values; beside the store, what a filter knows of them."""
    store = Store(tmp_path_factory.mktemp("many") / "store")
    runs = []
    for number in range(60):
        params = {"p": VALUES[number % 17]} if number % 5 else {}
        tags = {"odd name": VALUES[number % 7]} if number % 3 and VALUES[number % 7] is not None else {}
        metrics = {"train/m": POINTS[number % 5]} if number % 4 else {}
        status = ("finished", "failed", "interrupted")[number % 3]
        run_id = write_run(
            store, f"Run_{number % 8}", params=params, metrics=metrics, tags=tags, status=status
        )
        runs.append({"id": run_id, "params": params, "tags": tags, "metrics": metrics, "status": status})
        runs[-1]["name"] = f"Run_{number % 8}"
    return store, runs


# -- the rules once more, in plain Python


def number_of(value: Any) -> float | None:
    try:
        number = None if isinstance(value, tuple) else float(value)
    except (TypeError, ValueError):
        return None
    return None if number is not None and math.isnan(number) else number


def text_of(value: Any) -> str | None:
    return None if value is None else str(value)


def equals(value: Any, wanted: Any) -> bool:
    if wanted is None:
        return value is None
    if isinstance(wanted, bool):
        return (text_of(value) or "").lower() == str(wanted).lower()
    if isinstance(wanted, str):
        return text_of(value) == wanted
    return text_of(value) == "nan" if math.isnan(wanted) else number_of(value) == wanted


def is_ordered(value: Any, operator: str, wanted: Any) -> bool:
    left = text_of(value) if isinstance(wanted, str) else number_of(value)
    if left is None or wanted != wanted:
        return False
    return {"<": left < wanted, "<=": left <= wanted, ">": left > wanted, ">=": left >= wanted}[operator]


def matches(value: Any, pattern: str) -> bool:
    wild = any(each in pattern for each in "*?%")
    parts = "".join(".*" if each in "*%" else "." if each == "?" else re.escape(each) for each in pattern)
    find = re.fullmatch if wild else re.search
    return value is not None and find(parts, str(value), re.IGNORECASE | re.ASCII | re.DOTALL) is not None


def written(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return (
        {None: "none", True: "true", False: "false"}[value]
        if value in (None, True, False) and (value is None or isinstance(value, bool))
        else repr(value)
    )


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[str, Test]:
    kind = draw(st.sampled_from(["params.p", "tags.`odd name`", "metrics.train/m", "name", "status"]))
    if kind.startswith("metrics"):
        part = draw(st.sampled_from(["last", "min", "max"]))
        values = st.sampled_from([0.5, 1, 2, 2.5, 3, 4, math.inf, -math.inf, math.nan])
        return draw(compared(f"{kind}.{part}", lambda run: of_metric(run, part), values, patterns=False))
    if kind == "name":
        names = st.sampled_from(["Run_1", "Run_7", "run_1", "Run", ""])
        return draw(compared(kind, lambda run: run["name"], names))
    if kind == "status":
        return draw(
            compared(kind, lambda run: run["status"], st.sampled_from(["finished", "failed", "crashed"]))
        )
    table, name = ("params", "p") if kind == "params.p" else ("tags", "odd name")
    plain = [value for value in VALUES if not isinstance(value, tuple)]
    return draw(compared(kind, lambda run: run[table].get(name, MISSING), st.sampled_from(plain)))


def of_metric(run: dict[str, Any], part: str) -> Any:
    points = run["metrics"].get("train/m")
    if points is None:
        return MISSING
    if part == "last":
        return points[-1]
    numbers = [point for point in points if not math.isnan(point)]
    return {"min": min, "max": max}[part](numbers, default=math.nan)


@st.composite
def compared(
    draw: st.DrawFn, field: str, get: Callable[[dict[str, Any]], Any], values: Any, *, patterns: bool = True
) -> tuple[str, Test]:
    operators = ["=", "!=", "<", "<=", ">", ">=", "in", "not in", "is null", "is not null"]
    operator = draw(st.sampled_from(operators + ["like", "not ~"] * patterns))
    if operator.startswith("is"):
        wanted = operator == "is null"
        return f"{field} {operator}", lambda run: (get(run) is MISSING or get(run) is None) is wanted
    if operator in ("like", "not ~"):
        pattern = draw(
            st.sampled_from(["run_?", "*1", "a", "A_", "%", "x*y", "2.", "", "fin*", "?", "RUN\\_1"])
        )
        wanted = operator == "like"
        return (
            f"{field} {operator} {written(pattern)}",
            lambda run: get(run) is not MISSING and matches(get(run), pattern) is wanted,
        )
    if operator.endswith("in"):
        chosen = draw(st.lists(values, min_size=1, max_size=4))
        wanted = operator == "in"
        return (
            f"{field} {operator} ({', '.join(map(written, chosen))})",
            lambda run: get(run) is not MISSING and any(equals(get(run), each) for each in chosen) is wanted,
        )
    value = draw(values)
    if operator in ("=", "!="):
        wanted = operator == "="
        return (
            f"{field} {operator} {written(value)}",
            lambda run: get(run) is not MISSING and equals(get(run), value) is wanted,
        )
    if value is None or isinstance(value, bool):
        value = 1.0
    return (
        f"{field} {operator} {written(value)}",
        lambda run: get(run) is not MISSING and is_ordered(get(run), operator, value),
    )


def combined(parts: st.SearchStrategy[tuple[str, Test]]) -> st.SearchStrategy[tuple[str, Test]]:
    def both(pair: tuple[tuple[str, Test], tuple[str, Test]]) -> tuple[str, Test]:
        (left, is_left), (right, is_right) = pair
        return f"({left}) and {right}", lambda run: is_left(run) and is_right(run)

    def either(pair: tuple[tuple[str, Test], tuple[str, Test]]) -> tuple[str, Test]:
        (left, is_left), (right, is_right) = pair
        return f"({left} or ({right}))", lambda run: is_left(run) or is_right(run)

    def opposite(part: tuple[str, Test]) -> tuple[str, Test]:
        return f"not ({part[0]})", lambda run: not part[1](run)

    pairs = st.tuples(comparisons(), parts)
    return pairs.map(both) | pairs.map(either) | parts.map(opposite)


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.recursive(comparisons(), combined, max_leaves=5))
def test_filters_find_what_plain_python_finds(
    many: tuple[Store, list[dict[str, Any]]], condition: tuple[str, Test]
) -> None:
    store, runs = many
    query, holds = condition
    assert {run.id for run in search_runs(query, store=store)} == {run["id"] for run in runs if holds(run)}


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.text(), st.text(min_size=1))
def test_nothing_gets_out_of_a_value_or_a_name(
    many: tuple[Store, list[dict[str, Any]]], value: str, name: str
) -> None:
    store, runs = many
    quoted, named = value.replace("'", "''"), name.replace("`", "``")
    try:
        found = search_runs(
            f"not params.`{named}` = '{quoted}' or tags.`{named}` like '{quoted}'", store=store
        )
    except QueryError:  # by chance it resembles a name that the runs have
        return
    assert name == "p" or len(found) == len(runs)


@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1 --",
        "'; DROP TABLE runs; --",
        "x') UNION SELECT id FROM runs --",
        '"; DELETE FROM runs; --',
        "a\0b",
        "\\' OR '1'='1",
    ],
)
def test_injections_are_text_like_any_other(make_run: MakeRun, text: str) -> None:
    there = make_run(params={text: text}, tags={text: text})
    make_run()
    quoted, named = text.replace("'", "''"), text.replace("`", "``")
    for query in (f"params.`{named}` = '{quoted}'", f"tags.`{named}` in ('{quoted}')"):
        assert [run.id for run in search_runs(query, order_by=f"params.`{named}`")] == [there]
    assert len(search_runs()) == 2
    with pytest.raises(QueryError):
        search_runs(f"params.x = {text}")
    with pytest.raises(QueryError):
        search_runs(order_by=f"name {text}")
    assert len(search_runs()) == 2


def names(runs: Runs) -> list[str]:
    return [run.name for run in runs]


def test_sort_orders(make_run: MakeRun) -> None:
    make_run("none", params={"x": None}, started=1.0)
    make_run("two", params={"x": 2}, metrics={"loss": [0.5, 0.1, 0.3]}, started=2.0)
    make_run("ten", params={"x": "10"}, metrics={"loss": [0.2]}, started=3.0)
    make_run("text", params={"x": "abc"}, metrics={"loss": [math.nan]}, started=4.0)
    assert names(search_runs()) == ["text", "ten", "two", "none"]
    assert names(search_runs(order_by="started")) == ["none", "two", "ten", "text"]
    assert names(search_runs(order_by="params.x")) == ["two", "ten", "text", "none"]
    assert names(search_runs(order_by="params.x desc")) == ["ten", "two", "text", "none"]
    assert names(search_runs(order_by="metrics.loss")) == ["ten", "two", "text", "none"]
    assert names(search_runs(order_by="metrics.loss.best desc", limit=2)) == ["ten", "two"]
    assert names(search_runs(order_by=["status", "name desc"])) == ["two", "text", "ten", "none"]
    assert names(search_runs(limit=0)) == []
    with pytest.raises(ValueError, match="not -1"):
        search_runs(limit=-1)


def test_the_best_value_is_that_of_the_direction_that_is_known(make_run: MakeRun) -> None:
    values = [2.0, 1.0, 3.0]
    make_run("lower", metrics={"valid_0/l2": values}, started=1.0)
    make_run("higher", metrics={"valid_0/auc": values}, started=2.0)
    make_run("unknown", metrics={"valid_0/mine": values}, started=3.0)
    make_run(
        "stated",
        metrics={"valid_0/mine": values},
        events=[("facts", {"values": {"directions": {"valid_0/mine": "min"}}})],
        started=4.0,
    )
    assert names(search_runs("metrics.`valid_0/l2`.best = 1")) == ["lower"]
    assert names(search_runs("metrics.`valid_0/auc`.best = 3")) == ["higher"]
    assert names(search_runs("metrics.`valid_0/mine`.best > 0")) == ["stated"]
    assert names(search_runs("metrics.`valid_0/mine`.best = 1")) == ["stated"]
    assert names(search_runs(order_by="metrics.`valid_0/mine`.best"))[0] == "stated"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("started = '2024-11-24'", {"that day"}),
        ("started != '2024-11-24'", {"before", "after", "now"}),
        ("started < '2024-11-24'", {"before"}),
        ("started <= '2024-11-24'", {"before", "that day"}),
        ("started > '2024-11-24'", {"after", "now"}),
        ("started > '2024-11-24' and not started > 1 h ago", {"after"}),
        ("started >= '2024-11-24' and started < '2024-11-25'", {"that day"}),
        ("started in ('2024-11-23', '2024-11-24 12:00')", {"before", "that day"}),
        ("started > 5 min ago", {"now"}),
        ("duration >= 10 min", {"that day", "after"}),
        ("duration = 30", {"before"}),
        ("duration > 1 h", {"after"}),
    ],
)
def test_times_and_durations(make_run: MakeRun, query: str, found: set[str]) -> None:
    noon = time.mktime((2024, 11, 24, 12, 0, 0, 0, 0, -1))
    make_run("before", started=noon - 86400, duration=30.0)
    make_run("that day", started=noon, duration=600.0)
    make_run("after", started=noon + 86400, duration=7200.0)
    make_run("now")
    assert set(names(search_runs(query))) == found


def test_an_open_run_takes_longer_and_longer(make_run: MakeRun) -> None:
    make_run("open", status=None)
    (first,) = search_runs("duration < 1 h and status = 'running'")
    earlier = first.duration
    assert earlier is not None and first.duration is not None and first.duration >= earlier
    assert not search_runs("duration > 1 h")


def test_names_that_no_run_has(make_run: MakeRun) -> None:
    assert len(search_runs("metrics.accuracy > 1")) == 0
    make_run(params={"clf__max_depth": 1, "lr": 1}, metrics={"test/accuracy": 1.0}, tags={"stage 2": "x"})
    for query, near in {
        "metrics.`test/acuracy` > 0": "metrics.test/accuracy",
        "metrics.accuracy > 0": "metrics.test/accuracy",
        "params.max_depth > 0 or params.lr = 1": "params.clf__max_depth",
        "tags.stage2 = 'x'": "tags.`stage 2`",
        "tags.lr = 1": "params.lr",
        "metrics.test/accuracy.mean > 0": "metrics.test/accuracy.last, .min, .max or .best",
    }.items():
        with pytest.raises(QueryError, match="did you mean") as caught:
            search_runs(query)
        assert f"did you mean {near}?" in caught.value.problem
    with pytest.raises(QueryError, match="did you mean metrics.test/accuracy") as caught:
        search_runs(order_by="name, metrics.`test/acuracy`")
    assert caught.value.position == 6
    assert len(search_runs("params.something_else = 1")) == 0
    assert len(search_runs("metrics.accuracy is null")) == 1


def test_names_that_differ_in_their_case(make_run: MakeRun) -> None:
    make_run(params={"C": 1, "LR": 1, "clf__Max_Depth": 1}, metrics={"Train/Accuracy": 1.0})
    for query, near in {
        "params.c = 1": "params.C",
        "params.lr = 1": "params.LR",
        "params.max_depth = 1": "params.clf__Max_Depth",
        "metrics.`train/ACURACY` > 0": "metrics.Train/Accuracy",
    }.items():
        with pytest.raises(QueryError, match=f"did you mean {near}?"):
            search_runs(query)
    assert len(search_runs("params.C = 1 and params.LR = 1")) == 1
    assert len(search_runs("params.d = 1")) == 0


def test_long_and_odd_texts(make_run: MakeRun) -> None:
    run = make_run("x" * 20_000, params={"p": "y" * 200_000, "s": "\ud800", "e": "ä\0b"}, notes="Größe")
    assert names(search_runs("params.p like 'yyy*'")) == ["x" * 20_000]
    assert len(search_runs("notes ~ 'grÖße'")) == 0  # the case of a to z alone does not matter
    assert len(search_runs("notes ~ 'GRöß'")) == 1
    assert len(search_runs("params.e = 'ä\0b'")) == 1
    assert search_runs("params.s = '?'")[0].id == run
    assert len(search_runs("params.s = '\ud800'")) == 1
    assert len(search_runs()[0].params["p"]) == 200_000


def test_what_a_search_raises_has_a_name_that_a_script_can_catch() -> None:
    with pytest.raises(fitscribe.QueryError):
        fitscribe.search_runs("params.C >")
    with pytest.raises(fitscribe.RunNotFound):
        fitscribe.get_run("nosuchrun")
    assert all(hasattr(fitscribe, name) for name in fitscribe.__all__)
