"""Values of any type as strict JSON, and back."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import json
import math
import pathlib
import uuid
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitscribe.store import values
from fitscribe.store.plain import plain, text_of
from fitscribe.store.values import Opaque, decode, encode


def through_json(value: object) -> Any:
    text = json.dumps(encode(value), allow_nan=False)
    return decode(json.loads(text))


def same(left: Any, right: Any) -> bool:
    """Equal in type and value, NaN and the sign of zero included."""
    return type(left) is type(right) and repr(left) == repr(right)


hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.complex_numbers()
    | st.dates()
    | st.datetimes().map(lambda value: value.replace(fold=0))  # ISO 8601 has no word for it
    | st.times().map(lambda value: value.replace(fold=0))
    | st.timedeltas()
    | st.decimals(allow_nan=False)  # a signalling one cannot be a key
    | st.fractions()
    | st.uuids(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=5,
)
anything = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.dictionaries(st.sampled_from(["$tuple", "$float", "a", ""]), inner, max_size=2)
        | st.binary().map(bytearray)
    ),
    max_leaves=15,
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*values._DECODERS, "$new", "a"]), inner, max_size=2)
    ),
    max_leaves=10,
)


@settings(max_examples=300)
@given(anything)
def test_values_keep_their_types(value: object) -> None:
    assert same(through_json(value), value)


@given(st.sets(st.integers() | st.text(max_size=3)))
def test_sets_come_back_and_equal_sets_make_equal_records(value: set[object]) -> None:
    assert through_json(value) == value
    assert through_json(frozenset(value)) == frozenset(value)
    backwards: set[object] = set()
    for item in reversed(list(value)):
        backwards.add(item)
    assert encode(value) == encode(backwards)


@settings(max_examples=300)
@given(junk)
def test_made_up_data_is_read_and_shown_without_raising(data: object) -> None:
    try:
        decode(data)
    except TypeError as error:  # a damaged key or member that cannot be hashed is still a value to show
        pytest.fail(f"{data!r}: {error}")
    plain(data)
    text_of(data)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        -math.inf,
        -0.0,
        1 << 63,
        "\ud800",
        pathlib.PurePosixPath("/a/ä"),
        pathlib.PureWindowsPath("C:/a"),
        pathlib.Path("relative"),
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.timezone.utc),
        decimal.Decimal("NaN"),
        fractions.Fraction(1, 3),
        uuid.UUID(int=7),
        {1: "a", (2, 3): {"$x": None}},
    ],
)
def test_odd_values_come_back(value: object) -> None:
    back = through_json(value)
    assert type(back) is type(value)
    assert back == value or (back != back and value != value)


def test_an_integer_too_long_for_python_to_print_comes_back() -> None:
    assert through_json(-(10**5_000)) == -(10**5_000)


def test_numpy_scalars_come_back() -> None:
    numpy = pytest.importorskip("numpy")
    for value in [
        numpy.float32(1.1),
        numpy.float64("nan"),
        numpy.int8(-3),
        numpy.uint64(2**64 - 1),
        numpy.bool_(True),
        numpy.complex64(1 + 2j),
        numpy.str_("ä"),
        numpy.bytes_(b"x"),
        numpy.datetime64("2026-01-02T03:04:05.678"),
        numpy.datetime64("NaT", "s"),
        numpy.timedelta64(5, "D"),
        numpy.longdouble("1.5"),
    ]:
        back = through_json(value)
        assert type(back) is type(value) and repr(back) == repr(value)


class Loss(enum.IntEnum):
    SQUARED = 2


class Name(str):
    def __str__(self) -> str:
        raise RuntimeError


class Point(NamedTuple):
    x: int
    y: int


class Unprintable:
    def __repr__(self) -> str:
        raise ValueError


class Hostile(dict):  # type: ignore[type-arg] # what a user's class may look like
    def __class_getitem__(cls, item: object) -> object:
        raise RuntimeError

    def items(self) -> Any:
        raise RuntimeError


def test_subclasses_are_kept_as_what_they_extend() -> None:
    assert through_json(Loss.SQUARED) == 2
    assert through_json(Name("adam")) == "adam"
    assert through_json(Point(1, 2)) == (1, 2)
    assert through_json(collections.OrderedDict(a=1)) == {"a": 1}
    assert through_json(Hostile(a=1)) == {"a": 1}


def test_anything_else_is_kept_as_its_repr_and_type() -> None:
    kept = through_json([object(), len, Unprintable()])
    assert [each.type for each in kept] == [
        "builtins.object",
        "builtins.builtin_function_or_method",
        f"{__name__}.Unprintable",
    ]
    assert " at 0x" not in kept[0].text
    assert kept[2].text == "<Unprintable whose repr raised ValueError>"
    assert through_json(kept) == kept


def test_a_list_that_holds_itself_ends() -> None:
    endless: list[object] = []
    endless.append(endless)
    json.dumps(encode(endless))


def test_nothing_that_a_file_names_is_built() -> None:
    for data in (
        {"$numpy": ["object", 1]},
        {"$numpy": ["O8", "x"]},
        {"$subclass": ["os.system", {"$new": "x"}]},
        {"$repr": ["os.system", "x"]},
        {"$import": "os"},
        {"$bytes": 3},
        {"$date": "never"},
    ):
        assert isinstance(decode(data), Opaque)


@pytest.mark.parametrize(
    ("value", "number", "text"),
    [
        (None, None, None),
        (True, 1.0, "True"),
        (3, 3.0, "3"),
        (math.inf, math.inf, "inf"),
        ("adam", None, "adam"),
        ("0.5", 0.5, "0.5"),
        ("nan", None, "nan"),
        ((1, "a"), None, "(1, 'a')"),
        ((1,), None, "(1,)"),
        ({1, 2}, None, "{1, 2}"),
        ({1: [2]}, None, "{1: [2]}"),
        (1 << 70, float(1 << 70), str(1 << 70)),
        (decimal.Decimal("1.5"), 1.5, "1.5"),
        (pathlib.PurePosixPath("/a"), None, "/a"),
        (10**400, None, str(10**400)),
    ],
)
def test_what_filters_and_terminals_see(value: object, number: float | None, text: str | None) -> None:
    assert plain(encode(value)) == (number, text)


def test_an_array_is_kept_with_all_its_items() -> None:
    numpy = pytest.importorskip("numpy")
    kept = decode(encode(numpy.arange(3000)))
    assert isinstance(kept, Opaque) and "1500" in kept.text and kept.text.count(",") == 3000


def test_a_value_within_itself_ends_where_it_begins_again() -> None:
    team: dict[str, Any] = {"name": "t"}
    team["members"] = [{"team": team}, {"team": team}]
    again = {"$repr": ["builtins.dict", "..."]}
    assert encode(team) == {"name": "t", "members": [{"team": again}, {"team": again}]}
    loop: list[Any] = [1]
    loop.append(loop)
    assert encode(loop) == [1, {"$repr": ["builtins.list", "..."]}]


def test_a_graph_of_containers_ends() -> None:
    nodes: list[dict[str, Any]] = [{"name": number} for number in range(200)]
    for node in nodes:
        node["others"] = [other for other in nodes if other is not node]
    assert len(json.dumps(encode(nodes[0]))) < 5_000_000


def test_what_is_shared_is_written_each_time_within_reason() -> None:
    row = (1, 2)
    assert decode(encode([row, {"a": row}])) == [row, {"a": row}]
    doubled: list[Any] = [0]
    for _ in range(50):
        doubled = [doubled, doubled]
    assert len(json.dumps(encode(doubled))) < 5_000_000


def test_keys_that_are_no_texts_late_in_every_level() -> None:
    value: dict[Any, Any] = {"a": 1}
    for _ in range(50):
        value = {"a": value, 1: 2}
    assert through_json(value) == value
