"""The arguments of a call by name: the same as `inspect.Signature.bind` gives."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from itertools import product
from typing import Any

import pytest

from fitscribe.engine.binding import Binding


def plain(X: Any, y: Any = None, *, weight: Any = None, classes: Any = ()) -> None: ...
def needs_keyword(X: Any, *, y: Any) -> None: ...
def none() -> None: ...
def positional_only(X: Any, /, y: Any = None) -> None: ...
def collects(X: Any, *rest: Any, y: Any = None, **others: Any) -> None: ...
def takes_others(X: Any, y: Any = None, **others: Any) -> None: ...


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((1,), {}),
    ((1, 2), {}),
    ((1, 2, 3), {}),
    ((), {"X": 1}),
    ((), {"y": 2, "X": 1}),
    ((), {"classes": 3, "weight": 2, "y": 2, "X": 1}),
    ((1,), {"y": 2}),
    ((1,), {"X": 2}),
    ((1, 2), {"y": 2}),
    ((1,), {"unknown": 2}),
    ((1,), {"others": 2}),
    ((), {"weight": 1}),
    ((1,), {"weight": 1, "y": 2, "others": 3}),
    ((1, 2), {"weight": 1, "X": 2}),
]


@pytest.mark.parametrize(
    ("function", "call"),
    [*product([plain, needs_keyword, none, positional_only, collects, takes_others], CALLS)],
)
def test_as_the_signature_binds(
    function: Callable[..., None], call: tuple[tuple[Any, ...], dict[str, Any]]
) -> None:
    args, kwargs = call
    form = signature(function)
    try:
        expected = dict(form.bind(*args, **kwargs).arguments)
    except TypeError:
        with pytest.raises(TypeError):
            Binding(form).bind(args, kwargs)
        return
    expected.update(expected.pop("others", {}) if "others" in form.parameters else {})
    found = Binding(form).bind(args, kwargs)
    assert list(found.items()) == list(expected.items())
