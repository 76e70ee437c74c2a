"""Keeping secrets out of what is recorded: command lines, environment variables, diffs, addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import overload

from fitscribe.capture.secret_names import NO_SECRET, is_secret_name, lines_with_names
from fitscribe.capture.secret_shapes import MASK, mask_shapes, mask_tokens

__all__ = ["MASK", "mask_said", "mask_secrets"]

_OPTION = re.compile(r"(-{1,2}[A-Za-z][\w.-]*)(?:=(.*))?", re.DOTALL)
# Of a token in quotes alone compilers and tokenizers speak, unless it looks like one.
_SAID = re.compile(
    r"(?i)\b((?:(?:password|passwd|passphrase|pwd|api[ _-]?key)(?: is| was|:)?"
    r"|(?:secret|token|access[ _-]?key|credentials)"
    r"(?:(?: is| was|:)|(?= [\"'](?=[^\"'\n]{0,200}\d)[\w.~+/=-]{12})))"
    r" )([\"'])[^\"'\n]{1,4000}\2"
)
# The lines of a traceback that are code: whatever is around them was written for people.
_FRAME = re.compile(r"^[ |]*File \"[^\n]*\n(?:[ |]{4}[^\n]*\n)*", re.MULTILINE)
# Of the messages of errors, which may hold whole tables.
_SAID_AT_MOST = 200_000
# Most texts by far: too short for a token, and without what an assignment has.
_HARMLESS = re.compile(r"[\w./ -]{0,14}|.{0,3}", re.DOTALL)
# What all but tokens have in them.
_TOLD_BY = re.compile(r"[=:@]|--[-A-Za-z]|Bearer|Basic|[\"'],")
_ASSIGNED = re.compile(r"(\+{0,2}[A-Za-z_][\w./-]*)=(.*)", re.DOTALL)


@overload
def mask_secrets(value: str) -> str: ...  # type: ignore[overload-overlap]  # a str is a Sequence[str], too
@overload
def mask_secrets(value: Mapping[str, str]) -> dict[str, str]: ...
@overload
def mask_secrets(value: Sequence[str]) -> list[str]: ...


def mask_secrets(value: str | Mapping[str, str] | Sequence[str]) -> str | dict[str, str] | list[str]:
    """Return text, environment variables or command line arguments with their secrets replaced by `***`.

    A secret is told by the name it is given (`--api-key x`, `DB_PASSWORD=x`, `"token": "x"`, and within
    `Server=a;Password=x`), by its own shape (the tokens of well-known services, private keys), or by its
    place (`user:password@` in an address).
    What has neither name nor shape cannot be told.

    Args:
        value: a text, a mapping of environment variables, or a list of arguments.
    """
    if isinstance(value, str):
        return _mask_text(value)
    if isinstance(value, Mapping):
        return {
            name: MASK if is_secret_name(name, strict=True) and item else _mask_text(item)
            for name, item in value.items()
        }
    return _mask_arguments(value)


def mask_said(text: str) -> str:
    """Return a text that is written for people, such as the message of an error, with its secrets masked.

    Beside what :func:`mask_secrets` tells there is what stands in quotes after its name: ``password 'x'``.

    Args:
        text: one line or more; of a very long one only the beginning is looked through.
    """
    head, rest = text[:_SAID_AT_MOST], text[_SAID_AT_MOST:]
    head = _SAID.sub(rf"\1\2{MASK}\2", _mask_text(head))
    if not lines_with_names(head):
        return head + rest
    from fitscribe.capture.secret_lists import mask_words

    pieces: list[str] = []
    done = 0
    for frame in _FRAME.finditer(head):
        pieces += (mask_words(head[done : frame.start()]), frame[0])
        done = frame.end()
    return "".join((*pieces, mask_words(head[done:]), rest))


def _mask_arguments(arguments: Sequence[str]) -> list[str]:
    masked: list[str] = []
    awaiting = False
    for argument in arguments:
        option = _OPTION.fullmatch(argument)
        assigned = _ASSIGNED.fullmatch(argument)
        if awaiting and not argument.startswith("--"):
            masked.append(argument if NO_SECRET.fullmatch(argument) else MASK)
            awaiting = False
        elif (
            option and option[1].startswith("-D") and is_secret_name(option[1][2:]) and option[2] is not None
        ):
            masked.append(f"{option[1]}={MASK}")
        elif option and is_secret_name(option[1], strict=True):
            awaiting = option[2] is None
            masked.append(argument if awaiting else f"{option[1]}={MASK}")
        elif assigned and not option and is_secret_name(assigned[1], strict=True):
            masked.append(f"{assigned[1]}={MASK}")
            awaiting = False
        else:
            masked.append(_mask_argument(argument))
            awaiting = False
    return masked


def _mask_argument(argument: str) -> str:
    """Mask what one argument holds: the value of an option, or a command line within the command line."""
    name, equals, value = argument.partition("=")
    if equals and _OPTION.fullmatch(name):
        return f"{name}={_mask_text(value)}"
    masked = _mask_text(argument)
    if masked == argument and " -" in f" {argument}":
        return " ".join(_mask_arguments(argument.split(" "))) if " " in argument else masked
    return masked


def _mask_text(text: str) -> str:
    if _HARMLESS.fullmatch(text):
        return text
    text = mask_tokens(text)
    if not _TOLD_BY.search(text):
        return text
    text = mask_shapes(text)
    lines = lines_with_names(text)
    if not lines:
        return text
    # Most runs have no text that gets here.
    from fitscribe.capture import secret_lists, secret_literals

    is_code = "\n" in text
    if '"' in text or "'" in text:
        text = secret_literals.mask_literals(text, lines)
        lines = lines_with_names(text)
    pieces: list[str] = []
    done = 0
    for start, stop in lines:
        pieces += (text[done:start], secret_lists.mask_lists(text[start:stop], is_code=is_code))
        done = stop
    return "".join((*pieces, text[done:]))
