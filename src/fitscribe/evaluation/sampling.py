"""How many rows of a prediction are evaluated: a number that depends on the data alone, never on a clock.

A limit in seconds would give other numbers on another day. These limits keep an evaluation to about 20 ms.
"""

from __future__ import annotations

ROWS = 100_000
# Labels that are Python objects are looked up one by one.
OBJECT_ROWS = 20_000
# The scores of each class that has a curve are sorted.
SCORES = 80_000
FEWEST = 1_000


def row_step(rows: int, curves: int = 0, *, objects: bool = False) -> int:
    """Return the distance of the evenly spaced rows to evaluate: 1 where all of them are.

    Args:
        rows: how many there are.
        curves: how many columns of scores have a curve each.
        objects: whether the labels are Python objects, such as text.
    """
    most = OBJECT_ROWS if objects else ROWS
    if curves:
        most = min(most, max(FEWEST, SCORES // curves))
    return max(1, -(-rows // most))
