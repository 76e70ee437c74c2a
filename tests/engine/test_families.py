"""Methods of all classes that descend from a base: each owner once, those to come included."""

from __future__ import annotations

import abc
import dataclasses
import inspect
import sys
from collections.abc import Generator
from typing import Any

import pytest

from fitscribe import engine

METHODS = ["fit", "fit_predict", "from_data", "check"]


@pytest.fixture
def core(fake: Any) -> Any:
    """The framework's module, its family observed."""
    fake.switch_on(fake.point("core:Base", id="fit", methods=METHODS))
    return fake.load("core")


def test_inherited_method_is_counted_once(fake: Any, core: Any) -> None:
    class Mine(core.Tree):  # type: ignore[misc]
        pass

    Mine().fit([1])
    assert len(fake.calls) == 1
    owners = [cls for cls in (core.Base, core.Tree, core.Forest, core.Mixin, Mine) if "fit" in vars(cls)]
    assert owners == [core.Base, core.Forest]


def test_nested_calls_belong_to_the_outermost(fake: Any, core: Any) -> None:
    core.Forest().fit([1])
    assert [type(result).__name__ for result in fake.results] == ["Forest"]


def test_super_call_makes_no_second(fake: Any, core: Any) -> None:
    class Mine(core.Forest):  # type: ignore[misc]
        def fit(self, X: Any, y: Any = None) -> Any:
            return super().fit(X, y)

    assert len(Mine().fit([1]).trees_) == 3
    assert len(fake.calls) == 1


def test_mixin_is_patched_for_the_family_alone(fake: Any, core: Any) -> None:
    class Stranger(core.Mixin):  # type: ignore[misc]
        def fit(self, X: Any) -> Any:
            self.X_ = X
            return self

    assert Stranger().fit_predict([1]) == [1]
    assert not fake.calls
    assert core.Tree().fit_predict([2]) == [2]
    assert [call.name for call in fake.calls] == ["fit_predict"]


def test_class_methods_and_static_methods(fake: Any, core: Any) -> None:
    class Mine(core.Forest):  # type: ignore[misc]
        pass

    assert type(Mine.from_data([1])) is Mine
    assert Mine.check([1, 2]) == Mine().check([1, 2]) == 2
    assert [call.name for call in fake.calls] == ["from_data", "check", "check"]
    assert isinstance(inspect.getattr_static(core.Forest, "from_data"), classmethod)
    assert isinstance(inspect.getattr_static(core.Forest, "check"), staticmethod)


def test_unbound_call_is_observed_with_its_instance(fake: Any, core: Any) -> None:
    tree = core.Tree()
    instances = []

    def observer(call: engine.Call) -> Any:
        instances.append((call.instance, call.arguments))
        yield

    engine.unregister(fake.name)
    fake.switch_on(fake.point("core:Base", observer, id="fit", methods=["fit"]))
    core.Base.fit(tree, [1], sample_weight=2)
    assert instances == [(tree, {"X": [1], "sample_weight": 2})]


def test_property_is_never_wrapped(fake: Any) -> None:
    fake.write(
        core="""
        from functools import cached_property
        class Base:
            @property
            def fit(self):
                return 1
            @cached_property
            def score(self):
                return 2
            transform = None
        class Function:
            value = property(lambda self: 3)
        """,
        init="",
    )
    core = fake.load("core")
    before = {**vars(core.Base)}
    fake.switch_on(
        fake.point("core:Base", id="fit", methods=["fit", "score", "transform"]),
        fake.point("core:Function.value", id="value"),
    )
    assert all(vars(core.Base)[name] is before[name] for name in ("fit", "score", "transform"))
    assert (core.Base().fit, core.Base().score, core.Function().value) == (1, 2, 3)
    assert "Base.fit (a property)" in fake.status("fit").reason
    assert fake.status("value").state == "skipped" and "a property" in fake.status("value").reason


def test_what_a_class_takes_back_is_nothing_to_patch(fake: Any) -> None:
    fake.write(
        core="""
        class Base:
            def fit(self):
                return 1
        class Other(Base):
            @property
            def fit(self):
                'Unlike its base it has none.'
                raise AttributeError
        """,
        init="",
    )
    core = fake.load("core")
    fake.switch_on(fake.point("core:Base", id="fit", methods=["fit"]))
    assert core.Base().fit() == 1 and not hasattr(core.Other(), "fit")
    assert "cannot be patched" not in fake.status("fit").reason


