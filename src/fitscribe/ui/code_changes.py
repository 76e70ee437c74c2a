"""What differs between the code of two runs, of which git holds one part and the store the other."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

# Beyond so many lines Python's own comparison takes minutes.
_MOST_LINES = 3000
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


class Change(NamedTuple):
    """What a diff says of one file, by its lines before the change, counted from 0.

    Attributes:
        known: lines of before that the diff tells.
        gone: those of them that are no longer there.
        added: lines that stand before the one of that number.
        covered: beginnings and ends of what the diff tells.
    """

    known: dict[int, str]
    gone: set[int]
    added: dict[int, list[str]]
    covered: list[tuple[int, int]]


_NONE = Change({}, set(), {}, [])


def between(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return a unified diff from the code of one run to that of another, and a remark on what it leaves out.

    Args:
        one: as ``/api/compare/code`` describes the code of a run: ``commit``, ``diff``, ``code``, ``path``.
        other: that of the second run.
    """
    told = one, other
    if max(each[part].count("\n") for each in told for part in ("diff", "code")) > _MOST_LINES:
        return None, f"They are not compared: one has more than {_MOST_LINES:,} lines."
    parts: list[str] = []
    remarks: list[str] = []
    if one["commit"] != other["commit"]:
        commits = " and ".join("none is known" if each["commit"] is None else each["commit"] for each in told)
        remarks.append(f"The commits differ ({commits}): what was committed between them is in git alone.")
        if any(each["diff"] for each in told):
            remarks.append("What was not committed is changed from different commits, and is shown below.")
    else:
        parts.extend(_of_diffs(one["diff"], other["diff"]))
    if one["code"] and other["code"]:
        parts.extend(_of_texts(one, other))
    elif one["code"] or other["code"]:
        remarks.append("Of one of them alone the script itself is kept.")
    if any(each["cut"] for each in told):
        remarks.append("Of one of them only the beginning of the changes was kept.")
    return "".join(f"{line}\n" for line in parts) or None, " ".join(remarks)


def _of_texts(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    before, after = (each["code"].splitlines() for each in (one, other))
    names = f"a/{one['path']}", f"b/{other['path']}"
    yield from difflib.unified_diff(before, after, *names, lineterm="")


def _of_diffs(one: str, other: str) -> Iterator[str]:
    """What leads from the files of one diff to those of another, both of the same commit."""
    before, after = _changes(one), _changes(other)
    for path in sorted(before.keys() | after.keys()):
        pieces = list(_of_file(before.get(path, _NONE), after.get(path, _NONE)))
        if pieces:
            yield from (f"--- a/{path}", f"+++ b/{path}", *pieces)


def _changes(diff: str) -> dict[str, Change]:
    """By path what a unified diff changes."""
    found: dict[str, Change] = {}
    path, rest = "", iter(diff.split("\n"))
    for line in rest:
        hunk = _HUNK.match(line)
        if hunk:
            start, count = int(hunk[1]), 1 if hunk[2] is None else int(hunk[2])
            # A hunk without lines of before stands behind the line that it names.
            first = start if count == 0 else start - 1
            _read_hunk(rest, first, count, line, found.setdefault(path, Change({}, set(), {}, [])))
        elif line.startswith(("--- ", "+++ ")):
            name = line[4:].rstrip("\t")
            path = path if name == "/dev/null" else name.partition("/")[2] or name
    return found


def _read_hunk(rest: Iterator[str], at: int, count: int, head: str, change: Change) -> None:
    new = re.search(r"\+\d+(?:,(\d+))?", head)
    left = 1 if new is None or new[1] is None else int(new[1])
    end = at + count
    change.covered.append((at, end))
    while at < end or left > 0:
        line = next(rest, None)
        if line is None:
            return
        kind, text = line[:1], line[1:]
        if kind == "\\":
            continue
        if kind == "+":
            change.added.setdefault(at, []).append(text)
            left -= 1
            continue
        change.known[at] = text
        if kind == "-":
            change.gone.add(at)
        else:
            left -= 1
        at += 1


def _of_file(before: Change, after: Change) -> Iterator[str]:
    known = {**before.known, **after.known}
    moved, grown = 0, 0
    for low, high in _merged([*before.covered, *after.covered]):
        one, other = _text(before, known, low, high), _text(after, known, low, high)
        for group in difflib.SequenceMatcher(None, one, other).get_grouped_opcodes(3):
            yield from _hunk(group, one, other, low + moved, low + grown)
        moved += len(one) - (high - low)
        grown += len(other) - (high - low)


def _merged(covered: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for low, high in sorted(covered):
        if found and low <= found[-1][1]:
            found[-1] = found[-1][0], max(high, found[-1][1])
        else:
            found.append((low, high))
    return found


def _text(change: Change, known: Mapping[int, str], low: int, high: int) -> list[str]:
    """A stretch of the file as a change leaves it."""
    found: list[str] = []
    for at in range(low, high + 1):
        found.extend(change.added.get(at, ()))
        if at < high and at not in change.gone and at in known:
            found.append(known[at])
    return found


def _hunk(
    group: Sequence[tuple[str, int, int, int, int]],
    one: Sequence[str],
    other: Sequence[str],
    first: int,
    second: int,
) -> Iterator[str]:
    (_, low, _, start, _), (_, _, high, _, end) = group[0], group[-1]
    yield f"@@ -{_range(first + low, high - low)} +{_range(second + start, end - start)} @@"
    for kind, i, j, k, m in group:
        if kind == "equal":
            yield from (f" {each}" for each in one[i:j])
        else:
            yield from (f"-{each}" for each in one[i:j])
            yield from (f"+{each}" for each in other[k:m])


def _range(start: int, count: int) -> str:
    return f"{start + 1 if count else start},{count}"
