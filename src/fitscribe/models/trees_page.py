"""Learned trees as the body of a page, each of which opens where somebody clicks on it."""

from __future__ import annotations

import html
from collections.abc import Iterable

# A browser shows so many at ease.
TREES_SHOWN = 20
_STYLE = """\
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; }
details { margin-left: 1.4em; }
summary { cursor: pointer; }
.leaf { margin-left: 2.4em; }
small { color: #666; }
</style>"""


def trees_page(model: object, count: int, trees: Iterable[tuple[int, str]]) -> str:
    """Return the trees of a model as HTML.

    Args:
        model: the model, whose class is the title.
        count: how many trees it has.
        trees: number and HTML of each of the first :data:`TREES_SHOWN`.
    """
    parts = [_STYLE, f"<h1>{html.escape(type(model).__name__)}: {count} trees</h1>"]
    if count > TREES_SHOWN:
        parts.append(f"<p>The first {TREES_SHOWN} of them.</p>")
    parts += [f"<details><summary>tree {number}</summary>{body}</details>" for number, body in trees]
    return "\n".join(parts)


def amount(value: object) -> str:
    """Return a number of a node as HTML: six significant digits."""
    return f"{value:.6g}" if isinstance(value, (int, float)) else html.escape(str(value))
