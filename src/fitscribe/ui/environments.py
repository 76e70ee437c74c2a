"""What runs were made with and in, flat: the columns ``environment.NAME``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fitscribe.reading import launches
from fitscribe.reading.plain_data import plain_data
from fitscribe.store import Store

_DEEPEST = 4
_LONGEST = 200
_MOST_LAUNCHES = 20_000

# Most launches of a store were made in the same environment: each is kept once.
_environments: dict[frozenset[tuple[str, Any]], dict[str, Any]] = {}


def environment_of(store: Store, launch: str | None) -> Mapping[str, Any]:
    """Return numbers, texts and truth values by name, such as ``python`` or ``packages.torch``.

    Args:
        store: where the launch is.
        launch: its id; what was not kept, or is still to be written, has no names.
    """
    if launch is None:
        return {}
    return _of_launch(store, launch, _stamp(store, launch))


def _stamp(store: Store, launch: str) -> int:
    """The time of a launch's folder: its files are written once, but not all at the same time."""
    try:
        return store.launch_folder(launch).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


@lru_cache(maxsize=_MOST_LAUNCHES)
def _of_launch(store: Store, launch: str, stamp: int) -> Mapping[str, Any]:
    environment = launches.read_environment(store, launch)
    packages = environment.pop("distributions", None)
    environment.pop("variables", None)
    source = launches.read_source(store, launch)
    git = source.get("git")
    found = {
        **_flat(environment),
        **_flat(packages if isinstance(packages, dict) else {}, "packages."),
        **_flat({name: source[name] for name in ("path", "module", "folder") if name in source}),
        **_flat(git if isinstance(git, dict) else {}, "git."),
    }
    return _environments.setdefault(frozenset(found.items()), found)


def _flat(data: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, dict) and before.count(".") < _DEEPEST:
            found.update(_flat(value, f"{before}{name}."))
        elif isinstance(value, bool | int | float | str):
            found[f"{before}{name}"] = value[:_LONGEST] if isinstance(value, str) else plain_data(value)
        elif isinstance(value, list) and value:
            found[f"{before}{name}"] = str(plain_data(value))[:_LONGEST]
    return found
