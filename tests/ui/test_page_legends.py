"""What tells lines apart: dashes, and which of them is lifted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect


def test_legends_show_the_dashes_of_lines(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    metrics = {"train/loss": [3.0, 2.0, 1.0], "train/loss[epoch]": [2.5, 1.5]}
    ids = [write_run(store, f"run {i}", metrics=metrics) for i in range(12)]
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(ids)}")
    expect(page.locator("ul.legend li .swatch")).to_have_count(12)
    assert page.locator("ul.legend li .swatch.dashed").count() == 2
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{ids[0]}")
    lines = page.locator("figure.chart ul.legend li")
    expect(lines).to_have_count(2)
    expect(lines.filter(has_text="[epoch]").locator(".swatch.dashed")).to_have_count(1)
    background = lines.filter(has_text="[epoch]").locator(".swatch").evaluate("node => node.style.background")
    assert "repeating-linear-gradient" in background and "5px 9px" in background


FADED = """async () => {
  const { Board } = await import("/static/chart/board.js");
  const faded = [];
  const plot = (name) => ({ highlight: (group) => faded.push([name, group]) });
  const card = (name, groups) => (
    { chart: { lines: groups.map((group) => ({ group })) }, plot: plot(name), seen: true });
  Board.prototype.highlight.call({ cards: [card("a", ["x", "y"]), card("b", ["y", "z"])] }, "x");
  return faded;
}"""


def test_a_line_is_lifted_where_there_is_one(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    assert page.evaluate(FADED) == [["a", "x"], ["b", None]]


def test_a_mark_is_written_where_no_curve_is(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    heights = page.evaluate(
        """async () => {
          const { drawMarks } = await import("/static/chart/strokes.js");
          const heights = [];
          const ctx = new Proxy({}, {
            get: (_, name) =>
              name === "measureText" ? () => ({ width: 20 })
              : name === "fillText" ? (text, x, y) => heights.push(y) : () => null,
            set: () => true,
          });
          const bbox = { left: 0, top: 0, width: 100, height: 100 };
          const scale = { min: 0, max: 100, distr: 1 };
          const plot = { ctx, bbox, scales: { x: scale, y: scale }, valToPos: (x) => x };
          for (const y of [95, 5]) {
            const data = [null, [[0, 100], [y, y]]];
            drawMarks({ ...plot, data }, [{ x: 10, label: "best" }], "black", "white");
          }
          return heights;
        }"""
    )
    assert heights[0] > 80 and heights[1] < 20
