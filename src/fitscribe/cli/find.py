"""The runs that a user means by what they typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fitscribe.cli.errors import Failure
from fitscribe.cli.text import ago, plural, shortened, visible

if TYPE_CHECKING:
    from fitscribe.reading import Run
    from fitscribe.store import Store

_CANDIDATES = 10
SHORT_ID = 6


def find_run(store: Store, text: str) -> Run:
    """The run of an id, a unique prefix of one, or ``latest``.

    Raises:
        Failure: there is none, or more than one; the remedy names those that may be meant.
    """
    from fitscribe.reading import AmbiguousRun, RunNotFound, get_run
    from fitscribe.reading.family import ids_in

    try:
        return get_run(text, store=store)
    except AmbiguousRun:
        ids = ids_in(store, text)
        raise Failure(
            f"{visible(text)!r} is the beginning of {plural(len(ids), 'run')}",
            "\n".join(["Give more of the id:", *_candidates(store, ids)]),
        ) from None
    except RunNotFound:
        raise _not_found(store, text) from None


def find_runs(store: Store, texts: Iterable[str]) -> list[Run]:
    """The runs of several ids, each once; see :func:`find_run`."""
    found = [find_run(store, text) for text in texts]
    return list({run.id: run for run in found}.values())


def trashed_ids(store: Store, texts: Iterable[str]) -> list[str]:
    """The ids of the runs in the trash that a user means.

    Raises:
        Failure: a text is the beginning of none of them, or of several.
    """
    known = store.trashed_ids()
    chosen = []
    for text in texts:
        meant = [text] if text in known else sorted(each for each in known if each.startswith(text))
        if not meant:
            there = "" if text not in store.run_ids() else "It has not been removed. "
            raise Failure(
                f"there is no run {visible(text)!r} in the trash",
                f"{there}What is there: fitscribe ls --trash.",
            )
        if len(meant) > 1:
            raise Failure(
                f"{visible(text)!r} is the beginning of {plural(len(meant), 'run')} in the trash",
                "\n".join(["Give more of the id:", *(f"  {each}" for each in meant[:_CANDIDATES])]),
            )
        chosen += meant
    return list(dict.fromkeys(chosen))


def short_ids(store: Store, ids: Iterable[str]) -> dict[str, str]:
    """The shortest beginnings of ids, of six characters or more, that are unique in the store."""
    from fitscribe.reading.family import ids_in

    every = sorted({*ids_in(store), *ids})
    short = {}
    for position, each in enumerate(every):
        neighbours = every[max(0, position - 1) : position] + every[position + 1 : position + 2]
        common = max((_common_length(each, other) for other in neighbours), default=0)
        short[each] = each[: max(SHORT_ID, common + 1)]
    return short


def _common_length(one: str, other: str) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _not_found(store: Store, text: str) -> Failure:
    from fitscribe.reading.family import ids_in

    shown = visible(shortened(text, 40))
    ids = ids_in(store)
    if not ids:
        return Failure(
            f"there is no run in {store.root}", "The first recorded training makes one: fitscribe run SCRIPT"
        )
    if any(each.startswith(text) for each in store.trashed_ids()):
        return Failure(f"the run {shown!r} is in the trash", f"Bring it back: fitscribe restore {shown}")
    near = _nearest(text, ids)
    if near:
        return Failure(f"there is no run {shown!r}", "\n".join(["Nearest are:", *_candidates(store, near)]))
    return Failure(f"there is no run {shown!r}", "See what there is: fitscribe ls")


def _nearest(text: str, ids: list[str]) -> list[str]:
    """Ids whose beginning, as long as what was typed, differs from it by a slip of the finger."""
    from difflib import SequenceMatcher

    lowered = text.lower()[:16]
    scores = {
        each: SequenceMatcher(None, lowered, each[: len(lowered)], autojunk=False).ratio() for each in ids
    }
    good = [each for each in ids if scores[each] >= 0.7]
    return sorted(good, key=lambda each: (-scores[each], each))[:3]


def _candidates(store: Store, ids: list[str]) -> list[str]:
    from fitscribe.reading import get_run

    short = short_ids(store, ids)
    lines = []
    for each in ids[:_CANDIDATES]:
        run = get_run(each, store=store)
        lines.append(
            f"  {short[each]}  {visible(shortened(run.name or '', 40))}  {ago(run.started)}".rstrip()
        )
    if len(ids) > _CANDIDATES:
        lines.append(f"  and {len(ids) - _CANDIDATES} more (fitscribe ls)")
    return lines
