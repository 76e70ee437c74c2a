"""One attribute that is wrapped, and what its function looks like from outside."""

from __future__ import annotations

import weakref
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any

from fitscribe.engine.gate import unmet_reliance

if TYPE_CHECKING:
    from fitscribe.engine.installed import InstalledPoint

_UNREAD: Any = object()


class Place:
    """One attribute that is wrapped: a method of one class, or a function of one module.

    Args:
        point: whose observer runs here.
        holder: the class, or the name of the module.
        name: of the attribute.
        original: what was there.
        base: where set, only calls on its instances are observed.
        binds_first: whether the first parameter is the instance or class.
    """

    __slots__ = (
        "__weakref__",
        "_signature",
        "_unmet",
        "base",
        "binds_first",
        "holder",
        "live",
        "name",
        "original",
        "point",
        "wrapper",
    )

    def __init__(
        self,
        point: InstalledPoint,
        holder: weakref.ref[type] | str,
        name: str,
        original: Any,
        *,
        base: type | None = None,
        binds_first: bool = True,
    ) -> None:
        self.point = point
        self.holder = holder
        self.name = name
        self.original = original
        self.wrapper: Any = None
        self.base = base
        self.binds_first = binds_first
        self.live = point.live
        self._signature: Signature | None = _UNREAD
        self._unmet: str | None = None

    @property
    def signature(self) -> Signature | None:
        """The signature as callers see it, without the instance; None where it cannot be read."""
        if self._signature is _UNREAD:
            found = self._read_signature()
            definition = self.point.definition
            self._unmet = unmet_reliance(found, definition.relies_on) or unmet_reliance(
                found, definition.injects
            )
            self._signature = found
        return self._signature

    @property
    def unmet(self) -> str | None:
        """What the observer relies on and does not find here."""
        if self._signature is _UNREAD:
            self._signature = self.signature
        return self._unmet

    def serves(self, instance: Any) -> bool:
        """Whether a call on this instance, or on this class, is any business of the point."""
        if self.base is None:
            return True
        # Not isinstance(): it asks the instance and the metaclass, both of which may be anybody's code.
        cls = instance if issubclass(type(instance), type) else type(instance)
        return self.base in cls.__mro__

    def _read_signature(self) -> Signature | None:
        function: Any = self.original
        if isinstance(function, (classmethod, staticmethod)):
            function = function.__func__
        if not callable(function):
            # A descriptor such as scikit-learn's available_if: it keeps the function that it guards.
            function = getattr(function, "__wrapped__", None) or getattr(function, "fn", None)
        try:
            found = signature(function)
        except Exception:
            # Not only TypeError and ValueError: a signature may be computed by anybody's code.
            return None
        parameters = list(found.parameters.values())
        kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        if self.binds_first and parameters and parameters[0].kind in kinds:
            del parameters[0]
        return found.replace(parameters=parameters)
