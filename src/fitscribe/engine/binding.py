"""Which argument of a call is which: what `inspect.Signature.bind` tells, faster where that is simple."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any


class Binding:
    """The arguments of calls by the names of their parameters.

    Args:
        form: the signature as callers see it.
    """

    __slots__ = ("_all", "_collects", "_form", "_positional", "_required")

    def __init__(self, form: Signature) -> None:
        every = form.parameters.values()
        parameters = [each for each in every if each.kind is not Parameter.VAR_KEYWORD]
        plain = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        self._form = form
        self._collects = [each.name for each in every if each.kind is Parameter.VAR_KEYWORD]
        self._positional: tuple[str, ...] | None = None
        if all(each.kind in plain for each in parameters):
            self._positional = tuple(each.name for each in parameters if each.kind is plain[0])
        self._all = tuple(each.name for each in parameters)
        self._required = frozenset(each.name for each in parameters if each.default is each.empty)

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return argument by parameter name, as passed; ``**kwargs`` under their own names.

        Raises:
            TypeError: the function does not take such arguments.
        """
        names = self._positional
        if names is not None and len(args) <= len(names):
            found = dict(zip(names, args, strict=False))
            if kwargs:
                given = {**found, **kwargs}
                found = {name: given[name] for name in self._all if name in given}
                if self._collects and len(found) < len(given):
                    found.update({name: value for name, value in kwargs.items() if name not in found})
            if len(found) == len(args) + len(kwargs) and self._required <= found.keys():
                return found
        found = dict(self._form.bind(*args, **kwargs).arguments)
        for name in self._collects:
            found.update(found.pop(name, {}))
        return found
