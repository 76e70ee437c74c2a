"""What the suite compares to tell whether a framework's attributes are as they were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from fitscribe.testing.snapshots import attributes, changed_attributes


class Callback:
    """What a framework lets its users derive from."""


def derived() -> type[Callback]:
    class Calling(Callback):
        def called(self) -> None:
            """Do nothing."""

    return Calling


@pytest.fixture
def framework(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    module = ModuleType("toy_framework")
    module.Callback = Callback  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "toy_framework", module)
    yield module


def test_another_class_of_the_same_name_is_no_change(framework: ModuleType) -> None:
    first = derived()
    before = attributes(["toy_framework"])
    second = derived()

    assert changed_attributes(before, attributes(["toy_framework"])) == []
    assert first is not second


def test_a_method_that_was_replaced_is_named(framework: ModuleType) -> None:
    classes = [derived(), derived()]
    before = attributes(["toy_framework"])
    for cls in classes:
        cls.called = lambda self: None  # type: ignore[attr-defined]

    place = f"class {__name__}.derived.<locals>.Calling"
    found = changed_attributes(before, attributes(["toy_framework"]))
    assert found == [f"{place}: called is another object"] * 2


def test_a_module_in_place_of_another_is_named(
    framework: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    framework.version = "1"  # type: ignore[attr-defined]
    before = attributes(["toy_framework"])
    other = ModuleType("toy_framework")
    other.version = "2"  # type: ignore[attr-defined]
    other.Callback = Callback  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "toy_framework", other)

    found = changed_attributes(before, attributes(["toy_framework"]))
    assert "module toy_framework: version is another object" in found
