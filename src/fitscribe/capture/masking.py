"""Keeping secrets out of what is recorded: command lines, environment variables, diffs, addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import overload

MASK = "***"

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_WORDS = frozenset(
    """password passwords passwd passphrase passwort pwd secret secrets credential credentials apikey
    accesskey authtoken privatekey secretkey authorization bearer jwt cookie cookies""".split()
)
# What a name that ends in "key" must say before it: `sort_key` and `key=` in code are no secrets.
_KEYS = frozenset(
    """api access private secret encryption signing ssh account auth master service license client storage
    subscription deploy fernet app write admin host shared""".split()
)
# Tokens of language models, not of the web.
_HARMLESS_TOKENS = frozenset(
    """pad eos bos unk cls sep mask special per stop start end image max min num new next first last prompt
    decoder""".split()
)
_USERS = frozenset("db database user root admin smtp mail mysql postgres redis ftp http proxy login".split())

_PRIVATE_KEY = re.compile(
    r"-----BEGIN ([A-Z ]{0,30})PRIVATE KEY-----.{0,20000}?(?:-----END \1PRIVATE KEY-----|\Z)", re.DOTALL
)
_TOKENS = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|sk-[\w-]{16,}"
    r"|sk_(?:live|test)_\w{10,}|hf_[A-Za-z0-9]{20,}|xox[abeprs]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}"
    r"|ya29\.[\w-]{20,}|nvapi-[\w-]{20,})"
)
_BEARER = re.compile(r"\b(Bearer|Basic)[ ]{1,4}[A-Za-z0-9._~+/-]{8,}=*")
_URL = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]{1,20})://([^\s/'\"@:]{0,500})(:[^\s/'\"]{0,500})?@(?=[^\s/@]{1,300})"
)
_QUERY = re.compile(r"([?&])([\w.-]{1,80})=([^&\s\"'#]{1,4000})")
_QUOTED = re.compile(
    r"(?:(?<![\w.-])|(?<=^-))([\"']?)([A-Za-z_][\w.-]{0,80})\1"
    r"([ \t]{0,8}(?::=|=>|=|:)[ \t]{0,8}[rbfRBF]{0,2})"
    r"([\"'])([^\"'\n]{1,4000})\4",
    re.MULTILINE,
)
_BARE = re.compile(
    r"^([+\- ]?[ \t]{0,40}(?:export[ ]|ENV[ ]|set[ ])?)([A-Za-z_][\w.-]{0,80})([ \t]{0,8}[:=][ \t]{0,8})"
    r"([^\s\"'()\[\]{},;]{3,4000})[ \t]*$",
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
    r"((?:^|[,\"'\s])[ \t]{0,8})([A-Za-z_][\w.-]{0,80})([ \t]{0,8}=[ \t]{0,8})(?!=)([^\s,;&\"']{1,4000})"
)
_LITERAL = re.compile(r"\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'")
_NO_VALUES = frozenset("None True False null true false str bytes int float bool Any object".split())
_OPTION = re.compile(r"(-{1,2}[A-Za-z][\w.-]*)(?:=(.*))?", re.DOTALL)
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


def is_secret_name(name: str, *, strict: bool = False) -> bool:
    """Tell whether what goes by this name is a secret.

    Args:
        name: of an option, a variable, a field.
        strict: take every "key" for a secret one, as among environment variables and options.
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return False
    if not _SECRET_WORDS.isdisjoint(words):
        return True
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "token":
        return before not in _HARMLESS_TOKENS
    if last == "key":
        return strict or before in _KEYS
    if last == "auth":
        return True
    if last == "pass":
        return not before or before in _USERS
    return last in ("string", "str") and before in ("connection", "conn")


def _mask_arguments(arguments: Sequence[str]) -> list[str]:
    masked: list[str] = []
    awaiting = False
    for argument in arguments:
        option = _OPTION.fullmatch(argument)
        assigned = _ASSIGNED.fullmatch(argument)
        if awaiting and not argument.startswith("--"):
            masked.append(MASK)
            awaiting = False
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
    if len(text) < 4:
        return text
    text = _PRIVATE_KEY.sub(MASK, text)
    text = _TOKENS.sub(MASK, text)
    text = _URL.sub(_without_credentials, text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    text = _QUERY.sub(lambda m: f"{m[1]}{m[2]}={MASK}" if is_secret_name(m[2], strict=True) else m[0], text)
    text = _QUOTED.sub(
        lambda m: f"{m[1]}{m[2]}{m[1]}{m[3]}{m[4]}{MASK}{m[4]}" if is_secret_name(m[2]) else m[0], text
    )
    return _BARE.sub(_without_value, _mask_lists(text))


def _mask_lists(text: str) -> str:
    for pattern in (_SEMICOLONS, _FIRST, _BLANKS):
        text = pattern.sub(_without_listed, text)
    if "\n" not in text:
        return _COMMAS.sub(_without_listed, text)
    # In code, `f(user=name, password=word)` is a call: a list with commas is one only within a string.
    return _LITERAL.sub(lambda m: _COMMAS.sub(_without_listed, m[0]), text)


def _without_credentials(match: re.Match[str]) -> str:
    scheme, _, password = match.groups()
    if password is None and not scheme.lower().startswith("http"):
        return match[0]  # the user name of an ssh address
    return f"{scheme}://{MASK}@"


def _without_listed(match: re.Match[str]) -> str:
    start, name, between, value = match.groups()
    return match[0] if value in _NO_VALUES or not is_secret_name(name) else f"{start}{name}{between}{MASK}"


def _without_value(match: re.Match[str]) -> str:
    start, name, between, value = match.groups()
    strict = name.isupper() and "=" in between
    if value in _NO_VALUES or not is_secret_name(name, strict=strict):
        return match[0]
    return f"{start}{name}{between}{MASK}"