def test_available_if_descriptor_keeps_hasattr(fake: Any) -> None:
    fake.write(
        core="""
        from functools import update_wrapper
        from types import MethodType
        class available_if:
            def __init__(self, fn):
                self.fn = fn
                update_wrapper(self, fn)
            def __get__(self, instance, owner=None):
                if instance is not None and not instance.available:
                    raise AttributeError("not available here")
                return MethodType(self.fn, instance) if instance is not None else self.fn
        class Base:
            available = True
            @available_if
            def fit(self, X, y=None):
                return self
        """,
        init="",
    )
    core = fake.load("core")
    fake.switch_on(fake.point("core:Base", id="fit", methods=["fit"], relies_on=["X", "y"]))
    able, unable = core.Base(), core.Base()
    unable.available = False
    assert hasattr(able, "fit") and hasattr(core.Base, "fit")
    assert not hasattr(unable, "fit")
    with pytest.raises(AttributeError, match="^not available here$"):
        unable.fit([1])
    assert able.fit([1], y=2) is able
    assert fake.calls[0].state == "applied"


def test_class_made_later_and_its_keywords(fake: Any) -> None:
    fake.write(
        core="""
        class Base:
            made = []
            def __init_subclass__(cls, *, tag="none", **kwargs):
                super().__init_subclass__(**kwargs)
                cls.tag = tag
                Base.made.append((cls.__name__, tag, type(cls.__dict__.get("fit")).__name__))
            def fit(self):
                return self
        """,
        init="",
    )
    core = fake.load("core")
    before = vars(core.Base)["__init_subclass__"]
    fake.switch_on(fake.point("core:Base", id="fit", methods=["fit"]))

    class Mine(core.Base, tag="mine"):  # type: ignore[misc, call-arg]
        def fit(self) -> Any:
            return "mine"

    # The framework's own hook sees the class as its author wrote it.
    assert core.Base.made == [("Mine", "mine", "function")] and Mine.tag == "mine"
    assert Mine().fit() == "mine" and len(fake.calls) == 1
    with pytest.raises(TypeError, match="takes no keyword arguments"):
        type("Bad", (core.Base,), {}, unknown=1)
    engine.deactivate(fake.name)
    assert vars(core.Base)["__init_subclass__"] is before
    assert type(vars(Mine)["fit"]).__name__ == "function"


def test_base_without_init_subclass_gets_none_for_good(fake: Any, core: Any) -> None:
    with pytest.raises(TypeError, match="takes no keyword arguments") as raised:

        class Bad(core.Base, unknown=1):  # type: ignore[misc, call-arg]
            pass

    assert len(raised.traceback) == (1 if sys.version_info >= (3, 11) else 2)
    engine.deactivate(fake.name)
    assert "__init_subclass__" not in vars(core.Base)


def test_definer_that_wraps_methods_is_waited_for(fake: Any) -> None:
    fake.write(
        core="""
        from functools import wraps
        class Output:
            def __init_subclass__(cls, **kwargs):
                super().__init_subclass__(**kwargs)
                if "fit" in vars(cls):
                    inner = vars(cls)["fit"]
                    cls.fit = wraps(inner)(lambda self: ("output", inner(self)))
        class Base:
            pass
        """,
        init="",
    )
    core = fake.load("core")
    fake.switch_on(
        engine.observes(
            f"{fake.name}.core:Base",
            id="fit",
            methods=["fit"],
            definers=[f"{fake.name}.core:Output", "no.such:Thing"],
        )(fake.observer)
    )

    class Mine(core.Output, core.Base):  # type: ignore[misc]
        def fit(self) -> Any:
            return 1

    assert Mine().fit() == ("output", 1)
    assert fake.results == [("output", 1)]


