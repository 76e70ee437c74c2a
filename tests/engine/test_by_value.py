"""Classes that cloudpickle takes by value: with each object that comes back comes the class."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

from fitscribe import engine

SCRIPT = """
import sys
from joblib import Parallel, delayed
from fitscribe import engine
import FW.core as core

seen = []

def observer(call):
    seen.append(call.name)
    yield

point = engine.observes("FW.core:Base", id="fit", methods=["fit"])(observer)
engine.register("FW", engine.Integration("FW", [point]))
engine.activate(["FW"])

class Mine(core.Base):
    def fit(self, X):
        self.X_ = X
        return self

class Copied(Mine):
    fit = Mine.fit

def train(model, fails=False):
    import time
    model.fit([1])
    if fails:
        time.sleep(0.2)
        raise ZeroDivisionError
    return model

def expect(returned, cls):
    assert type(returned) is cls and returned.X_ == [1]
    assert not seen, "a worker's training is none of this process'"
    cls().fit([2])
    assert seen == ["fit"], (cls, seen)
    seen.clear()
"""


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_joblib_gives_no_class_back_unpatched(fake: Any, python: Callable[..., str], backend: str) -> None:
    pytest.importorskip("joblib")
    body = f"""
if __name__ == "__main__":
    before = vars(Mine)["fit"]
    parallel = Parallel(n_jobs=2, backend={backend!r})
    for cls in (Mine, Copied, Mine):
        with parallel:
            for returned in parallel(delayed(train)(cls()) for _ in range(3)):
                expect(returned, cls)
    try:
        parallel(delayed(train)(Mine(), fails) for fails in (False, True))
    except ZeroDivisionError:
        Mine().fit([2])
        assert seen == ["fit"]
        seen.clear()
    assert vars(Mine)["fit"] is before
    engine.deactivate("FW")
    assert [type(vars(cls)["fit"]).__name__ for cls in (Mine, Copied)] == ["function"] * 2
    print("done")
"""
    assert python((SCRIPT + body).replace("FW", fake.name)) == "done\n"


def test_a_generator_gives_no_class_back_unpatched(fake: Any, python: Callable[..., str]) -> None:
    joblib = pytest.importorskip("joblib")
    if tuple(map(int, joblib.__version__.split(".")[:2])) < (1, 3):
        pytest.skip("joblib returns no generators before 1.3")
    body = """
if __name__ == "__main__":
    results = Parallel(n_jobs=2, return_as="generator")(delayed(train)(Mine()) for _ in range(3))
    for returned in results:  # which stays alive
        pass
    expect(returned, Mine)
    print("done")
"""
    assert python((SCRIPT + body).replace("FW", fake.name)) == "done\n"


def _by_value(thing: Any) -> Any:
    cloudpickle = pytest.importorskip("cloudpickle")
    return cloudpickle.loads(cloudpickle.dumps(thing))


def _mine(base: Any) -> Any:
    class Mine(base):  # type: ignore[misc]
        def fit(self, X: Any) -> Any:
            return self

    return Mine


def _switch_on(fake: Any) -> Any:
    fake.switch_on(fake.point("core:Base", id="fit", methods=["fit"]))
    return _mine(fake.load("core").Base)


def test_what_came_last_is_called_and_left_when_switched_off(fake: Any) -> None:
    cls = _switch_on(fake)
    wrapper, first = vars(cls)["fit"], vars(cls)["fit"].__wrapped__
    held = cls().fit
    for calls in (2, 4):
        assert type(_by_value(cls())) is cls
        assert vars(cls)["fit"] is wrapper and wrapper.__wrapped__ is not first
        cls().fit([1])
        held([1])
        assert len(fake.calls) == calls
    came = wrapper.__wrapped__
    engine.deactivate(fake.name)
    assert vars(cls)["fit"] is came
    held([1])
    assert len(fake.calls) == 4


def test_a_class_that_is_new_here_is_patched_once_it_is_whole(fake: Any, python: Callable[..., str]) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    fake.load("core")
    data = cloudpickle.dumps(_mine(fake.load("core").Base)())
    script = f"""
    import cloudpickle
    from fitscribe import engine
    seen = []

    def observer(call):
        seen.append(call.name)
        yield

    point = engine.observes("FW.core:Base", id="fit", methods=["fit"])(observer)
    engine.register("FW", engine.Integration("FW", [point]))
    engine.activate(["FW"])
    model = cloudpickle.loads({data!r})
    model.fit([1])
    engine.deactivate("FW")
    cloudpickle.loads({data!r}).fit([1])
    print(seen, type(vars(type(model))["fit"]).__name__)
    """
    assert python(script.replace("FW", fake.name)) == "['fit'] function\n"


def test_a_wrapper_that_is_gone_is_replaced(fake: Any) -> None:
    cls = _switch_on(fake)
    cls.fit = vars(cls)["fit"].__wrapped__
    gc.collect()  # nothing holds the wrapper any more
    assert fake.status("fit").state == "displaced"
    _by_value(cls())
    cls().fit([1])
    assert len(fake.calls) == 1 and fake.status("fit").state == "applied"


def test_a_mixin_of_no_family_is_patched_again_for_those_that_are(fake: Any) -> None:
    fake.switch_on(fake.point("core:Base", id="fit", methods=["fit"]))

    class Fitting:
        def fit(self, X: Any) -> Any:
            return self

    class Mine(Fitting, fake.load("core").Base):  # type: ignore[misc]
        pass

    wrapper = vars(Fitting)["fit"]
    _by_value(Fitting())
    assert vars(Fitting)["fit"] is wrapper
    Fitting().fit([1])
    assert not fake.calls
    Mine().fit([1])
    assert len(fake.calls) == 1


def test_the_bytes_are_the_same(fake: Any) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    cls = _mine(fake.load("core").Base)
    bare = cloudpickle.dumps(cls)
    fake.switch_on(fake.point("core:Base", id="fit", methods=["fit"]))
    assert cloudpickle.dumps(cls) == bare


def test_it_is_said_where_cloudpickle_is_another(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    monkeypatch.delattr(cloudpickle.cloudpickle, "_class_setstate")
    fake.switch_on(fake.point("core:Base", id="fit", methods=["fit"]))
    status = next(each for each in engine.coverage() if each.id == "core.cloudpickle")
    assert status.state == "skipped" and "_class_setstate is missing" in status.reason
