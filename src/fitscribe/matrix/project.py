"""What is tested: fitscribe's own checkout, or the project of somebody's integration."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fitscribe.matrix.generated import BESIDE, tests_of
from fitscribe.matrix.schema import Cell

# Written from what was run, or from the matrix: they say nothing of what the sources do.
_FOLLOWS = frozenset({"_compat.json", "compat_results.json", "compat_matrix.yaml", "tox.ini"})
_BUILT = frozenset({"__pycache__", "build", "dist", "node_modules"})
_OUR_SOURCES = ("src", "integrations", "pyproject.toml", "tests/conftest.py")


class Project(NamedTuple):
    """A project whose cells are run.

    Attributes:
        root: the folder with its pyproject.toml, whose extra ``test`` brings what its tests need.
        matrix: its compatibility matrix.
        is_ours: whether it is fitscribe itself.
    """

    root: Path
    matrix: Path
    is_ours: bool

    @property
    def results(self) -> Path:
        """Where it is kept what came of the cells."""
        return self.root / "compat_results.json"

    def installs(self, cell: Cell) -> tuple[str, ...]:
        """What pip is given to fill the environment of a cell."""
        here = ("-e", f"{self.root}[test]")
        if self.is_ours:
            return (*cell.requirements, *here, *(BESIDE if cell.framework else ()))
        return (*cell.requirements, *here, *this_fitscribe())

    def tests(self, cell: Cell) -> tuple[str, ...]:
        """What pytest is given."""
        return ("-m", "not slow", *tests_of(cell)) if self.is_ours else ()

    def states(self, cells: Iterable[Cell]) -> dict[str, str]:
        """A short hash per cell of what its result depends on: its definition, the sources and its tests."""
        digests: dict[str, bytes] = {}

        def digest(place: str) -> bytes:
            if place not in digests:
                digests[place] = _digest(self.root, place)
            return digests[place]

        found = {}
        for cell in cells:
            places = (*_OUR_SOURCES, *tests_of(cell)) if self.is_ours else (".",)
            whole = hashlib.sha256(repr((cell.python, cell.requirements, cell.environ)).encode())
            if not self.is_ours:
                whole.update(distribution("fitscribe").version.encode())
            for place in places:
                whole.update(digest(place))
            found[cell.name] = whole.hexdigest()[:12]
        return found


def project_of(matrix: Path | None) -> Project:
    """The project that a matrix belongs to.

    Args:
        matrix: within the package of an integration, in the nearest folder above it with a pyproject.toml;
            None for the one of fitscribe's checkout, which is the current folder.
    """
    if matrix is None:
        return Project(Path.cwd(), Path.cwd() / "compat_matrix.yaml", True)
    matrix = matrix.resolve()
    above = (folder for folder in matrix.parents if (folder / "pyproject.toml").is_file())
    return Project(next(above, matrix.parent), matrix, False)


def this_fitscribe() -> tuple[str, ...]:
    """What pip is given to install the fitscribe that is running, be it from a checkout or an index."""
    own = distribution("fitscribe")
    origin = json.loads(own.read_text("direct_url.json") or "{}")
    if "dir_info" in origin:
        folder = url2pathname(urlsplit(origin["url"]).path)
        return ("-e", folder) if origin["dir_info"].get("editable") else (folder,)
    return (f"fitscribe @ {origin['url']}" if "url" in origin else f"fitscribe=={own.version}",)


def _digest(root: Path, place: str) -> bytes:
    digest = hashlib.sha256()
    for path in sorted(_files(root / place)):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for folder, folders, names in os.walk(place):
        kept = (name for name in folders if name not in _BUILT and not name.endswith(".egg-info"))
        folders[:] = [name for name in kept if not name.startswith(".")]
        yield from (Path(folder) / name for name in names if name not in _FOLLOWS)
