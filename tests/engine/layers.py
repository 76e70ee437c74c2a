"""Wrappers as other tools make them; each notes that it was called."""

from __future__ import annotations

import functools
from typing import Any

import wrapt

OTHERS: list[str] = []


def wraps(function: Any) -> Any:
    @functools.wraps(function)
    def theirs(*args: Any, **kwargs: Any) -> Any:
        OTHERS.append("theirs")
        return function(*args, **kwargs)

    return theirs


def hidden(function: Any) -> Any:
    def theirs(*args: Any, **kwargs: Any) -> Any:
        OTHERS.append("theirs")
        return function(*args, **kwargs)

    return theirs


def proxied(function: Any) -> Any:
    def around(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        OTHERS.append("theirs")
        return wrapped(*args, **kwargs)

    return wrapt.FunctionWrapper(function, around)
