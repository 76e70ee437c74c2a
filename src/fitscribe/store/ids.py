"""Identifiers of runs and launches, and the check that a name from outside is one."""

from __future__ import annotations

import os
import re

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_VALID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")


def new_id() -> str:
    """Return a fresh identifier: 12 characters of lower-case base32, 60 random bits.

    The bits come from the operating system, so the random state of the training is never touched.
    """
    bits = int.from_bytes(os.urandom(8), "little")
    return "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 60, 5))


def is_valid_id(text: str) -> bool:
    """Tell whether `text` may name a run or a launch: one plain path component, nothing that climbs."""
    return _VALID.fullmatch(text) is not None


def checked_id(text: str) -> str:
    """Return `text` if it may name a run or a launch.

    Raises:
        ValueError: it holds a path separator, a dot or anything else that could leave the store.
    """
    if not is_valid_id(text):
        raise ValueError(f"not a run or launch id: {text!r} (letters, digits, '_' and '-' only, at most 64)")
    return text
