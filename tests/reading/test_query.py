"""The filter language: what is understood, and what the errors say."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitscribe.reading.query import And, Comparison, Not, Or, parse_filter, parse_order
from fitscribe.reading.query_fields import written
from fitscribe.reading.query_times import Span, span_of
from fitscribe.reading.query_tokens import QueryError

WORDS = [
    *"params. metrics. tags. params.x metrics.a/b tags.`o d` metrics.loss.min name status started".split(),
    *"duration = == != <> < <= > >= ~ in not like is null none and or ( ) , . ago desc asc".split(),
    *"1 -2.5 1e9 nan inf 'a' \"b\" 2 d".split(),
    *"true false `x` '' 'failed' '2026-11-24' [ ; -- /* % \\ \0".split(" "),
]


def one(query: str) -> Comparison:
    tree = parse_filter(query)
    assert isinstance(tree, Comparison)
    return tree


@given(st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_understood_or_answered_with_a_query_error(text: str) -> None:
    for parse in (parse_filter, parse_order):
        error = error_of(parse, text)
        if error is not None:
            first, _, carets = str(error).splitlines()
            assert first
            assert re.fullmatch(" *\\^+", carets)
            assert error.query == text and 0 <= error.position <= len(text)


def error_of(parse: Callable[[str], object], text: str) -> QueryError | None:
    try:
        parse(text)
    except QueryError as error:
        return error
    return None


def test_the_tree_of_a_long_filter() -> None:
    tree = parse_filter(
        "metrics.`test/accuracy` > 0.9 and params.max_depth <= 6 "
        "or (tags.stage = 'dev' and not status = \"failed\")"
    )
    assert isinstance(tree, Or)
    left, right = tree.parts
    assert isinstance(left, And) and isinstance(right, And)
    accuracy, depth = left.parts
    assert isinstance(accuracy, Comparison) and accuracy.field[:3] == ("metrics", "test/accuracy", "last")
    assert isinstance(depth, Comparison) and (depth.operator, depth.values) == ("<=", (6.0,))
    assert isinstance(right.parts[1], Not)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("params.max_depth = 1", ("params", "max_depth", "")),
        ("params.clf__C = 1", ("params", "clf__C", "")),
        ("params.model.depth = 1", ("params", "model.depth", "")),
        ("params.0 = 1", ("params", "0", "")),
        ("params.größe = 1", ("params", "größe", "")),
        ("params.'odd name' = 1", ("params", "odd name", "")),
        ("metrics.train/loss = 1", ("metrics", "train/loss", "last")),
        ("metrics.val-loss.min = 1", ("metrics", "val-loss", "min")),
        ("metrics.loss.best = 1", ("metrics", "loss", "best")),
        ("metrics.`valid_0/l2`.best = 1", ("metrics", "valid_0/l2", "best")),
        ("metrics.`a b`.max = 1", ("metrics", "a b", "max")),
        ("metrics.`loss.min` = 1", ("metrics", "loss.min", "last")),
        ("metrics.min = 1", ("metrics", "min", "last")),
        ("tags.`a``b` = 'x'", ("tags", "a`b", "")),
        ("framework = 'sklearn'", ("run", "framework", "")),
    ],
)
def test_fields(query: str, field: tuple[str, str, str]) -> None:
    assert one(query).field[:3] == field


@pytest.mark.parametrize(
    ("query", "operator", "values", "negated"),
    [
        ("params.x == 1", "in", (1.0,), False),
        ("params.x != 'it''s'", "in", ("it's",), True),
        ('params.x <> "a ""b"""', "in", ('a "b"',), True),
        ("params.x IN (1, 'a', true, none,)", "in", (1.0, "a", True, None), False),
        ("params.x not in (-1.5e3)", "in", (-1500.0,), True),
        ("name ~ 'f*'", "like", ("f*",), False),
        ("name NOT LIKE 'f'", "like", ("f",), True),
        ("name not ~ 'f'", "like", ("f",), True),
        ("params.x is none", "null", (), False),
        ("params.x IS NOT NULL", "null", (), True),
        ("metrics.x>=.5", ">=", (0.5,), False),
        ("metrics.x<+inf", "<", (math.inf,), False),
        ("metrics.x>-inf", ">", (-math.inf,), False),
        ("duration > 5 min", ">", (300.0,), False),
        ("duration <= 1.5h", "<=", (5400.0,), False),
    ],
)
def test_operators_and_values(query: str, operator: str, values: tuple[object, ...], negated: bool) -> None:
    assert one(query)[1:] == (operator, values, negated)


def test_ages_count_from_now() -> None:
    before = time.time()
    (value,) = one("started > 2 d ago").values
    assert isinstance(value, Span) and value.start == value.end
    assert before - 172800 <= value.start <= time.time() - 172800


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-24", 86400),
        ("2026-02", 28 * 86400),
        ("2026-11-24 14:30", 60),
        ("2026-11-24T14:30:05Z", 1),
        ("2026-11-24 14:30:05.25+01:00", 0.01),
        ("2026-13-01", None),
        ("yesterday", None),
        ("9999-12-31", None),
    ],
)
def test_a_date_covers_its_day(text: str, seconds: float | None) -> None:
    span = span_of(text)
    assert (span is None) == (seconds is None)
    if span is not None and seconds is not None:
        assert span.end - span.start == pytest.approx(seconds, abs=1e-6)


