"""What is patched keeps its face: for `inspect`, for `isinstance`, for pickles and copies."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import sys
import types
from collections.abc import Callable
from typing import Any

from fitscribe.testing.checks.registry import check
from fitscribe.testing.forks import Unfit, require
from fitscribe.testing.lab import Lab
from fitscribe.testing.layers import home_of
from fitscribe.testing.snapshots import difference

Look = Callable[[Any], Any]


def _same_face(lab: Lab, look: Look, what: str) -> None:
    """Compare the function as the user reads it, through the instance and through where it lives."""

    def faces() -> Any:
        call = lab.case().call
        home = home_of(call)
        return {"as called": look(call), "as read": look(getattr(home.holder, home.name))}

    lab.expect_same(faces, what)


@check()
def signature(lab: Lab) -> None:
    """Signature, argument names, defaults and annotations are the original's."""
    _same_face(
        lab,
        lambda f: {
            "signature": str(inspect.signature(f)),
            "arguments": str(inspect.getfullargspec(f)),
            "annotations": repr(getattr(f, "__annotations__", None)),
            "defaults": repr(getattr(f, "__defaults__", None)),
            "keyword defaults": repr(getattr(f, "__kwdefaults__", None)),
            "code": repr(getattr(f, "__code__", None)),
        },
        "signatures",
    )


@check()
def docstring(lab: Lab) -> None:
    """Docstring, names, module and source are the original's."""
    _same_face(
        lab,
        lambda f: {
            **{
                name: getattr(f, name, None) for name in ("__doc__", "__name__", "__qualname__", "__module__")
            },
            "doc": inspect.getdoc(f),
            "file": inspect.getsourcefile(f),
            "source": inspect.getsource(f),
        },
        "docstrings and names",
    )


@check()
def isinstance_(lab: Lab) -> None:
    """`isinstance`, `inspect.ismethod`, the class and its ancestry say what they said."""

    def kinds(f: Any) -> dict[str, Any]:
        names = (
            "isfunction",
            "ismethod",
            "isroutine",
            "isbuiltin",
            "iscoroutinefunction",
            "isgeneratorfunction",
        )
        kinds: tuple[type, ...] = (types.FunctionType, types.MethodType, types.BuiltinFunctionType)
        owner = getattr(f, "__self__", None)
        cls = owner if isinstance(owner, type) else type(owner)
        return {
            **{name: getattr(inspect, name)(f) for name in names},
            "callable": callable(f),
            **{kind.__name__: isinstance(f, kind) for kind in kinds},
            "class": [f"{each.__module__}.{each.__qualname__}" for each in (cls, type(cls), *cls.__mro__)],
            "is an instance": isinstance(owner, cls),
            "own attributes": sorted(vars(owner)) if hasattr(owner, "__dict__") else None,
        }

    _same_face(lab, kinds, "kinds")


@check()
def identity(lab: Lab) -> None:
    """Reading it twice gives the same or equal objects as it did, and modules hold it where they did."""

    def relations() -> dict[str, Any]:
        case = lab.case()
        home = home_of(case.call)
        name = home.name
        owner = getattr(case.call, "__self__", home.holder)
        again = getattr(owner, name)
        held = [
            module
            for module, loaded in sorted(sys.modules.items())
            for value in list(getattr(loaded, "__dict__", {}).values())
            if value is home.raw
        ]
        return {
            "equal": again == case.call,
            "hash": hash(again) == hash(case.call),
            "key": {case.call: True}.get(again),
            "the same again": again is case.call,
            "read from its home": getattr(home.holder, name) is getattr(home.holder, name),
            "of another": case.call == lab.case().call,
            "held by modules": held,
            "its own __self__": getattr(case.call, "__self__", None) is getattr(again, "__self__", None),
        }

    lab.expect_same(relations, "identities")


def _expect_working(lab: Lab, transform: Callable[[Any], Any], what: str) -> None:
    """Require what a transformation makes of the call to train as it does in an unpatched process."""

    def trained() -> dict[str, Any]:
        case = lab.case()
        made = transform(case.call)
        same = getattr(made, "__self__", None) is getattr(case.call, "__self__", None)
        case.call = made
        return {"result": lab.train(case), "same instance": same}

    lab.expect_same(trained, what)


@check()
def copy_(lab: Lab) -> None:
    """`copy.copy` works on it, and the copy trains."""
    _expect_working(lab, copy.copy, "copies")


@check()
def deepcopy(lab: Lab) -> None:
    """`copy.deepcopy` works on it; a bound method takes a copy of its instance with it, as ever."""
    _expect_working(lab, copy.deepcopy, "deep copies")


def _expect_loadable(lab: Lab, dump: Callable[[Any], bytes], take: Callable[[], Any], what: str) -> None:
    """Require a pickle from an observed process to load in this, unpatched one."""
    try:
        dump(take())
    except Exception as error:
        raise Unfit(f"it does not pickle without fitscribe either: {error}") from None
    data = lab.observed(lambda: dump(take()))
    for name in (b"fitscribe.engine", b"wrapt", b"PatchedFunction"):
        require(name not in data, f"{what} holds {name.decode()}: it needs fitscribe where it is loaded")
    loaded = pickle.loads(data)
    if callable(loaded):
        case = lab.case()
        case.call = loaded
        found = difference(lab.outcome(), lab.train(case))
        require(not found, f"what {what} loads to trains differently: {found}")


@check()
def pickle_(lab: Lab) -> None:
    """It pickles, and the pickle loads and trains where fitscribe is not active, or not installed."""
    _expect_loadable(lab, pickle.dumps, lambda: lab.case().call, "the pickle")


@check()
def cloudpickle(lab: Lab) -> None:
    """It cloudpickles, user-defined classes by value included, and trains where it is loaded."""
    try:
        import cloudpickle as cloud
    except ImportError:
        raise Unfit("cloudpickle is not installed") from None
    module = sys.modules[lab.maker.__module__]
    # As if the training was written in __main__: what the script defines travels by value.
    cloud.register_pickle_by_value(module)
    _expect_loadable(lab, cloud.dumps, lambda: lab.case().call, "the cloudpickle")
    home = home_of(lab.case().call)
    if isinstance(home.holder, type):
        _expect_loadable(lab, cloud.dumps, lambda: [home.holder], "the cloudpickle of its class")


@check()
def partial(lab: Lab) -> None:
    """`functools.partial` of it trains, makes the same runs, and pickles."""

    def trained() -> Any:
        case = lab.case()
        made = functools.partial(case.call, *case.args, **case.kwargs)
        case.call, case.args, case.kwargs = made, (), {}
        return lab.train(case)

    def observed() -> Any:
        result = trained()
        lab.require_runs(1, "of a partial function")
        return result

    found = difference(lab.outcome(), lab.observed(observed))
    require(not found, f"the partial function trains differently: {found}")
    _expect_loadable(lab, pickle.dumps, lambda: functools.partial(lab.case().call), "the pickle of a partial")