def test_method_copied_in_a_class_body(fake: Any, core: Any) -> None:
    class Mine(core.Base):  # type: ignore[misc]
        fit = core.Forest.fit

    Mine().fit([1])
    assert len(fake.calls) == 1
    engine.deactivate(fake.name)
    assert vars(Mine)["fit"] is vars(core.Forest)["fit"]
    Mine().fit([1])
    assert len(fake.calls) == 1


def test_metaclass_that_forbids_assignment_or_hashing(fake: Any, core: Any) -> None:
    class Strict(type):
        def __setattr__(cls, name: str, value: Any) -> None:
            raise TypeError(f"{name} is final")

        __hash__ = None  # type: ignore[assignment]

    class Mine(core.Base, metaclass=Strict):  # type: ignore[misc]
        def fit(self, X: Any) -> Any:
            return X

    assert Mine().fit(5) == 5
    assert len(fake.calls) == 1
    engine.deactivate(fake.name)
    assert type(vars(Mine)["fit"]).__name__ == "function"


def test_dataclasses_and_abstract_methods(fake: Any, core: Any) -> None:
    class Abstract(core.Base, abc.ABC):  # type: ignore[misc]
        @abc.abstractmethod
        def fit(self, X: Any) -> Any: ...

    @dataclasses.dataclass
    class Mine(Abstract):
        depth: int = 3

        def fit(self, X: Any) -> Any:
            return self.depth

    with pytest.raises(TypeError, match="abstract"):
        Abstract()
    assert Mine(4).fit([1]) == 4 and Mine(4) == Mine(4)
    assert len(fake.calls) == 1


def test_class_that_cannot_be_patched_is_said(fake: Any) -> None:
    fake.write(core="class Base:\n    pass\nclass Table(Base, dict):\n    pass\n", init="")
    fake.load("core")
    fake.switch_on(fake.point("core:Base", id="fit", methods=["update"]))
    assert "builtins.dict.update" in fake.status("fit").reason
    assert fake.load("core").Table(a=1)["a"] == 1


def test_inherited_target_is_observed_on_the_named_class_alone(fake: Any) -> None:
    core = fake.load("core")
    fake.switch_on(fake.point("core:Tree.fit", id="fit"))
    core.Base().fit([1])
    assert not fake.calls
    core.Tree().fit([1])
    assert len(fake.calls) == 1
    assert "fit" not in vars(core.Tree)


def test_instance_that_lies_about_its_class(fake: Any, core: Any) -> None:
    class Liar(core.Mixin):  # type: ignore[misc]
        @property
        def __class__(self) -> Any:
            raise RuntimeError("asked")

        def fit(self, X: Any) -> Any:
            self.X_ = X
            return self

    assert Liar().fit_predict([1]) == [1]


def test_classes_are_let_go(fake: Any, core: Any) -> None:
    import gc
    import weakref

    def make() -> weakref.ref[type]:
        class Mine(core.Base):  # type: ignore[misc]
            def fit(self, X: Any) -> Any:
                return X

        Mine().fit([1])
        return weakref.ref(Mine)

    reference = make()
    fake.calls.clear()
    gc.collect()
    assert reference() is None


def test_metadata_routing_sees_the_signature(core: Any) -> None:
    # scikit-learn reads requests such as sample_weight from inspect.signature(cls.fit) when a class is made.
    assert list(inspect.signature(core.Base.fit).parameters) == ["self", "X", "y", "sample_weight"]
    assert list(inspect.signature(core.Base().fit).parameters) == ["X", "y", "sample_weight"]
    assert core.Base.fit.__qualname__ == "Base.fit" and core.Base().fit.__doc__ == "Fit the model."
    assert inspect.ismethod(core.Base().fit) and inspect.isfunction(core.Base.fit)


def test_the_name_of_the_class_is_known_however_the_method_is_called(fake: Any) -> None:
    names = []

    def observer(call: engine.Call) -> Generator[None, Any, None]:
        names.append(call.class_name)
        yield

    fake.switch_on(fake.point("core:Base", observer, id="fit", methods=["fit", "check", "from_data"]))
    core = fake.load("core")
    core.Tree().fit([1])
    core.Base.fit(core.Tree(), [1])
    core.Forest.check([1])
    core.Forest().check([1])
    core.Forest.from_data([1])
    assert names == ["Tree", "Tree", "Forest", "Forest", "Forest"]
