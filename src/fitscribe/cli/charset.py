"""Output for terminals and files that cannot show every character."""

from __future__ import annotations

import codecs
from typing import TextIO

ERRORS = "fitscribe.plain"

_PLAIN = {
    "…": "...",
    "·": "-",
    "×": "x",
    "→": "->",
    "─": "-",
    "│": "|",
    "┤": "|",
    "└": "+",
    "├": "|",
    "●": "*",
    "Δ": "d",
}
_BLANK_BRAILLE = 0x2800


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_stand_in, error.object[error.start : error.end])), error.end


def _stand_in(character: str) -> str:
    code = ord(character)
    if _BLANK_BRAILLE <= code <= _BLANK_BRAILLE + 0xFF:
        return "*" if code > _BLANK_BRAILLE else " "
    if 0x2580 <= code <= 0x259F:  # blocks
        return "#"
    return _PLAIN.get(character, "?")


codecs.register_error(ERRORS, _plain)


def readable_in_any_encoding(stream: TextIO) -> None:
    """Have a stream show something close in place of what its encoding lacks, and never a traceback."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors=ERRORS)
