"""Names that secrets go by, and the values under such names that are none all the same."""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_WORDS = frozenset(
    """password passwords passwd passphrase passwort pwd secret secrets credential credentials apikey
    accesskey accesstoken apitoken authtoken privatekey secretkey authorization bearer jwt cookie
    cookies passcode kennwort""".split()
)
# One of these is in all names of secrets.
_STEMS = re.compile("pass|pw|secret|cred|key|token|auth|bearer|jwt|cookie|kennwort|conn")
_SECRET_ENDS = ("password", "passwd", "passphrase")  # PGPASSWORD, dbpassword
# What these say of a secret is none.
_PROPERTIES = frozenset(
    "column columns col cols field fields length len size dim dims count capacity".split()
)
# What a name that ends in "key" must say before it: `sort_key` and `key=` in code are no secrets.
_KEYS = frozenset(
    """api access private secret encryption signing ssh account auth master service license client storage
    subscription deploy fernet app write admin host shared openai anthropic cohere mistral groq hf
    huggingface wandb kaggle comet neptune azure aws gcp github gitlab""".split()
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
_USERS = frozenset(
    "db pg database user root admin smtp mail mysql postgres redis ftp http proxy login".split()
)
_PASSES = frozenset({"pass", "pw"})
# Values of ordinary parameters.
_ORDINARY = frozenset(
    "none null off on no yes true false default auto basic digest anonymous learned mean first last".split()
)
# Words of names under which any other value is a secret.
_ALWAYS_SECRET = frozenset(
    """password passwords passwd passphrase passwort secret secrets apikey accesskey accesstoken apitoken
    authtoken privatekey secretkey authorization bearer passcode kennwort""".split()
)
# What comes before "token", "key" and "auth" where these are of a service, and not of a model or a table.
_CREDENTIALS = frozenset(
    """access api auth hf hub bot bearer refresh session private secret encryption signing ssh account deploy
    fernet personal github gitlab slack wandb openai id sas oauth client service telegram discord huggingface
    huggingfacehub kaggle comet neptune mlflow clearml replicate anthropic cohere mistral groq azure aws gcp
    pypi npm docker""".split()
)
_OF_A_MODEL = frozenset("token tokens key keys auth string str".split())
# Of these several go by one name.
_PLURALS = frozenset("api access auth refresh".split())
# Under a name that ends so each value has its own name: that of a user, of a service.
_HOLDERS = frozenset("password passwords secret secrets credential credentials tokens keys".split())
_BESIDE_SECRETS = frozenset(
    """user username login account email name id env host hostname port url uri address path file folder type
    kind mode provider backend engine version region zone profile project namespace scope format encoding
    algorithm scheme source""".split()
)
# What a generator of secrets makes.
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.~+/=-]{16,}")
# What makes a secret of a value whose name alone does not.
MIXED = re.compile(r"(?=[^\s\d]{0,200}\d)(?=[^\sA-Za-z]{0,200}[A-Za-z])[^\s\"'<>{}()]{8,}")
_FILE = re.compile(r"[\w./~-]{1,200}\.(?:pem|key|crt|p12|json|ya?ml|toml|ini|env|cfg|txt|csv|tsv|parquet)")
_MARK = re.compile(r"<[^<>'\"]{0,40}>|\[[A-Z_]{1,20}\]|\W*")  # as <pad>, [CLS] or ##
NO_SECRET = re.compile(rf"{_MARK.pattern}|\S{{1,2}}")  # or 2
_FIELD = re.compile(r"\{\}|(?<!\w)%[sr](?!\w)|\{[A-Za-z_][\w.\[\]()]{0,80}(?:![rsa])?(?::[^{}\n]{0,20})?\}")
_FIELDS_ONLY = re.compile(r"%\(\w{1,80}\)s|\{\{.*\}\}|\$\{.*\}|\$\(.*|\$[A-Z_]+", re.DOTALL)


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
    if last in ("tokens", "keys"):
        return before in _PLURALS
    if last == "auth" or (last == "header" and before == "auth"):
        return True
    if last in _PASSES:
        return not before or before in _USERS
    return last in ("string", "str") and before in ("connection", "conn")


def lines_with_names(text: str) -> list[tuple[int, int]]:
    """Return where in a text names of secrets can be: from the end of the line before to the end of theirs.

    Most lines have none, and need no closer look.
    """
    lower = text.lower()
    if len(lower) != len(text):  # as that of a dotted capital I is
        return [(0, len(text))]
    found: list[tuple[int, int]] = []
    stem = _STEMS.search(lower)
    while stem:
        start, stop = max(0, text.rfind("\n", 0, stem.start())), text.find("\n", stem.end())
        if stop < 0:
            stop = len(text)
        if found and found[-1][1] == start:
            start = found.pop()[0]
        found.append((start, stop))
        stem = _STEMS.search(lower, stop)
    return found


def can_be_secret(text: str, name: str) -> bool:
    """Whether the value of a parameter that is called like a secret may be one.

    Hyperparameters are called like secrets as well: the token of an embedding, the key of a table.
    """
    if NO_SECRET.fullmatch(text) or _is_ordinary(text):
        return False
    if not may_be_of_a_model(name):
        return True
    made = _RANDOM if _WORDS.findall(name)[-1].lower() in _OF_A_MODEL else MIXED
    return made.fullmatch(text) is not None


def is_given(text: str, name: str) -> bool:
    """Whether a text that is written down after a name that is called like a secret may be one.

    Args:
        text: from code, a message, a list of names and values.
        name: what it is given to.
    """
    if _MARK.fullmatch(text) or _is_ordinary(text):
        return False
    if text.isupper() and "_" in text and text.isidentifier() and is_secret_name(text):
        return False  # the name of a variable of the environment
    return not may_be_of_a_model(name) or MIXED.fullmatch(text) is not None


def _is_ordinary(text: str) -> bool:
    if text.lower() in _ORDINARY or text.startswith(("/", "./", "../", "~")):
        return True
    return _FILE.fullmatch(text) is not None  # where a secret lies is none


def may_be_of_a_model(name: str) -> bool:
    """Whether a name speaks of a token or a key that may as well be one of a model or a table."""
    words = [word.lower() for word in _WORDS.findall(name)]
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if not _ALWAYS_SECRET.isdisjoint(words) or any(word.endswith(_SECRET_ENDS) for word in words):
        return False
    if last == "pwd" or (last in _PASSES and before in _USERS):
        return False
    if last in ("tokens", "keys"):
        return before not in _PLURALS
    return not (last in ("token", "key", "auth") and (not before or before in _CREDENTIALS))


def holds_secrets(name: str) -> bool:
    """Whether what lies in a mapping of this name are secrets, whatever their own names are."""
    words = _WORDS.findall(name)
    return bool(words) and words[-1].lower() in _HOLDERS and is_secret_name(name)


def can_be_held(text: str, name: str, holder: str) -> bool:
    """Whether a text is a secret as what it lies in says so.

    Args:
        text: the value.
        name: its own name, which may be that of a user or a service.
        holder: the name of the mapping that it lies in, one of those that :func:`holds_secrets` tells.
    """
    if name.lower() in _BESIDE_SECRETS and not holder.lower().endswith("passwords"):
        return False
    return can_be_secret(text, holder) or MIXED.fullmatch(text) is not None


def is_filled_in(value: str) -> bool:
    """Whether a text is filled in with its secret later: `{password}`, `%s`, `Bearer {token}`, `${TOKEN}`."""
    if _FIELDS_ONLY.fullmatch(value):
        return True
    rest = _FIELD.sub("", value)
    return rest != value and MIXED.search(rest) is None
