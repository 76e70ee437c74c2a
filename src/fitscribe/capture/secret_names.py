"""Names that secrets go by, and the values under such names that are none all the same."""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_WORDS = frozenset(
    """password passwords passwd passphrase passwort pwd secret secrets credential credentials apikey
    accesskey accesstoken apitoken authtoken privatekey secretkey authorization bearer jwt cookie
    cookies""".split()
)
_SECRET_ENDS = ("password", "passwd", "passphrase")  # PGPASSWORD, dbpassword
# What these say of a secret is none.
_PROPERTIES = frozenset(
    "column columns col cols field fields length len size dim dims count capacity".split()
)
# What a name that ends in "key" must say before it: `sort_key` and `key=` in code are no secrets.
_KEYS = frozenset(
    """api access private secret encryption signing ssh account auth master service license client storage
    subscription deploy fernet app write admin host shared""".split()
)
# Names of what lies under a key: in a table, a dict, a batch.
_HARMLESS_KEYS = frozenset(
    """sort join primary foreign group partition index row column col feature image label target input output
    text caption prompt question answer monitor metric dict json cache dataset mask class state""".split()
)
# Tokens of language models, not of the web.
_HARMLESS_TOKENS = frozenset(
    """pad eos bos unk cls sep mask special per stop start end image audio video max min num new next first
    last prompt decoder encoder input output text word""".split()
)
_USERS = frozenset("db database user root admin smtp mail mysql postgres redis ftp http proxy login".split())
_PASSES = frozenset({"pass", "pw"})
# Values of ordinary parameters.
_ORDINARY = frozenset(
    "none null off on no yes true false default auto basic digest anonymous learned mean first last".split()
)
# Words of names under which any other value is a secret.
_ALWAYS_SECRET = frozenset(
    """password passwords passwd passphrase passwort secret secrets apikey accesskey accesstoken apitoken
    authtoken privatekey secretkey authorization bearer""".split()
)
# What comes before "token", "key" and "auth" where these are of a service, and not of a model or a table.
_CREDENTIALS = frozenset(
    """access api auth hf hub bot bearer refresh session private secret encryption signing ssh account deploy
    fernet personal github gitlab slack wandb openai id""".split()
)
# What a generator of secrets makes.
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.~+/=-]{16,}")
NO_SECRET = re.compile(r"<[^<>]{0,40}>|\[[A-Z_]{1,20}\]|\W*|\S{1,2}")  # as <pad>, [CLS], ## or 2


@lru_cache(maxsize=4096)
def is_secret_name(name: str, *, strict: bool = False) -> bool:
    """Tell whether what goes by this name is a secret.

    Args:
        name: of an option, a variable, a field.
        strict: take every "key" for a secret one, as among environment variables and options, unless it says
            what lies under it.
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in _PROPERTIES:
        return False
    if not _SECRET_WORDS.isdisjoint(words) or any(word.endswith(_SECRET_ENDS) for word in words):
        return True
    if last == "token":
        return before not in _HARMLESS_TOKENS
    if last == "key":
        return before in _KEYS or (strict and before not in _HARMLESS_KEYS)
    if last == "auth":
        return True
    if last in _PASSES:
        return not before or before in _USERS
    return last in ("string", "str") and before in ("connection", "conn")


def can_be_secret(text: str, name: str) -> bool:
    """Whether the value of a parameter that is called like a secret may be one.

    Hyperparameters are called like secrets as well: the token of an embedding, the key of a table.
    """
    if NO_SECRET.fullmatch(text) or text.lower() in _ORDINARY or text.startswith(("/", "./", "../", "~")):
        return False
    return not may_be_of_a_model(name) or _RANDOM.fullmatch(text) is not None


def may_be_of_a_model(name: str) -> bool:
    """Whether a name speaks of a token or a key that may as well be one of a model or a table."""
    words = [word.lower() for word in _WORDS.findall(name)]
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if not _ALWAYS_SECRET.isdisjoint(words) or any(word.endswith(_SECRET_ENDS) for word in words):
        return False
    if last == "pwd" or (last in _PASSES and before in _USERS):
        return False
    return not (last in ("token", "key", "auth") and (not before or before in _CREDENTIALS))
