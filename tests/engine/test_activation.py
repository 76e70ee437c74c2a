"""Switching on and off: names, several threads, strictness, integrations that do not load."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import fitscribe
from fitscribe import engine


def test_unknown_name_is_refused_with_a_suggestion(fake: Any) -> None:
    engine.register(fake.name, engine.Integration(fake.name, []))
    with pytest.raises(engine.UnsupportedFramework, match=f"did you mean '{fake.name}'"):
        engine.activate([fake.name[:-2]])
    with pytest.raises(engine.UnsupportedFramework, match="did you mean 'sklearn'"):
        fitscribe.autolog("scikit-learn")
    with pytest.raises(engine.UnsupportedFramework, match="no integration named"):
        engine.deactivate("qwertyuiop")
    with pytest.raises(engine.UnsupportedFramework):
        engine.activate(exclude=["qwertyuiop"])
    assert not engine.is_active()


def test_nothing_is_switched_on_where_one_name_is_wrong(fake: Any) -> None:
    engine.register(fake.name, engine.Integration(fake.name, [fake.point("core:train")]))
    with pytest.raises(engine.UnsupportedFramework):
        engine.activate([fake.name, "qwertyuiop"])
    fake.load().train({})
    assert not fake.calls and not engine.is_active()


def test_exclude(fake: Any) -> None:
    engine.register(fake.name, engine.Integration(fake.name, [fake.point("core:train")]))
    engine.activate(exclude=[fake.name])
    fake.load().train({})
    assert not fake.calls and engine.is_active()
    engine.activate()
    fake.load().train({})
    assert len(fake.calls) == 1


def test_strict_leaves_what_was_not_tested_and_takes_it_back(fake: Any, said: list[str]) -> None:
    fake.switch_on(fake.point("core:train"))
    fake.load().train({})
    engine.activate([fake.name], strict=True)
    fake.load().train({})
    assert len(fake.calls) == 1
    assert fake.status().state == "skipped" and fake.status().reason.startswith("strict:")
    assert len(said) == 1 and "not recorded" in said[0]
    engine.activate([fake.name])
    fake.load().train({})
    assert len(fake.calls) == 2


def test_activation_from_several_threads_at_once(fake: Any) -> None:
    fake.load()
    engine.register(
        fake.name,
        engine.Integration(
            fake.name, [fake.point("core:train"), fake.point("core:Base", id="fit", methods=["fit"])]
        ),
    )
    together = threading.Barrier(8)

    def activate() -> None:
        together.wait(60)
        engine.activate([fake.name])

    threads = [threading.Thread(target=activate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fake.load().train({})
    fake.load().Forest().fit([1])
    assert len(fake.calls) == 2
    engine.deactivate(fake.name)
    assert type(fake.load().train).__name__ == type(vars(fake.load().Forest)["fit"]).__name__ == "function"


def test_integration_is_loaded_with_the_framework_and_not_before(fake: Any, monkeypatch: Any) -> None:
    loads: list[str] = []

    def integration() -> engine.Integration:
        loads.append("loaded")
        return engine.Integration(fake.name, [fake.point("core:train")])

    engine.register(fake.name, integration)
    engine.activate([fake.name])
    assert loads == [] and engine.coverage_for(fake.name)[0].state == "waiting"
    fake.load()
    assert loads == ["loaded"]


@pytest.mark.parametrize("broken", ["no.such.module:integration", "json:dumps"])
def test_integration_that_does_not_load_is_said(fake: Any, said: list[str], broken: str) -> None:
    engine.register(fake.name, broken)
    engine.activate([fake.name])
    assert fake.load().train({})["rounds"] == 10
    (status,) = (each for each in engine.coverage_for(fake.name) if each.framework == fake.name)
    assert status.state == "skipped" and "does not load" in status.reason
    assert len(said) == 1


def test_two_points_of_one_function(fake: Any) -> None:
    fake.switch_on(fake.point("core:train", id="first"), fake.point("core:train", id="second", nested=True))
    fake.load().train({})
    # The second was put on last and is the outer one; the first is inside of it.
    assert [call.point_id.partition(".")[2] for call in fake.calls] == ["second"]


def test_points_must_differ(fake: Any) -> None:
    with pytest.raises(ValueError, match="share an id"):
        engine.Integration("x", [fake.point("core:train"), fake.point("core:train")])
    with pytest.raises(ValueError, match="must look like"):
        engine.observes("no colon", id="x")(fake.observer)


def test_the_one_line_is_light(python: Callable[..., str]) -> None:
    out = python(
        """
        import contextvars, sys, wrapt  # a newer wrapt brings the first one along
        from importlib.metadata import entry_points
        entry_points(group="x")
        before = set(sys.modules)
        import fitscribe
        fitscribe.autolog()
        print(*sorted(name for name in set(sys.modules) - before))
        """
    )
    added = out.split()
    assert len(added) <= 15, added
    assert {name.partition(".")[0] for name in added} <= {"__future__", "atexit", "fitscribe"}


def test_core_works_without_numpy(fake: Any, python: Callable[..., str]) -> None:
    out = python(
        f"""
        import sys
        sys.modules["numpy"] = None
        from fitscribe import engine
        @engine.observes("{fake.name}.core:train", id="train")
        def observer(call):
            print(call.arguments)
            yield
        engine.register("{fake.name}", engine.Integration("{fake.name}", [observer]))
        engine.activate(["{fake.name}"])
        import {fake.name}
        {fake.name}.train({{"a": 1}})
        """
    )
    assert out == "{'params': {'a': 1}}\n"


def test_third_party_integration_is_found_through_its_entry_point(
    fake: Any, python: Callable[..., str]
) -> None:
    root = fake.folder.parent
    (root / "their_integration.py").write_text(
        "from fitscribe.engine import Integration, observes\n"
        f"@observes('{fake.name}.core:train', id='train')\n"
        "def train(call):\n    print('observed')\n    yield\n"
        f"integration = Integration('{fake.name}', [train])\n"
    )
    info = root / "their_integration-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-integration\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[fitscribe.integrations]\n{fake.name} = their_integration:integration\n"
    )
    line = f"import fitscribe; fitscribe.autolog({fake.name!r})\n"
    assert python(f"{line}import {fake.name}\n{fake.name}.train({{}})") == "observed\n"


def test_a_companion_comes_along_with_any_framework(fake: Any, python: Callable[..., str]) -> None:
    root = fake.folder.parent
    (root / "bookreader.py").write_text("def read(path):\n    return path\n")
    (root / "their_companion.py").write_text(
        "from fitscribe.engine import Integration, observes\n"
        "@observes('bookreader:read', id='read')\n"
        "def read(call):\n    print('observed')\n    yield\n"
        "integration = Integration('bookreader', [read])\n"
    )
    info = root / "their_companion-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-companion\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[fitscribe.companions]\nbookreader = their_companion:integration\n"
    )
    out = python(
        f"""
        from fitscribe import engine
        engine.register("{fake.name}", engine.Integration("{fake.name}", []))
        engine.activate(["{fake.name}"])
        import bookreader
        def say():
            print(*(status.state for status in engine.coverage() if status.id == "bookreader.read"))
            bookreader.read("a")
        say()
        print(*(status.id for status in engine.coverage_for("{fake.name}") if "book" in status.id))
        engine.deactivate("{fake.name}")
        say()
        engine.activate(["{fake.name}"], exclude=["bookreader"])
        say()
        engine.activate(["bookreader"])
        say()
        engine.deactivate()
        say()
        """
    )
    assert out.splitlines() == [
        *("applied", "observed"),
        "bookreader.read",
        "off",
        "off",
        "applied",
        "observed",
        "off",
    ]
