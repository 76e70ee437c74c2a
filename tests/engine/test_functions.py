"""Functions of modules: aliases, and everything that a wrapped function must still be."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import sys
from typing import Any

import cloudpickle

from fitscribe import engine


def test_function_imported_later_is_observed(fake: Any) -> None:
    fake.switch_on(fake.point("core:train"))
    assert fake.load().train({"a": 1}, 3) == {"params": {"a": 1}, "rounds": 3, "options": {}}
    assert [call.name for call in fake.calls] == ["train"]
    assert fake.results[0]["rounds"] == 3
    assert fake.status().state == "applied"


def test_alias_bound_early_is_rebound(fake: Any) -> None:
    fake.write(
        init="from FW.core import train\nfrom FW import other\n", other="from FW.core import train as t\n"
    )
    module = fake.load()
    mine = sys.modules[__name__]
    mine.train_of_mine = original = module.train  # type: ignore[attr-defined]
    fake.switch_on(fake.point("core:train"))
    wrapped = {module.train, module.core.train, module.other.t, mine.train_of_mine}  # type: ignore[attr-defined]
    assert len({id(each) for each in wrapped}) == 1
    module.other.t({})
    assert len(fake.calls) == 1
    engine.deactivate(fake.name)
    for found in (module.train, module.core.train, module.other.t, mine.train_of_mine):  # type: ignore[attr-defined]
        assert found is original
    del mine.train_of_mine  # type: ignore[attr-defined]


def test_what_no_alias_reaches_is_said(fake: Any) -> None:
    fake.write(user="from FW.core import train\nkept = [train]\ndef run(f=train):\n    return f({})\n")
    fake.load("user").run()
    fake.switch_on(fake.point("core:train"))
    assert "default arguments" in fake.status().reason and "a list" in fake.status().reason
    assert not fake.calls


def test_wrapped_function_is_still_itself(fake: Any) -> None:
    fake.load()
    bare = fake.load("core").train
    facts = (inspect.signature(bare), bare.__doc__, bare.__name__, bare.__qualname__, inspect.getsource(bare))
    fake.switch_on(fake.point("core:train"))
    train = fake.load("core").train
    assert train is not bare
    again = (
        inspect.signature(train),
        train.__doc__,
        train.__name__,
        train.__qualname__,
        inspect.getsource(train),
    )
    assert again == facts
    assert inspect.isfunction(train) and isinstance(train, type(bare)) and callable(train)
    assert inspect.unwrap(train) is bare and train == bare and hash(train) == hash(bare)


def test_function_pickles_to_the_same_bytes(fake: Any) -> None:
    bare = pickle.dumps(fake.load().train), cloudpickle.dumps(fake.load().train)
    fake.switch_on(fake.point("core:train"))
    train = fake.load().train
    assert (pickle.dumps(train), cloudpickle.dumps(train)) == bare
    assert pickle.loads(pickle.dumps(train)) is train
    assert copy.copy(train) is train and copy.deepcopy([train])[0] is train


def test_function_in_c_pickles_by_name(fake: Any) -> None:
    import math

    fake.load()
    bare = pickle.dumps(math.sqrt)
    engine.register(
        fake.name, engine.Integration(fake.name, [engine.observes("math:sqrt", id="sqrt")(fake.observer)])
    )
    engine.activate([fake.name])
    assert math.sqrt(4) == 2 and len(fake.calls) == 1
    assert pickle.dumps(math.sqrt) == bare


def test_reference_that_outlived_the_patch_pickles(fake: Any) -> None:
    fake.switch_on(fake.point("core:train"))
    kept = fake.load().train
    engine.deactivate(fake.name)
    assert pickle.loads(pickle.dumps(kept)) is fake.load().train
    assert kept({}, 2)["rounds"] == 2 and not fake.calls


def test_partial(fake: Any) -> None:
    fake.switch_on(fake.point("core:train"))
    short = functools.partial(fake.load().train, rounds=2)
    assert pickle.loads(pickle.dumps(short))({})["rounds"] == 2
    assert fake.calls[0].point_id == f"{fake.name}.train"


def test_wraps_and_weak_references(fake: Any) -> None:
    import weakref

    fake.switch_on(fake.point("core:train"))
    train = fake.load().train

    @functools.wraps(train)
    def mine(*args: Any, **kwargs: Any) -> Any:
        return train(*args, **kwargs)

    assert mine.__name__ == "train" and inspect.signature(mine) == inspect.signature(train)
    assert weakref.ref(train)() is train


def test_coroutine_and_generator_functions_stay_what_they_are(fake: Any) -> None:
    import asyncio

    fake.write(core="async def train():\n    return 1\ndef steps():\n    yield 1\n    yield 2\n", init="")
    fake.switch_on(fake.point("core:train"), fake.point("core:steps", id="steps"))
    core = fake.load("core")
    assert inspect.iscoroutinefunction(core.train) and inspect.isgeneratorfunction(core.steps)
    assert asyncio.run(core.train()) == 1
    assert list(core.steps()) == [1, 2]
    assert len(fake.calls) == 2


def test_class_is_never_replaced(fake: Any) -> None:
    before = fake.load("core").Tree
    fake.switch_on(fake.point("core:Tree"))
    assert fake.load("core").Tree is before
    assert fake.status().state == "skipped" and "is a class" in fake.status().reason


def test_missing_target_is_said(fake: Any) -> None:
    fake.switch_on(fake.point("core:no_such_function"), fake.point("core:Nobody.fit", id="method"))
    fake.load()
    for point in ("train", "method"):
        assert fake.status(point).state == "skipped" and "is missing" in fake.status(point).reason


def test_disable_restores_the_very_objects(fake: Any) -> None:
    core = fake.load("core")
    before = {**vars(core)}, {cls: {**vars(cls)} for cls in (core.Base, core.Mixin, core.Tree, core.Forest)}
    fake.switch_on(
        fake.point("core:train"),
        fake.point("core:Base", id="fit", methods=["fit", "fit_predict", "from_data", "check"]),
    )
    assert core.train is not before[0]["train"]
    engine.deactivate(fake.name)
    after = {**vars(core)}, {cls: {**vars(cls)} for cls in (core.Base, core.Mixin, core.Tree, core.Forest)}
    assert {k: v for k, v in after[0].items() if before[0][k] is not v} == {}
    for cls, names in before[1].items():
        assert {k: v for k, v in after[1][cls].items() if names.get(k) is not v} == {}
    assert fake.status().state == "off"


def test_on_and_off_and_on_again(fake: Any) -> None:
    fake.switch_on(fake.point("core:train"))
    for _ in range(3):
        fake.load().train({})
        engine.deactivate(fake.name)
        fake.load().train({})
        engine.activate([fake.name])
        engine.activate([fake.name])
    assert len(fake.calls) == 3
