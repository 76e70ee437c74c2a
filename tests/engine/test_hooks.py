"""Being told that a module has been imported: once, in full, whatever its import looks like."""

from __future__ import annotations

import importlib
import importlib.resources
import inspect
import pkgutil
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import wrapt

from fitscribe import engine
from fitscribe.engine import hooks


def test_module_that_is_there_is_told_of_at_once() -> None:
    seen: list[Any] = []
    hooks.when_imported("json", seen.append)
    import json

    assert seen == [json]


def test_module_imported_later_is_told_of_once(fake: Any) -> None:
    seen: list[Any] = []
    callback = seen.append
    for _ in range(3):
        hooks.when_imported(f"{fake.name}.core", callback)
    assert seen == []
    core = fake.load("core")
    fake.load("core")
    assert seen == [core]


def test_forgotten_callback_is_not_called(fake: Any) -> None:
    seen: list[Any] = []
    callback = seen.append
    hooks.when_imported(fake.name, callback)
    hooks.forget(fake.name, callback)
    fake.load()
    assert seen == []


def test_a_hook_that_raises_does_not_break_the_import(fake: Any, said: list[str]) -> None:
    def broken(module: Any) -> None:
        raise LookupError("broken hook")

    hooks.when_imported(fake.name, broken)
    assert fake.load().train({})["rounds"] == 10
    assert len(said) == 1 and "broken hook" in said[0]


def test_other_hooks_of_the_module_still_fire(fake: Any, said: list[str]) -> None:
    import wrapt

    seen: list[str] = []

    def broken(module: Any) -> None:
        raise LookupError("broken hook")

    hooks.when_imported(fake.name, broken)
    hooks.when_imported(fake.name, lambda module: seen.append("ours"))
    wrapt.register_post_import_hook(lambda module: seen.append("another tool's"), fake.name)
    fake.load()
    assert sorted(seen) == ["another tool's", "ours"]


