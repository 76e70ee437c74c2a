"""What the suite compares to tell whether a framework's attributes are as they were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from fitscribe.testing.snapshots import attributes, changed_attributes, instances


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


def test_what_was_added_and_what_was_deleted_is_named(framework: ModuleType) -> None:
    framework.gone = framework.kept = [1]  # type: ignore[attr-defined]
    before = attributes(["toy_framework"])
    del framework.gone
    framework.come = 1  # type: ignore[attr-defined]
    framework.__warningregistry__ = {}  # type: ignore[attr-defined]

    found = changed_attributes(before, attributes(["toy_framework"]))
    assert found == ["module toy_framework: come added", "module toy_framework: gone deleted"]


def test_an_equal_object_in_place_of_another_is_named(framework: ModuleType) -> None:
    framework.kept = [1]  # type: ignore[attr-defined]
    before = attributes(["toy_framework"])
    framework.kept = [1]  # type: ignore[attr-defined]

    found = changed_attributes(before, attributes(["toy_framework"]))
    assert found == ["module toy_framework: kept is another object"]


def test_an_instance_is_named_whatever_it_says_of_itself(framework: ModuleType) -> None:
    class Lying:
        @property
        def __class__(self) -> type:
            return dict

    framework.found, framework.passed_over = Lying(), {}  # type: ignore[attr-defined]
    Callback.held = Lying()  # type: ignore[attr-defined]
    try:
        found = list(instances(["toy_framework"], Lying))
    finally:
        del Callback.held  # type: ignore[attr-defined]
    assert found == ["module toy_framework: found", f"class {__name__}.Callback: held"]


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
