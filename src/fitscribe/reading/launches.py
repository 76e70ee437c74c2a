"""The files of a launch: what was executed, and in which environment."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from fitscribe.reading.paths import path_inside
from fitscribe.store import Store, is_valid_id

_LARGEST_BYTES = 1 << 26

FACTS = "code, environment and script of the launch"
"""What a run lacks whose launch is not there, as the run says it."""

TEXTS = {"diff": "source.diff", "code": "script.txt"}
"""Files of a launch that are part of its source."""


def read_source(store: Store, launch: str | None) -> dict[str, Any]:
    """Return the source of a launch; {} where nothing was kept.

    What differs from the last commit is its "diff", the text of a script that git does not have its "code".
    """
    source = _part(_document(store, launch, "launch.json"), "source")
    texts = {name: _text(store, launch, file) for name, file in TEXTS.items()}
    return {**source, **{name: text for name, text in texts.items() if text}}


def read_environment(store: Store, launch: str | None) -> dict[str, Any]:
    """Return the environment of a launch, with host and variables; {} where nothing was kept."""
    environment = _document(store, launch, "environment.json")
    document = _document(store, launch, "launch.json")
    if "host" in document:
        environment.setdefault("host", document["host"])
    variables = _part(document, "variables")
    return {**environment, "variables": variables} if variables else environment


def is_missing(store: Store, launch: object) -> bool:
    """Whether nothing is there of the launch that a run belongs to."""
    return isinstance(launch, str) and is_valid_id(launch) and not store.launch_folder(launch).is_dir()


def _part(document: dict[str, Any], name: str) -> dict[str, Any]:
    part = document.get(name)
    return part if isinstance(part, dict) else {}


def _document(store: Store, launch: str | None, name: str) -> dict[str, Any]:
    try:
        document = json.loads(_text(store, launch, name))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _text(store: Store, launch: str | None, name: str) -> str:
    """The content of one file; empty where there is none that may be read."""
    if launch is None or not is_valid_id(launch):
        return ""
    path = path_inside(store.launch_folder(launch), name)
    return "" if path is None else _content(path)


def _content(path: Path) -> str:
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST_BYTES:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
