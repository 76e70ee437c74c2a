"""The parameters of a request, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fitscribe.ui.failures import Failure

MOST_ROWS = 1000


class Asked:
    """The parameters of a query string.

    Args:
        pairs: names and values, in order.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def with_value(self, name: str, value: str) -> Asked:
        """The same parameters, one of them with another value."""
        others = [(each, text) for each, texts in self._values.items() if each != name for text in texts]
        return Asked([*others, (name, value)])

    def text(self, name: str, default: str = "") -> str:
        """The last value of a parameter."""
        return self._values.get(name, [default])[-1]

    def texts(self, name: str) -> list[str]:
        """All values of a parameter."""
        return self._values.get(name, [])

    def number(self, name: str) -> float | None:
        """A finite number, or None where the parameter is missing.

        Raises:
            Failure: it is something else.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if number - number != 0:
            raise Failure("bad_request", f"{name} is a number, not {text[:50]!r}")
        return number

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number; beyond its bounds it is the bound.

        Raises:
            Failure: it is something else, or below zero.
        """
        number = self.number(name)
        if number is None:
            return default
        if number < 0:
            raise Failure("bad_request", f"{name} is 0 or more, not {self.text(name)[:50]!r}")
        return int(max(least, min(most, number)))

    def switch(self, name: str, default: bool) -> bool:
        """Whether a parameter is 1 or 0.

        Raises:
            Failure: it is something else.
        """
        text = self.text(name, "1" if default else "0")
        if text not in ("0", "1"):
            raise Failure("bad_request", f"{name} is 0 or 1, not {text[:50]!r}")
        return text == "1"

    def choice(self, name: str, of: Sequence[str]) -> str:
        """One of several words, the first one by default.

        Raises:
            Failure: it is another one.
        """
        text = self.text(name, of[0])
        if text not in of:
            raise Failure("bad_request", f"{name} is one of {', '.join(of)}, not {text[:50]!r}")
        return text

    def needed(self, name: str) -> str:
        """The last value of a parameter that must be there.

        Raises:
            Failure: it is missing.
        """
        if name not in self._values:
            raise Failure("bad_request", f"{name} is missing")
        return self.text(name)

    def jsons(self, name: str) -> list[Any]:
        """All values of a parameter that are JSON.

        Raises:
            Failure: one is not.
        """
        try:
            return [json.loads(each) for each in self.texts(name)]
        except (ValueError, RecursionError):
            raise Failure("bad_request", f"{name} is JSON") from None


def asked_in(body: Mapping[str, Any]) -> Asked:
    """Return parameters that came in the body of a request: a text each, or a list of texts.

    Raises:
        Failure: one is something else.
    """
    pairs = [
        (name, each)
        for name, value in body.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    for name, value in pairs:
        if not isinstance(value, str):
            raise Failure("bad_request", f"{name[:100]} is a text or a list of texts")
    return Asked(pairs)


def body_of(content: bytes) -> Mapping[str, Any]:
    """Return the JSON object in the body of a request.

    Raises:
        Failure: it is something else.
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise Failure("bad_request", "the body is no JSON") from None
    if not isinstance(body, dict):
        raise Failure("bad_request", "the body is a JSON object")
    return body
