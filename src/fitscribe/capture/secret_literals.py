"""Secrets in quotes, as code, diffs, JSON and notebooks have them, told by the name that they are given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from fitscribe.capture.secret_names import MIXED, is_filled_in, is_given, is_secret_name
from fitscribe.capture.secret_shapes import MASK

_Places: TypeAlias = Iterator[tuple[int, int]]

_NAME = r"[A-Za-z_][\w.-]{0,80}"
# In JSON that holds code the quotes are escaped, once for each level.
_QUOTE = r"\"\"\"|'''|(?:\\\"){3}|\\{0,3}[\"']"
_OPENS = rf"[rbfuRBFU]{{0,2}}({_QUOTE})"
# A value may begin on the next line, which in a diff has a sign.
_GAP = r"(?:[ \t]{0,8}\\?\n[+\- ]?[ \t]{0,80})?"
_TYPE = (
    r"(?::[ \t]{0,4}(?:\\{0,3}[\"'])?(?:(?:typing|t)\.)?"
    r"(?:[sS]tr|string|bytes|Any|Optional|Union|Annotated|Final|ClassVar|InitVar|Secret|None|&)"
    r"[\w.\[\], |\"'\\]{0,60}?[ \t]{0,8}=(?!=)[ \t]{0,8})"
)
# What is called with a secret, and gives it on.
_CALL = (
    r"(?:(?:[\w.]{1,40}\.)?(?:Secret\w{0,10}|str|bytes|[fF]ield|Option|Argument|Param|Header|b64decode|quote)"
    r"\([ \t]{0,8}(?:default=)?|[\w.\[\]()\"'\\]{1,60}[ \t]or[ \t]|\([ \t]{0,8})"
)
# Each ends with the quote that opens the value, and has the name before.
_ASSIGNED = re.compile(
    rf"(?:(?<![\w.-])|(?<=^-))(\\{{0,3}}[\"'])?({_NAME})(?(1)\1\]?)[ \t]{{0,8}}"
    rf"(?:(?:{_TYPE}|(?::=|=>|=)[ \t]{{0,8}}){_GAP}(?:{_CALL}{_GAP})?|:[ \t]{{0,8}}(?(1){_GAP}){_CALL}?)"
    rf"{_OPENS}",
    re.MULTILINE,
)
_CALLED = re.compile(
    r"(?<=\w)\((?:[\w.\[\]]{1,60},[ \t]{0,8})?"
    rf"(\\{{0,3}}[\"'])({_NAME})\1,[ \t]{{0,8}}{_GAP}(?:default=|value=)?{_OPENS}"
)
_TAKES_BOTH = re.compile(
    r"(?:(?:get|set|put)env|setdefault|get|pop|[gs]etattr|log_param|set_tag|DEFINE_\w{1,20})\Z"
)
# `login(key=...)`, and a user with a password.
_LOGINS = re.compile(
    r"(?:\blog_?in\((?:[^()\n]{0,80}[, ])?key=|"
    r"(?:\bauth[ \t]{0,8}=[ \t]{0,8}|BasicAuth)\(\\{0,3}[\"'][^\"'\n]{0,100}[\"'],[ \t]{0,8})"
    rf"{_OPENS}"
)
# An option, whose default is further on, or whose value follows in a list.
_OPTION = re.compile(r"(\\{0,3}[\"'])-{1,2}([A-Za-z][\w.-]{0,80})\1")
_FOLLOWS = re.compile(rf",[ \t]{{0,8}}{_GAP}{_OPENS}")
_DEFAULT = re.compile(
    r"add_argument\(|option\(|Option\(|[\"']--[A-Za-z]|\bdef[ ]"
    rf"|\bdefault[ \t]{{0,4}}=[ \t]{{0,4}}(?:str\()?{_OPENS}"
)
_DEFAULT_WITHIN = 400
# From the end of the line with a name to the quote that opens its value.
_SITE = 200
# `key="password" value="x"`, `"name": "API_KEY", "value": "x"`, also one below the other.
_NAMED = re.compile(
    rf"\b(?:key|name)(?:\\{{0,3}}[\"'])?[ \t]{{0,4}}[:=][ \t]{{0,4}}(\\{{0,3}}[\"'])?({_NAME})(?(1)\1)"
    rf"[,\s+-]{{1,80}}(?:\\{{0,3}}[\"'])?value(?:\\{{0,3}}[\"'])?"
    rf"[ \t]{{0,4}}[:=][ \t]{{0,4}}{_OPENS}"
)
# In quotes with its name: `-H "X-Api-Key: x"`.
_HEADER = re.compile(r"(\\{0,3}[\"'])((?:X-)?[A-Z][A-Za-z-]{1,60}):[ \t]{1,4}(?=\S)")
_ENDS = {
    '"""': re.compile(r'([^"]{1,4000})"""'),
    "'''": re.compile(r"([^']{1,4000})'''"),
    r"\"\"\"": re.compile(r'([^"\\]{1,4000}(?:\\n[^"\\]{0,4000}){0,200})(?:\\"){3}'),
    '"': re.compile(r'((?:[^"\\\n]|\\.){1,4000})"'),
    "'": re.compile(r"((?:[^'\\\n]|\\.){1,4000})'"),
    **{
        "\\" * depth + quote: re.compile(
            rf"((?:[^\"'\\\n]|\\{{{2 * depth + 1}}}[\"']){{1,4000}})\\{{{depth}}}{quote}"
        )
        for depth in (1, 2, 3)
        for quote in ('"', "'")
    },
}


def mask_literals(text: str, lines: Sequence[tuple[int, int]]) -> str:
    """Mask what stands in quotes and is given to a name that says that it is secret.

    Args:
        text: of code, of a diff, of a notebook, or of data that is written like these.
        lines: where in it the names are.
    """
    ways = (_assigned, _called, _options, _logins, _named)
    found = sorted({place for line in lines for way in ways for place in way(text, *line)})
    if not found:
        return text
    pieces: list[str] = []
    done = 0
    for start, stop in found:
        if start >= done:
            pieces += (text[done:start], MASK)
            done = stop
    return "".join((*pieces, text[done:]))


def _sites(pattern: re.Pattern[str], text: str, start: int, stop: int) -> Iterator[re.Match[str]]:
    """Where a pattern begins between two places; it may end a few lines after them."""
    for match in pattern.finditer(text, start, stop + _SITE):
        if match.start() >= stop:
            return
        yield match


def _assigned(text: str, start: int, stop: int) -> _Places:
    for match in _sites(_ASSIGNED, text, start, stop):
        name = match[2]
        of_environment = text.endswith("environ[", 0, match.start())
        if is_secret_name(name, strict=of_environment):
            yield from _value(text, match.end(), match[3], "password" if of_environment else name)


def _called(text: str, start: int, stop: int) -> _Places:
    for match in _sites(_CALLED, text, start, stop):
        called = max(0, match.start() - 30)
        if is_secret_name(match[2]) and _TAKES_BOTH.search(text, called, match.start()):
            yield from _value(text, match.end(), match[3], match[2])


def _logins(text: str, start: int, stop: int) -> _Places:
    for match in _sites(_LOGINS, text, start, stop):
        yield from _value(text, match.end(), match[1], "password")


def _named(text: str, start: int, stop: int) -> _Places:
    """What is a secret by its name and its look: elsewhere they are columns, or what a program says."""
    for match in (*_sites(_NAMED, text, start, stop), *_sites(_HEADER, text, start, stop)):
        if is_secret_name(match[2]):
            quote = match[3] if match.re is _NAMED else match[1]
            yield from _mixed(text, _value(text, match.end(), quote, match[2]))


def _mixed(text: str, places: _Places) -> _Places:
    return (
        (start, stop) for start, stop in places if MIXED.fullmatch(text, start, stop) and text[start] != "-"
    )


def _options(text: str, start: int, stop: int) -> _Places:
    for option in _sites(_OPTION, text, start, stop):
        name = option[2]
        if not is_secret_name(name):
            continue
        follows = _FOLLOWS.match(text, option.end())
        if follows:
            yield from _mixed(text, _value(text, follows.end(), follows[1], name))
        default = _DEFAULT.search(text, option.end(), option.end() + _DEFAULT_WITHIN)
        if default and default[1]:
            yield from _value(text, default.end(), default[1], name)


def _value(text: str, start: int, quote: str, name: str) -> _Places:
    """Where the value lies that a quote opens, if it is a secret."""
    end = _ENDS[quote].match(text, start)
    if end is None:
        return
    value = end[1]
    # Beginning with the other quote it is what stands between two strings.
    if value[0] not in "\"'" and is_given(value.strip(), name) and not is_filled_in(value):
        yield start, end.end(1)
