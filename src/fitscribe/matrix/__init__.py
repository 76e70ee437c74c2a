"""The compatibility matrix: read, checked and turned into the files that follow from it.

For developers: the running fitscribe reads only what this writes.
"""

from __future__ import annotations

from pathlib import Path

from fitscribe.matrix.document import MatrixError
from fitscribe.matrix.schema import Cell, Framework, Matrix, load

__all__ = ["Cell", "Framework", "Matrix", "MatrixError", "environments", "load"]


def environments(path: Path) -> list[Cell]:
    """Every environment that a compatibility matrix asks to test in, candidates included.

    Args:
        path: the YAML file.

    Returns:
        The core's environments, then the frameworks', in the order of the file.

    Raises:
        MatrixError: the file cannot be read, or something in it is wrong.
    """
    return load(path).cells
