"""Keeping secrets out of what is recorded: command lines, environment variables, diffs, addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import overload

from fitscribe.capture.secret_names import NO_SECRET, is_secret_name

MASK = "***"

_PRIVATE_KEY = re.compile(
    r"-----BEGIN ([A-Z ]{0,30})PRIVATE KEY(?: BLOCK)?-----.{0,20000}?"
    r"(?:-----END \1PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_TOKENS = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}"
    r"|sk-(?=[\w-]{0,200}\d)(?=[\w-]{0,200}[A-Z])[\w-]{16,}"
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|hf_[A-Za-z0-9]{20,}|xox[abeprs]-[\w-]{10,}|xapp-[\w-]{10,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|SG\.[\w-]{16,200}\.[\w-]{16,}|do[oprt]_v1_[0-9a-f]{40,}"
    r"|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{20,}"
    r"|GOCSPX-[\w-]{20,}"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{40,}"
    r"|gl(?:sa|c)_[\w=]{20,}"
    r"|sntry[su]_\w{30,}|lin_api_\w{30,}"
    r"|r8_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{30,}|pplx-[A-Za-z0-9]{30,}|tvly-[\w-]{20,}|ATATT3[\w=-]{40,}"
    r"|dapi[0-9a-f]{32}|wandb_v1_\w{30,}"
    r"|AIza[\w-]{30,}|eyJ[\w-]{8,4000}\.[\w-]{8,4000}\.[\w-]{8,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}"
    r"|ya29\.[\w-]{20,}|nvapi-[\w-]{20,})"
)
_BEARER = re.compile(
    r"\b(Bearer|Basic|Authorization[\"']?[ ]{0,4}:[ ]{0,4}[\"']?[A-Za-z]{1,20})"
    r"[ ]{1,4}(?=[^\s\"']{0,4000}[0-9=+/])[A-Za-z0-9._~+/-]{8,}=*"
)
_WEBHOOK = re.compile(
    r"(https://(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/)[\w/-]{8,}"
)
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
# Flow mappings of YAML, as Hydra takes them: `db={host: h, password: x}`.
_FLOW = re.compile(r"([{,][ ]{0,8})([A-Za-z_][\w.-]{0,80})([ ]{0,8}:[ ]{0,8})([^\s,{}\[\]\"']{1,4000})")
_SIGNED = frozenset({"sig", "signature"})
_LITERAL = re.compile(r"\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'")
_NO_VALUES = frozenset("None True False null true false str bytes int float bool Any object".split())
_OPTION = re.compile(r"(-{1,2}[A-Za-z][\w.-]*)(?:=(.*))?", re.DOTALL)
# Of a token in quotes alone compilers and tokenizers speak, unless it looks like one.
_SAID = re.compile(
    r"(?i)\b((?:(?:password|passwd|passphrase|pwd|api[ _-]?key)(?: is| was|:)?"
    r"|(?:secret|token|access[ _-]?key|credentials)"
    r"(?:(?: is| was|:)|(?= [\"'](?=[^\"'\n]{0,200}\d)[\w.~+/=-]{12})))"
    r" )([\"'])[^\"'\n]{1,4000}\2"
)
# Of the messages of errors, which may hold whole tables.
_SAID_AT_MOST = 200_000
# Most texts by far: too short for a token, and without what an assignment has.
_HARMLESS = re.compile(r"[\w./ -]{0,14}|.{0,3}", re.DOTALL)
# What all but tokens have in them.
_TOLD_BY = re.compile(r"[=:@]|-----BEGIN|Bearer|Basic")
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
    return _SAID.sub(rf"\1\2{MASK}\2", _mask_text(head)) + rest


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
    text = _TOKENS.sub(MASK, text)
    if not _TOLD_BY.search(text):
        return text
    text = _PRIVATE_KEY.sub(MASK, text)
    text = _URL.sub(_without_credentials, text)
    text = _WEBHOOK.sub(rf"\1{MASK}", text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    text = _QUERY.sub(_without_parameter, text)
    text = _QUOTED.sub(
        lambda m: f"{m[1]}{m[2]}{m[1]}{m[3]}{m[4]}{MASK}{m[4]}" if is_secret_name(m[2]) else m[0], text
    )
    return _BARE.sub(_without_value, _mask_lists(text))


def _mask_lists(text: str) -> str:
    for pattern in (_SEMICOLONS, _FIRST, _BLANKS):
        text = pattern.sub(_without_listed, text)
    if "\n" not in text:
        return _FLOW.sub(_without_listed, _COMMAS.sub(_without_listed, text))
    # In code, `f(user=name, password=word)` is a call: a list with commas is one only within a string.
    return _LITERAL.sub(lambda m: _COMMAS.sub(_without_listed, m[0]), text)


def _without_credentials(match: re.Match[str]) -> str:
    scheme, _, password = match.groups()
    if password is None and not scheme.lower().startswith("http"):
        return match[0]  # the user name of an ssh address
    return f"{scheme}://{MASK}@"


def _without_parameter(match: re.Match[str]) -> str:
    start, name, _ = match.groups()
    is_signature = name.lower().rpartition("-")[2] in _SIGNED
    return f"{start}{name}={MASK}" if is_signature or is_secret_name(name, strict=True) else match[0]


def _without_listed(match: re.Match[str]) -> str:
    start, name, between, value = match.groups()
    return match[0] if value in _NO_VALUES or not is_secret_name(name) else f"{start}{name}{between}{MASK}"


def _without_value(match: re.Match[str]) -> str:
    start, name, between, value = match.groups()
    strict = name.isupper() and "=" in between
    if value in _NO_VALUES or not is_secret_name(name, strict=strict):
        return match[0]
    return f"{start}{name}{between}{MASK}"
