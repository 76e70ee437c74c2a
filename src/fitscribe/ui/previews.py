"""Looks into files: nothing is executed, imported or unpickled to have one."""

from __future__ import annotations

import contextlib
import csv
import itertools
import json
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fitscribe.ui.kept import url

_ROWS, _COLUMNS, _CELL = 200, 100, 500
# The rows of a larger table are not counted.
_LARGEST_TABLE = 20_000_000
_TEXT = 100_000
_ENTRIES = 1000
# Beyond this a JSON file is shown as it is, and not indented.
_LARGEST_JSON = 2_000_000
_TABLES = {".csv": ",", ".tsv": "\t"}

IMAGES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
}
"""By type, what such a file begins with."""

SVG = "image/svg+xml"


def image_type(path: Path) -> str | None:
    """Return the type of an image by its first bytes; None for what no browser shows in a picture."""
    if not path.is_file():
        return None  # to open a pipe waits for whoever writes into it
    with path.open("rb") as file:
        head = file.read(512)
    for kind, marks in IMAGES.items():
        if head.startswith(marks):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if path.suffix.lower() == ".svg" and b"<svg" in head:
        return SVG
    return None


def preview(path: Path, run_id: str, parameters: dict[str, str]) -> dict[str, Any]:
    """Return what can be shown of a file or folder, as docs/ui-api.md has it.

    Args:
        path: where it lies.
        run_id: of the run.
        parameters: of the address of the file.

    Raises:
        OSError: it cannot be read.
    """
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        return _folder(path, run_id, parameters)
    if not stat.S_ISREG(found.st_mode):
        return {"kind": "none", "why": "it is no plain file"}
    if image_type(path) is not None:
        return {"kind": "image", "file": url(run_id, "file", **parameters, inline="1"), "size": found.st_size}
    with path.open("rb") as file:
        if b"\0" in file.read(8192):
            return {"kind": "none", "why": "it is binary"}
    if path.suffix.lower() in _TABLES:
        with contextlib.suppress(csv.Error):  # what is no table is shown as text
            return _table(path, found.st_size)
    return _text(path, found.st_size)


def _folder(path: Path, run_id: str, parameters: dict[str, str]) -> dict[str, Any]:
    entries = list(itertools.islice(_files(path), _ENTRIES + 1))
    return {
        "kind": "folder",
        "entries": [
            {"entry": entry, "size": size, "file": url(run_id, "file", **{**parameters, "entry": entry})}
            for entry, size in entries[:_ENTRIES]
        ],
        "more": len(entries) > _ENTRIES,
    }


def _files(path: Path) -> Iterator[tuple[str, int]]:
    """The files below a folder; links are left out, wherever they lead."""
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = os.path.join(folder, name)
            found = os.lstat(file)
            if stat.S_ISREG(found.st_mode):
                yield os.path.relpath(file, path).replace(os.sep, "/"), found.st_size


def _table(path: Path, size: int) -> dict[str, Any]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        # A single line of a hostile file may be as long as the file.
        lines = iter(lambda: file.readline(_TEXT), "")
        reader = csv.reader(lines, delimiter=_TABLES[path.suffix.lower()])
        rows = list(itertools.islice(reader, _ROWS + 1))
        further = _counted(reader) if size <= _LARGEST_TABLE else None
    cut = [[cell[:_CELL] for cell in row[:_COLUMNS]] for row in rows]
    head, *body = cut or [[]]
    return {
        "kind": "table",
        "columns": head,
        "rows": body,
        "total": None if further is None else len(body) + further,
        "wide": max((len(row) for row in rows), default=0),
        "more": further != 0 or any(len(row) > _COLUMNS for row in rows),
    }


def _counted(rows: Iterable[Any]) -> int | None:
    """How many rows there are; None where one of them is none."""
    try:
        return sum(1 for _ in rows)
    except csv.Error:
        return None


def _text(path: Path, size: int) -> dict[str, Any]:
    if path.suffix.lower() == ".json" and size <= _LARGEST_JSON:
        try:
            document = json.loads(path.read_bytes())
            text = json.dumps(document, ensure_ascii=False, indent=2)
        except (ValueError, RecursionError):
            text = ""
        if text:
            return {"kind": "json", "text": text[:_TEXT], "more": len(text) > _TEXT}
    with path.open("rb") as file:
        content = file.read(4 * _TEXT)
    text = content.decode("utf-8", "replace")
    return {"kind": "text", "text": text[:_TEXT], "more": size > len(content) or len(text) > _TEXT}
