"""What is patched keeps its face: for `inspect`, for `isinstance`, for pickles and copies."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from fitscribe.testing.checks.registry import check
from fitscribe.testing.forks import Answer, Broken, Unfit, require
from fitscribe.testing.lab import Lab, expect_equal
from fitscribe.testing.layers import home_of
from fitscribe.testing.snapshots import difference


def _same_face(lab: Lab, name: str, what: str) -> None:
    """Compare one face of the function, all of which are looked at in the same two processes."""

    def faces() -> dict[str, Answer]:
        return {each: Answer.of(functools.partial(face, lab)) for each, face in _FACES.items()}

    expect_equal(
        lambda: lab.bare(faces, once="faces")[name].take(),
        lambda: lab.observed(faces, once="faces")[name].take(),
        what,
    )


def _both_ways(lab: Lab, see: Callable[[Any], Any]) -> dict[str, Any]:
    """See the function as the user reads it, through the instance and through where it lives."""
    call = lab.case().call
    home = home_of(call)
    return {"as called": see(call), "as read": see(getattr(home.holder, home.name))}


def _signature(f: Any) -> dict[str, Any]:
    return {
        "signature": str(inspect.signature(f)),
        "arguments": str(inspect.getfullargspec(f)),
        "annotations": repr(getattr(f, "__annotations__", None)),
        "defaults": repr(getattr(f, "__defaults__", None)),
        "keyword defaults": repr(getattr(f, "__kwdefaults__", None)),
        "code": repr(getattr(f, "__code__", None)),
    }


def _docstring(f: Any) -> dict[str, Any]:
    names = ("__doc__", "__name__", "__qualname__", "__module__")
    return {
        **{name: getattr(f, name, None) for name in names},
        "doc": inspect.getdoc(f),
        "file": inspect.getsourcefile(f),
        "source": inspect.getsource(f),
    }


def _kinds(f: Any) -> dict[str, Any]:
    names = ("isfunction", "ismethod", "isroutine", "isbuiltin", "iscoroutinefunction", "isgeneratorfunction")
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


def _relations(lab: Lab) -> dict[str, Any]:
    case = lab.case()
    home = home_of(case.call)
    name, raw = home.name, home.raw
    owner = getattr(case.call, "__self__", home.holder)
    again = getattr(owner, name)
    held = [
        module
        for module, loaded in sorted(sys.modules.copy().items())
        for value in list(getattr(loaded, "__dict__", {}).values())
        if value is raw
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


_FACES: dict[str, Callable[[Lab], dict[str, Any]]] = {
    "signature": lambda lab: _both_ways(lab, _signature),
    "docstring": lambda lab: _both_ways(lab, _docstring),
    "kinds": lambda lab: _both_ways(lab, _kinds),
    "relations": _relations,
}


@check()
def signature(lab: Lab) -> None:
    """Signature, argument names, defaults and annotations are the original's."""
    _same_face(lab, "signature", "signatures")


@check()
def docstring(lab: Lab) -> None:
    """Docstring, names, module and source are the original's."""
    _same_face(lab, "docstring", "docstrings and names")


@check()
def isinstance_(lab: Lab) -> None:
    """`isinstance`, `inspect.ismethod`, the class and its ancestry say what they said."""
    _same_face(lab, "kinds", "kinds")


@check()
def identity(lab: Lab) -> None:
    """Reading it twice gives the same or equal objects as it did, and modules hold it where they did."""
    _same_face(lab, "relations", "identities")


def _expect_working(lab: Lab, transform: Callable[[Any], Any], what: str) -> None:
    """Require what a transformation makes of the call to train as it does in an unpatched process."""

    def trained() -> dict[str, Any]:
        case = lab.ready_case()
        made = transform(case.call)
        same = getattr(made, "__self__", None) is getattr(case.call, "__self__", None)
        case.call = made
        return {"result": lab.train(case), "same instance": same}

    lab.expect_same(trained, what)


@check(shared=True)
def copy_(lab: Lab) -> None:
    """`copy.copy` works on it, and the copy trains."""
    _expect_working(lab, copy.copy, "copies")


@check(shared=True)
def deepcopy(lab: Lab) -> None:
    """`copy.deepcopy` works on it; a bound method takes a copy of its instance with it, as ever."""
    _expect_working(lab, copy.deepcopy, "deep copies")


def _expect_loadable(lab: Lab, dump: Callable[[Any], bytes], takes: Mapping[str, Callable[[], Any]]) -> None:
    """Require pickles from an observed process to load in an unpatched one.

    Arguments:
        lab: the training.
        dump: makes a pickle.
        takes: what each pickle is called in messages -> returns what it is made of.
    """

    def dumped() -> dict[str, bytes]:
        return {what: dump(take()) for what, take in takes.items()}

    def expect_dumped(what: str) -> None:
        try:
            dump(takes[what]())
        except Exception as error:
            raise Unfit(f"it does not pickle without fitscribe either: {error}") from None

    def expect_all_dumped() -> None:
        for what in takes:
            expect_dumped(what)

    def train_loaded() -> dict[str, Any]:
        trained = {}
        for what, pickled in data.items():
            expect_dumped(what)
            for name in (b"fitscribe.engine", b"wrapt", b"PatchedFunction"):
                require(
                    name not in pickled,
                    f"{what} holds {name.decode()}: it needs fitscribe where it is loaded",
                )
            loaded = pickle.loads(pickled)
            if callable(loaded):
                case = lab.case()
                case.call = loaded
                trained[what] = lab.train(case)
        return trained

    try:
        data = lab.observed(dumped)
    except Broken:
        lab.bare(expect_all_dumped)
        raise
    for what, outcome in lab.bare(train_loaded).items():
        found = difference(lab.bare_look()["outcome"], outcome)
        require(not found, f"what {what} loads to trains differently: {found}")


@check(shared=True)
def pickle_(lab: Lab) -> None:
    """It pickles, and the pickle loads and trains where fitscribe is not active, or not installed."""
    _expect_loadable(lab, pickle.dumps, {"the pickle": lambda: lab.ready_case().call})


@check(shared=True)
def cloudpickle(lab: Lab) -> None:
    """It cloudpickles, user-defined classes by value included, and trains where it is loaded."""
    try:
        import cloudpickle as cloud
    except ImportError:
        raise Unfit("cloudpickle is not installed") from None

    def dump(value: Any) -> bytes:
        # As if the training was written in __main__: what the script defines travels by value.
        module = sys.modules[lab.maker.__module__]
        cloud.register_pickle_by_value(module)
        try:
            data: bytes = cloud.dumps(value)
        finally:
            cloud.unregister_pickle_by_value(module)
        return data

    def its_class() -> list[Any]:
        holder = home_of(lab.case().call).holder
        return [holder] if isinstance(holder, type) else []

    takes = {"the cloudpickle": lambda: lab.ready_case().call, "the cloudpickle of its class": its_class}
    _expect_loadable(lab, dump, takes)


@check(shared=True)
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

    found = difference(lab.bare_look()["outcome"], lab.observed(observed))
    require(not found, f"the partial function trains differently: {found}")
    take = {"the pickle of a partial": lambda: functools.partial(lab.ready_case().call)}
    _expect_loadable(lab, pickle.dumps, take)