def test_keyboard_interrupt_in_a_hook_passes(fake: Any, said: list[str]) -> None:
    def interrupted(module: Any) -> None:
        raise KeyboardInterrupt

    hooks.when_imported(fake.name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        fake.load()


def test_half_imported_module_in_a_cycle_is_waited_for(fake: Any) -> None:
    # The line stands in a module that the framework itself imports.
    fake.write(
        init="from FW import plugin\nfrom FW.core import train\n",
        plugin="import FW_hook_point as h\nh.register()\nstate = h.seen()\n",
    )
    seen: list[Any] = []
    helper = type(sys)(f"{fake.name}_hook_point")
    helper.register = lambda: hooks.when_imported(fake.name, lambda m: seen.append(m.train))  # type: ignore[attr-defined]
    helper.seen = lambda: list(seen)  # type: ignore[attr-defined]
    sys.modules[helper.__name__] = helper
    try:
        module = fake.load()
    finally:
        del sys.modules[helper.__name__]
    assert module.plugin.state == []
    assert seen == [module.train]
    assert type(module.__spec__).__name__ == "ModuleSpec"


def test_half_imported_module_in_another_thread_is_waited_for(fake: Any) -> None:
    begun, go_on = threading.Event(), threading.Event()
    gate = type(sys)(f"{fake.name}_events")
    gate.begun, gate.go_on = begun, go_on  # type: ignore[attr-defined]
    sys.modules[gate.__name__] = gate
    fake.write(
        init="import FW_events as e\ne.begun.set()\nassert e.go_on.wait(60)\nfrom FW.core import train\n"
    )
    importing = threading.Thread(target=fake.load)
    importing.start()
    try:
        assert begun.wait(60)
        seen: list[Any] = []
        hooks.when_imported(fake.name, lambda module: seen.append(hasattr(module, "train")))
        assert seen == []
    finally:
        go_on.set()
        importing.join()
        del sys.modules[gate.__name__]
    assert seen == [True]


def test_module_whose_import_fails_first_is_told_of_when_it_succeeds(fake: Any) -> None:
    fake.write(init="raise ImportError('a library is missing')\n")
    seen: list[Any] = []
    hooks.when_imported(fake.name, seen.append)
    with pytest.raises(ImportError, match="a library is missing"):
        fake.load()
    assert seen == []
    fake.write(init="from FW.core import train as fit_a_model_of_some_kind\n")
    importlib.invalidate_caches()
    assert fake.load() is seen[0] and len(seen) == 1


def test_watched_import_that_fails_is_told_of_when_it_succeeds(fake: Any) -> None:
    helper = type(sys)(f"{fake.name}_hook_point")
    seen: list[Any] = []
    helper.register = lambda: hooks.when_imported(fake.name, seen.append)  # type: ignore[attr-defined]
    sys.modules[helper.__name__] = helper
    try:
        fake.write(init="import FW_hook_point as h\nh.register()\nraise ImportError('not yet')\n")
        with pytest.raises(ImportError, match="not yet"):
            fake.load()
        assert seen == []
    finally:
        del sys.modules[helper.__name__]
    fake.write(init="complete = True\n")
    importlib.invalidate_caches()
    assert fake.load() is seen[0]


def test_lazy_module_is_read_again(fake: Any) -> None:
    fake.write(
        init="""
        import sys, types
        class Lazy(types.ModuleType):
            def __getattr__(self, name):
                raise AssertionError(f"{name} was asked for: a lazy module imports what it is asked for")
        lazy = Lazy(__name__)
        lazy.__spec__, lazy.__path__, lazy.__file__ = __spec__, __path__, __file__
        sys.modules[__name__] = lazy
        """
    )
    fake.switch_on(fake.point("core:train"))
    seen: list[Any] = []
    hooks.when_imported(fake.name, seen.append)
    module = fake.load()
    assert type(module).__name__ == "Lazy" and seen == [module]
    fake.load("core").train({})
    assert len(fake.calls) == 1


def test_anything_may_stand_in_sys_modules(fake: Any) -> None:
    class Hostile:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("do not touch")

    sys.modules["hostile"] = Hostile()  # type: ignore[assignment]
    try:
        seen: list[Any] = []
        hooks.when_imported("hostile", seen.append)
        assert seen == [sys.modules["hostile"]]
        fake.switch_on(fake.point("core:train"))
        fake.load()
        engine.deactivate(fake.name)
    finally:
        del sys.modules["hostile"]


def test_imported_module_keeps_its_loader_and_its_data(fake: Any) -> None:
    (fake.folder / "data.txt").write_text("data")
    hooks.when_imported(fake.name, lambda module: None)
    module = fake.load()
    assert type(module.__loader__).__name__ == "SourceFileLoader"
    assert module.__spec__.loader is module.__loader__  # type: ignore[union-attr]
    assert pkgutil.get_data(fake.name, "data.txt") == b"data"
    assert importlib.resources.files(fake.name).joinpath("data.txt").read_text() == "data"
    assert "from" in inspect.getsource(module)


def test_activation_during_import(fake: Any, python: Callable[..., str]) -> None:
    fake.write(
        init="import line\nfrom FW.core import train\nfrom FW.late import again\n",
        late="from FW.core import train as again\n",
    )
    (fake.folder.parent / "line.py").write_text(
        "from fitscribe import engine\n"
        "seen = []\n"
        f"@engine.observes('{fake.name}.core:train', id='train')\n"
        "def observer(call):\n    seen.append(call.name)\n    yield\n"
        f"engine.register('{fake.name}', engine.Integration('{fake.name}', [observer]))\n"
        f"engine.activate(['{fake.name}'])\n"
    )
    out = python(f"import {fake.name} as f, line\nf.train({{}}); f.again({{}}); print(line.seen)")
    assert out.split() == ["['train',", "'train']"]


def test_reload_is_said_and_mended_by_the_next_activation(fake: Any) -> None:
    fake.switch_on(fake.point("core:train"), fake.point("core:Base", id="fit", methods=["fit"]))
    core = fake.load("core")
    importlib.reload(core)
    assert fake.status().state == "displaced"
    core.train({})
    assert not fake.calls
    engine.activate([fake.name])
    assert fake.status().state == fake.status("fit").state == "applied"
    core.train({})
    core.Forest().fit([1])
    assert [call.name for call in fake.calls] == ["train", "fit"]
    engine.deactivate(fake.name)
    assert type(core.train).__name__ == type(vars(core.Base)["fit"]).__name__ == "function"


def test_module_that_was_removed_can_be_waited_for_again(fake: Any) -> None:
    hooks.when_imported(fake.name, lambda module: None)
    fake.load()
    del sys.modules[fake.name]
    seen: list[Any] = []
    hooks.when_imported(fake.name, seen.append)
    module = fake.load()
    if wrapt.__version__.startswith("1.14."):
        hooks.retry()
    assert module is seen[0]
