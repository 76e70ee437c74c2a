"""Which parameters differ between the trainings of a sweep."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Mapping
from typing import Any

from fitscribe.store import values

LISTED = 20

# Numbers are kept with their type beside them: no bool is equal to that.
_AS_THEY_ARE = (str, bool, type(None))
_NUMBERS = (int, float)


class Varying:
    """The distinct values of each parameter, up to a number. Objects of the user's are not held."""

    def __init__(self) -> None:
        # Most trainings are alone, and most parameters have one value ever: no set for each of these.
        self._first: dict[str, Hashable] = {}
        # All of those that have several, in the order in which they came.
        self._several: dict[str, dict[Hashable, None]] = {}
        self._set: set[str] = set()
        self._more: set[str] = set()

    def add(self, params: Mapping[str, Any], changed: Collection[str] | None) -> tuple[bool, list[str]]:
        """Take the parameters of one more training.

        Args:
            params: names and values.
            changed: those that are not at their default, which differs from estimator to estimator; None
                where that is unknown.

        Returns:
            Whether `found` is another one now; and the parameters of which a value is left out for the
            first time.
        """
        more, cut = False, []
        for name in params if changed is None else changed:
            if name not in self._set:
                self._set.add(name)
                more = True
        for name, value in params.items():
            key = value if type(value) in _AS_THEY_ARE else _known_by(value)
            if name not in self._first:
                self._first[name] = key
                continue
            seen = self._several.get(name) or {self._first[name]: None}
            if key in seen:
                continue
            if len(seen) < LISTED:
                seen[key] = None
                self._several[name] = seen
                more = more or name in self._set
            elif name in self._set and name not in self._more:
                self._more.add(name)
                cut.append(name)
        return more, cut

    @property
    def found(self) -> dict[str, list[Any]]:
        """The values by name of each parameter that has several, and was set in one of the trainings."""
        return {
            name: [_value_of(key) for key in self._several[name]]
            for name in self._first
            if name in self._several and name in self._set
        }


def _known_by(value: Any) -> Hashable:
    """What equal values of other types have in common: of numbers the type is part of it, else it is JSON."""
    kind = type(value)
    if kind in _NUMBERS and value == value:  # NaN is no equal of its own
        return kind, value
    return None, json.dumps(values.encode(value), sort_keys=True)


def _value_of(key: Any) -> Any:
    if type(key) is not tuple:
        return key
    kind, value = key
    return values.decode(json.loads(value)) if kind is None else value
