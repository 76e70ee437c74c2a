"""Secrets told by their own shape, as the tokens of services, or by their place, as in an address."""

from __future__ import annotations

import re

from fitscribe.capture.secret_names import is_filled_in, is_secret_name

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
_SIGNED = frozenset({"sig", "signature"})


def mask_tokens(text: str) -> str:
    """Mask the tokens of well-known services."""
    return _TOKENS.sub(MASK, text)


def mask_shapes(text: str) -> str:
    """Mask private keys, and what stands where only a secret does: in addresses, their queries, headers."""
    text = _PRIVATE_KEY.sub(MASK, text)
    text = _URL.sub(_without_credentials, text)
    text = _WEBHOOK.sub(rf"\1{MASK}", text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    return _QUERY.sub(_without_parameter, text)


def _without_credentials(match: re.Match[str]) -> str:
    scheme, user, password = match.groups()
    if password is None and not scheme.lower().startswith("http"):
        return match[0]  # the user name of an ssh address
    if is_filled_in(f"{user}{password or ''}"):
        return match[0]
    return f"{scheme}://{MASK}@"


def _without_parameter(match: re.Match[str]) -> str:
    start, name, value = match.groups()
    if is_filled_in(value):
        return match[0]
    is_signature = name.lower().rpartition("-")[2] in _SIGNED
    return f"{start}{name}={MASK}" if is_signature or is_secret_name(name, strict=True) else match[0]
