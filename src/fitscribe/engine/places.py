"""One attribute that is wrapped, and what its function looks like from outside."""

from __future__ import annotations

import weakref
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any

from fitscribe.engine.binding import Binding
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
        beneath: where the original is another tool's wrapper of an observed function, the place of that.
    """

    __slots__ = (
        "__weakref__",
        "_binding",
        "_signature",
        "_unmet",
        "base",
        "beneath",
        "binds_first",
        "holder",
        "live",
        "name",
        "nested",
        "original",
        "point",
        "stands",
        "takes_all",
        "together",
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
        beneath: Place | None = None,
    ) -> None:
        self.point = point
        self.holder = holder
        self.name = name
        self.original = original
        self.together: list[Place] = [self]
        """All places that one wrapper serves, in the order in which they are asked."""
        self.wrapper: Any = None
        self.stands: Any = None
        """What stands in the namespace of the holder: the wrapper, or a descriptor that holds it."""
        self.base = base
        self.binds_first = binds_first
        self.beneath = beneath
        self.live = point.live
        self.nested = point.nested
        self.takes_all = point.takes_all
        """Whether no condition of the point's need be asked."""
        self._signature: Signature | None = _UNREAD
        self._binding: Binding | None = _UNREAD
        self._unmet: str | None = None

    def can_join(self, other: Place) -> bool:
        """Whether the wrapper of another place may serve this one as well, before that.

        What it observes is owned then, so that one which observes no owned calls need not be asked any more:
        a call is observed once at most. Those of one framework come and go together.
        """
        return (
            other.point.framework == self.point.framework
            and not any(each.nested for each in other.together)
            and all(each.point.definition.watcher is None for each in (self, *other.together))
        )

    def join(self, other: Place) -> None:
        """Be served by the wrapper of another place on the same attribute, before that."""
        self.original, self.wrapper, self.stands = other.original, other.wrapper, other.stands
        self.together = other.together
        self.together.insert(0, self)

    @property
    def is_needed(self) -> bool:
        """Whether its wrapper serves a point that is installed."""
        return any(each.point.installed for each in self.together)

    @property
    def title(self) -> str:
        """Where it is, for people: the module or class, and the name in it."""
        if isinstance(self.holder, str):
            return f"{self.holder}.{self.name}"
        owner = self.holder()
        return f"{owner.__module__}.{owner.__qualname__}.{self.name}" if owner is not None else self.name

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
    def binding(self) -> Binding | None:
        """What tells the arguments of a call apart; None where the signature cannot be read."""
        if self._binding is _UNREAD:
            form = self.signature
            self._binding = None if form is None else Binding(form)
        return self._binding

    @property
    def unmet(self) -> str | None:
        """What the observer relies on and does not find here."""
        if self._signature is _UNREAD:
            self._signature = self.signature
        return self._unmet

    def position_of(self, parameter: str) -> int | None:
        """Which positional argument a parameter is; None where it can be passed by keyword only."""
        form = self.signature
        if form is None:
            return None
        kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        names = [each.name for each in form.parameters.values() if each.kind in kinds]
        return names.index(parameter) if parameter in names else None

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
        passes_on = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
        if self.beneath is not None and all(each.kind in passes_on for each in parameters):
            return self.beneath.signature
        kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        if self.binds_first and parameters and parameters[0].kind in kinds:
            del parameters[0]
        if self.point.definition.by_position:
            parameters = [
                each.replace(kind=kinds[1]) if each.kind is Parameter.KEYWORD_ONLY else each
                for each in parameters
            ]
        return found.replace(parameters=parameters)
