"""Secrets without quotes: in lists of names and values, settings of one a line, and command lines."""

from __future__ import annotations

import re

from fitscribe.capture.secret_names import MIXED, is_filled_in, is_given, is_secret_name
from fitscribe.capture.secret_shapes import MASK

_BARE = re.compile(
    r"^([+\- ]?[ \t]{0,40}(?:(?:[!$][ ]?)?(?:export|ENV|set|%env|%set_env)[ ])?)([A-Za-z_][\w.-]{0,80})"
    r"([ \t]{0,8}[:=][ \t]{0,8})([^\s\"'()\[\]{},;]{3,4000})(?=[ \t]*(?:$|[ \t]#|&&|;))",
    re.MULTILINE,
)
# Connection strings and their kind: lists of `name=value`. After a semicolon names may have blanks in them.
_SEMICOLONS = re.compile(
    r"(;[ \t]{0,8})([A-Za-z_][\w.-]{0,80}(?: [A-Za-z][\w.-]{0,80}){0,3})([ \t]{0,8}=[ \t]{0,8})"
    r"(\{[^}\n]{1,4000}\}|[^;\"'\n]{1,4000})"
)
# The value is looked ahead for and then taken as it is: to try shorter ones takes seconds in a long line.
_FIRST = re.compile(
    r"((?<![\w.;-]))([A-Za-z_][\w.-]{0,80})(=)(?!=)(?=([^\s;&\"'=]{1,4000}={0,2}))\4"
    r"(?<!,)(?=[;&]|[ \t]{1,8}[A-Za-z_][\w.-]{0,80}=(?!=))"
)
_BLANKS = re.compile(
    r"((?<![\s,(\[{:])(?<!lambda)[ \t]{1,8}-{0,2})([A-Za-z_][\w.-]{0,80})(=)(?!=)([^\s\"']{1,4000})"
)
_COMMAS = re.compile(
    r"((?:^|[,\"'\s\[(])[ \t]{0,8})([A-Za-z_][\w.-]{0,80})([ \t]{0,8}=[ \t]{0,8})(?!=)([^\s,;&\"']{1,4000})"
)
_SAID_LAST = re.compile(
    r"((?:^|[ \t])[\w.]{1,200}:[ \t]{1,4})([A-Za-z_][\w.-]{0,80})([ \t]{0,8}[:=][ \t]{0,8})"
    r"([^\s\"'()\[\]{},;]{3,4000})$",
    re.MULTILINE,
)
# Flow mappings of YAML, as Hydra takes them: `db={host: h, password: x}`.
_FLOW = re.compile(r"([{,][ ]{0,8})([A-Za-z_][\w.-]{0,80})([ ]{0,8}:[ ]{0,8})([^\s,{}\[\]\"']{1,4000})")
_LITERAL = re.compile(r"\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'")
_NO_VALUES = frozenset("None True False null true false str bytes int float bool Any object".split())
# Names of types, of fields and of variables, which code gives to names as it does values.
_TYPES = re.compile(r"(?:[\w.]{0,80}\.)?(?:Tensor|Token|Secret\w*|String|Optional|Any|Text|str|Path)")
_REFERENCE = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+)+")
_OPTION = re.compile(
    r"((?<![\w-])--)([A-Za-z][\w.-]{0,80})([ \t]{1,4}[\"']?)"
    r"(?!-)(?=([^\s\"']{8,4000}))\4(?![^\s\"',;:)\]}`])"
)
_EQUALS = re.compile(r"((?<![\w-])--)([A-Za-z][\w.-]{0,80})(=)([^\s\"',;]{1,4000})")


def mask_lists(text: str, *, is_code: bool) -> str:
    """Mask values in `Server=a;Password=x` and `user=me, password=x`, after options, and on their own lines.

    Args:
        text: to look through.
        is_code: whether the text may be code, in which `f(user=name, password=word)` is a call: a list with
            commas is one only within a string there.
    """
    text = _SEMICOLONS.sub(_without_listed, text)
    for pattern in (_FIRST, _BLANKS):
        text = pattern.sub(_without_written, text)
    if "--" in text:
        text = _EQUALS.sub(_without_written, _OPTION.sub(_without_mixed, text))
    if is_code:
        text = _LITERAL.sub(lambda m: _COMMAS.sub(_without_quoted, m[0]), text)
    else:
        text = _FLOW.sub(_without_written, _COMMAS.sub(_without_written, text))
    return _BARE.sub(_without_coded if is_code else _without_value, text)


def mask_words(text: str) -> str:
    """Mask what stands after its name in text that is written for people: in `ValueError: password: x`."""
    for pattern in (_COMMAS, _FLOW, _SAID_LAST):
        text = pattern.sub(_without_written, text)
    return text


def _without_listed(match: re.Match[str]) -> str:
    start, name, between, value = match.groups()
    return match[0] if value in _NO_VALUES or not is_secret_name(name) else f"{start}{name}{between}{MASK}"


def _without_written(match: re.Match[str]) -> str:
    name, value = match[2], match[4]
    if not is_secret_name(name) or not is_given(value, name) or _is_filled_in(value):
        return match[0]
    return _without_listed(match)


def _without_quoted(match: re.Match[str]) -> str:
    # In the JSON of a notebook the string is a line of code, and a backslash escapes a quote of it.
    return match[0] if "\\" in match[4] else _without_written(match)


def _is_filled_in(value: str) -> bool:
    return is_filled_in(value.rstrip(")],.:"))


def _without_mixed(match: re.Match[str]) -> str:
    return _without_written(match) if MIXED.fullmatch(match[4]) else match[0]


def _without_coded(match: re.Match[str]) -> str:
    _, name, between, value = match.groups()
    return match[0] if " " in between and _is_code(name, between, value) else _without_value(match)


def _without_value(match: re.Match[str]) -> str:
    start, name, between, value = match.groups()
    strict = name.isupper() and "=" in between
    if value in _NO_VALUES or not is_secret_name(name, strict=strict) or is_filled_in(value):
        return match[0]
    if (not strict or " " in between) and not is_given(value, name):
        return match[0]
    return f"{start}{name}{between}{MASK}"


def _is_code(name: str, between: str, value: str) -> bool:
    """Whether a value looks like a name in code: `self.token = token`, `token: Tensor`, `token = Comment`."""
    if _TYPES.fullmatch(value) or _REFERENCE.fullmatch(value):
        return True
    if not value.isidentifier():
        return False
    is_plain = name.lower().endswith(("token", "key", "auth")) and not any(map(str.isdigit, value))
    return is_secret_name(value) or (is_plain and ("=" in between or value[0].isupper()))
