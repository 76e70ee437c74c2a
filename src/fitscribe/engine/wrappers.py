"""The one class that stands in for a function or method of a framework.

``wrapt`` keeps identity, signature, docstring and ``isinstance``; what it does not do is pickle and copy.
Both are done here so that a pickle holds nothing of fitscribe: the process that loads it need not have it
installed.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any

import wrapt

if TYPE_CHECKING:
    from fitscribe.engine.places import Place

    _FunctionWrapper = wrapt.FunctionWrapper[Any, Any]
    _BoundFunctionWrapper = wrapt.BoundFunctionWrapper[Any, Any]
else:
    _FunctionWrapper = wrapt.FunctionWrapper  # cannot be subscripted before wrapt 2
    _BoundFunctionWrapper = wrapt.BoundFunctionWrapper

# Past super(), which takes as long again: a method is bound more often than it is called.
_get = _FunctionWrapper.__get__

Around = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]


class BoundPatchedFunction(_BoundFunctionWrapper):
    """What reading a patched method from an instance or a class gives."""

    # AutoGraph of TensorFlow leaves what has this as it is, and does not warn. Functions of its own are not
    # rewritten in any case.
    autograph_info__ = None

    def _self_binding_of(self) -> tuple[Any, str]:
        parent = self._self_parent
        instance = self._self_instance
        if instance is None:
            # Read through the class: a class method knows its class, a descriptor only where it was found.
            instance = getattr(self.__wrapped__, "__self__", None)
        if instance is None:
            instance = parent._self_holder
        return instance, parent._self_attribute

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return getattr, self._self_binding_of()

    def __reduce__(self) -> Any:
        return getattr, self._self_binding_of()

    def __copy__(self) -> BoundPatchedFunction:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if self._self_instance is None:
            return self
        from copy import deepcopy

        return getattr(deepcopy(self._self_instance, memo), self._self_parent._self_attribute)


class PatchedFunction(_FunctionWrapper):
    """A function, or the raw attribute of a class, with an observer around it.

    Args:
        wrapped: the original: a function, or what the class dictionary holds (descriptors included).
        around: called as ``around(wrapped, instance, args, kwargs)``.
        holder: the class whose dictionary holds it; None for a function of a module.
        attribute: the name it is held under.
    """

    __bound_function_wrapper__ = BoundPatchedFunction
    autograph_info__ = None

    def __init__(self, wrapped: Any, around: Around, holder: type | None, attribute: str) -> None:
        super().__init__(wrapped, around)
        self._self_holder = holder
        self._self_attribute = attribute
        self._self_places: list[Place] = []
        """Those that it serves, where an observer is around it."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None and isinstance(self.__wrapped__, FunctionType):
            return self  # read through a class, a function is always the same object
        return _get(self, instance, owner)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __reduce_ex__(self, protocol: Any) -> Any:
        wrapped = self.__wrapped__
        qualname = getattr(wrapped, "__qualname__", None)
        if isinstance(qualname, str):
            from pkgutil import resolve_name

            name = f"{wrapped.__module__}:{qualname}"
            try:
                reachable = resolve_name(name) is self
            except (ImportError, AttributeError, ValueError):
                reachable = False
            if reachable:
                # A global, as the original would be: the same bytes.
                return qualname
        # By value: a class that is pickled with its dictionary, or a reference that outlived the patch. The
        # original pickles itself as it always did; indexing a tuple is identity without a helper of ours.
        return operator.getitem, ((wrapped,), 0)

    def __reduce__(self) -> Any:
        return self.__reduce_ex__(2)

    def __copy__(self) -> PatchedFunction:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> PatchedFunction:
        return self


def guarded_function(raw: Any) -> Any:
    """The function that a descriptor such as scikit-learn's ``available_if`` guards; else None."""
    found = getattr(raw, "__dict__", {}).get("fn")
    return found if isinstance(found, FunctionType) and not callable(raw) else None


def guarding(descriptor: Any, wrapper: PatchedFunction) -> Any:
    """A descriptor of the same kind around the wrapper of what it guards.

    It is no wrapper itself: other tools look past descriptors that they know by reading their attributes with
    ``object.__getattribute__``, which a proxy does not answer (MLflow's autologging of scikit-learn).
    """
    found = copy.copy(descriptor)
    # Past __setattr__: it is the class's own.
    vars(found).update(fn=wrapper, __wrapped__=wrapper)
    return found