def test_offsets_of_dates() -> None:
    one_zone, other_zone = span_of("2026-11-24 12:00+0200"), span_of("2026-11-24 10:00Z")
    assert one_zone == other_zone


@pytest.mark.parametrize(
    ("query", "position", "problem"),
    [
        ("metric.loss > 1", 0, "there is no field 'metric.loss'; did you mean metrics.loss?"),
        ("nam = 'x'", 0, "did you mean name?"),
        (
            "xgb",
            0,
            "parent, notes, params.NAME, metrics.NAME, tags.NAME; to look for it in names: name ~ 'xgb'",
        ),
        ("xyzzy > 1", 0, "the fields are id, name"),
        ("params > 1", 0, "Write params.NAME"),
        ("params. > 1", 8, "a name, in backticks"),
        ("'x' = name", 0, "the field comes first"),
        ("`x` = 1", 0, "backticks hold the part after params."),
        ("metrics.loss > '1'", 15, "without quotes"),
        ("metrics.loss > low", 15, "expected a number, not 'low'"),
        ("metrics.`x`.mean > 1", 12, "last, min, max, best"),
        ("params.`x`.min > 1", 11, "an operator"),
        ("params.x > none", 11, "no order"),
        ("params.x < true", 11, "no order"),
        ("params.x = abc", 11, "write text in quotes: 'abc'"),
        ("name = forest", 7, "write text in quotes: 'forest'"),
        ("status = 'fialed'", 9, "did you mean 'failed'?"),
        ("status = 'x'", 9, "a run is finished, failed"),
        ("started > 'monday'", 10, "no date"),
        ("started > 5", 10, "a date in quotes"),
        ("started = 5 d ago", 10, "one moment"),
        ("started > 5 d", 13, "ago"),
        ("started like '2026*'", 13, "not text"),
        ("metrics.x like '1'", 15, "not text"),
        ("name like 5", 10, "a pattern in quotes"),
        ("params.x", 8, "one of = !="),
        ("params.x = ", 11, "text in quotes"),
        ("params.x = 'a", 11, "never closed"),
        ("params.x in 5", 12, "a list in parentheses"),
        ("params.x in (5", 14, "a closing parenthesis"),
        ("params.x in ()", 13, "a number"),
        ("params.x not 5", 13, "in or like"),
        ("params.x is 5", 12, "null or not null"),
        ("(params.x = 1", 13, "a closing parenthesis"),
        ("params.x = 1 params.y = 2", 13, "and, or"),
        ("params.x = 1 && params.y = 2", 13, "write and"),
        ("params.x = 1 and", 16, "a field"),
        ("params.x = 1; drop table runs", 12, "no meaning"),
        ("not " * 60 + "params.x = 1", 204, "levels"),
        (" or ".join(["params.x = 1"] * 201), 3200, "more than 200 comparisons"),
        ("x" * 10_001, 10_000, "longer than"),
    ],
)
def test_errors_point_at_the_place(query: str, position: int, problem: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_filter(query)
    error = caught.value
    assert isinstance(error, ValueError)
    assert problem in error.problem
    assert error.position == position
    shown, carets = str(error).splitlines()[-2:]
    at = carets.index("^")
    assert query[error.position : error.position + 5].strip() in shown[at : at + 5]


def test_an_error_in_a_long_filter_shows_the_part_around_it() -> None:
    query = " and ".join(f"params.x{n} = {n}" for n in range(50)) + " and what = 1"
    with pytest.raises(QueryError) as caught:
        parse_filter(query)
    _, shown, carets = str(caught.value).splitlines()
    assert len(shown) < 120
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "what"


def test_line_breaks_are_spaces() -> None:
    assert parse_filter("params.x = 1\n  and\tparams.y = 2") is not None
    with pytest.raises(QueryError) as caught:
        parse_filter("params.x = 1\nand what = 2")
    assert str(caught.value).splitlines()[1] == "  params.x = 1 and what = 2"


def test_sort_orders() -> None:
    orders = parse_order("metrics.loss.min desc, name asc, started")
    assert [(order.field[:3], order.descending) for order in orders] == [
        (("metrics", "loss", "min"), True),
        (("run", "name", ""), False),
        (("run", "started", ""), False),
    ]
    for text in ("", "name down", "name,", "desc"):
        with pytest.raises(QueryError):
            parse_order(text)


@given(st.sampled_from(["params", "metrics", "tags"]), st.text(min_size=1))
def test_a_name_as_it_is_suggested_is_read_back(table: str, name: str) -> None:
    tree = parse_filter(f"{written(table, name)} is null")
    assert isinstance(tree, Comparison)
    assert (tree.field.table, tree.field.name) == (table, name)
    assert tree.field.part in ("", "last")
