"""Plain forms of what people pass as parameters."""

from __future__ import annotations

from typing import Any

from fitscribe.capture.values import plain_value


def test_containers_that_hold_each_other_end() -> None:
    root: dict[str, Any] = {"name": "root", "children": []}
    root["children"] = [{"name": number, "parent": root} for number in range(1000)]
    assert len(repr(plain_value(root))) < 2_000_000
    assert plain_value(root)["children"][999]["name"] == 999


def test_what_is_shared_is_whole_each_time() -> None:
    layer = {"units": [1, 2]}
    assert plain_value([layer, (layer, layer)]) == [layer, (layer, layer)]
