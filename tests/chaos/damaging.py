"""Ways to spoil a file, each drawn by chance: bytes, lines, values within lines, no file at all."""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Damage = Callable[[random.Random, Path], None]

NUMBERS: tuple[Any, ...] = (
    10**400, -(10**4000), {"$int": "f" * 5000}, {"$decimal": "1e99999"}, {"$decimal": "-1e-99999"},
    {"$decimal": "sNaN"}, {"$decimal": "NaN"}, {"$fraction": "1/3"}, {"$fraction": f"{'9' * 400}/7"},
    {"$complex": [1.0, 2.0]}, {"$numpy": ["float64", {"$float": "inf"}]}, {"$timedelta": [1, 0, 0]},
)  # fmt: skip
"""Numbers as no count and no amount is one."""

_VALUES: tuple[Any, ...] = (
    *NUMBERS, json.loads("[" * 200 + "]" * 200), {"a": json.loads('{"a":' * 80 + "1" + "}" * 80)},
    None, True, 0, -1, 7, 1 << 70, -(1 << 63), 1.5, -0.0, 1e308, "", "x", "\ud800", "../../etc/passwd",
    "latest", "\x1b[31m", "x" * 5000, [], [1], [[]], [None, {}], {}, {"a": 1}, {"$float": "nan"},
    {"$float": "x"}, {"$dict": [["a", 1], [1, 2]]}, {"$dict": 3}, {"$tuple": [1]},
    {"$numpy": ["float32", "x"]},
    {"$repr": ["t", "x"]}, {"$repr": 3}, {"$datetime": "never"}, {"$path": ["posix", "/x"]}, {"$int": "0x1"},
    {"$unheard": 1}, {"$subclass": [1, 2]}, {"$bytes": "="}, {"$set": [[1]]}, {"name": "x", "data": 1},
)  # fmt: skip


def cut(dice: random.Random, file: Path) -> None:
    os.truncate(file, dice.randrange(file.stat().st_size + 1))


def flip(dice: random.Random, file: Path) -> None:
    content = bytearray(file.read_bytes())
    for _ in range(dice.randint(1, 20) if content else 0):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    file.write_bytes(content)


def insert(dice: random.Random, file: Path) -> None:
    content = file.read_bytes()
    at = dice.randrange(len(content) + 1)
    drawn = dice.randbytes(dice.randint(1, 300))
    junk = dice.choice([drawn, b"\0" * 4096, b"\n{}\n", b"[" * 50_000, b"\xff\xfe"])
    file.write_bytes(content[:at] + junk + content[at + dice.choice([0, len(junk)]) :])


def mix(dice: random.Random, file: Path) -> None:
    """Blocks come back in another order, or twice, as from a file system that lost its journal."""
    content = file.read_bytes()
    size = max(1, len(content) // 5)
    blocks = [content[start : start + size] for start in range(0, len(content), size)]
    file.write_bytes(b"".join(dice.choices(blocks, k=len(blocks) + 1)) if blocks else b"")


def empty(dice: random.Random, file: Path) -> None:
    file.write_bytes(b"")


def remove(dice: random.Random, file: Path) -> None:
    file.unlink()


def become_a_folder(dice: random.Random, file: Path) -> None:
    file.unlink()
    file.mkdir()


def lead_nowhere(dice: random.Random, file: Path) -> None:
    file.unlink()
    file.symlink_to(dice.choice(["nowhere", file.name, "/etc", ".."]))


def change_values(dice: random.Random, file: Path) -> None:
    """Valid JSON that says something else: what another program, a later version or an enemy would write."""
    text = file.read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines() if file.suffix == ".jsonl" else [text]
    for _ in range(dice.randint(1, 3) if lines else 0):
        number = dice.randrange(len(lines))
        try:
            document = json.loads(lines[number])
        except ValueError:
            continue
        lines[number] = json.dumps(changed(dice, document))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def changed(dice: random.Random, document: Any) -> Any:
    """A document in which one value, anywhere, is another one, is gone, or is there twice."""
    document = copy.deepcopy(document)
    places = list(_places(document))
    if not places:
        return dice.choice(_VALUES)
    holder, key = dice.choice(places)
    way = dice.random()
    if way < 0.1:
        del holder[key]
    elif way < 0.3:
        _, other = dice.choice(places)
        holder[key] = copy.deepcopy(document.get(other)) if isinstance(document, dict) else other
    else:
        holder[key] = copy.deepcopy(dice.choice(_VALUES))
    return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _places(inner)


DAMAGES: tuple[Damage, ...] = (cut, flip, insert, mix, empty, remove, become_a_folder, lead_nowhere)


def spoil(dice: random.Random, file: Path) -> str:
    """Spoil a file in one of these ways; what was done, for whoever reads that it went wrong."""
    is_text = file.suffix in (".jsonl", ".json")
    damage = change_values if is_text and dice.random() < 0.6 else dice.choice(DAMAGES)
    damage(dice, file)
    return f"{damage.__name__} {file.name}"


def copied(source: Path, target: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(source, target, symlinks=True)
