"""Which texts, arguments and names are taken for secrets, and which only look like some."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from fitscribe.capture import mask_secrets
from fitscribe.capture.masking import mask_said
from fitscribe.store.values import decode, encode
from fitscribe.tracking.masked import mask_encoded

SECRET = "s3cr3tValue9xyz"

TOKENS = [
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2" * 9,
    "glpat-" + "a1B2" * 5,
    "hf_" + "a1B2" * 8,
    "sk-proj-" + "a1_B2" * 8,
    "sk-ant-api03-" + "a1-B2" * 8,
    "sk_live_" + "a1B2" * 6,
    "rk_live_" + "a1B2" * 6,
    "xoxb-1234567890-" + "a1B2" * 6,
    "xapp-1-A0000-1234567890-" + "a1b2" * 6,
    "AKIAIOSFODNN7EXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    "AIza" + "B" * 35,
    "ya29." + "a1B2" * 8,
    "GOCSPX-" + "a1B2" * 7,
    "SG." + "a1B2" * 6 + "." + "c3D4" * 10,
    "dop_v1_" + "a1" * 32,
    "shpat_" + "a1" * 16,
    "npm_" + "a1B2" * 9,
    "pypi-" + "a1B2" * 10,
    "nvapi-" + "a1B2" * 10,
    "glsa_" + "a1B2" * 8,
    "gsk_" + "a1B2" * 12,
    "r8_" + "a1B2" * 10,
    "pplx-" + "a1B2" * 12,
    "tvly-" + "a1B2" * 8,
    "dapi" + "0123456789abcdef" * 2,
    "wandb_v1_" + "a1B2" * 10,
    "lin_api_" + "a1B2" * 10,
    "sntrys_" + "a1B2" * 10,
    "ATATT3" + "a1B2" * 15,
    "AGE-SECRET-KEY-1" + "Q7" * 29,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    *(
        f"-----BEGIN {kind}-----\nMIIE{SECRET}\n-----END {kind}-----"
        for kind in ("PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK")
    ),
]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token[:16])
def test_tokens_are_told_by_their_shape(token: str) -> None:
    body = token.splitlines()[1] if "\n" in token else token
    for masked in (
        mask_secrets(["train.py", token])[1],
        mask_secrets(f"x = f({token!r})"),
        mask_secrets(f"+    call('{token}')\n"),
        mask_said(f"401: {token} is not valid"),
        mask_encoded(f"a {token} b"),
        mask_secrets({"NOTE": f"see {token}"})["NOTE"],
    ):
        assert body not in masked and "***" in masked


@pytest.mark.parametrize(
    "arguments",
    [
        ["--api-key", SECRET],
        ["--apiKey=" + SECRET],
        ["--APIKEY", SECRET],
        ["--password", "-" + SECRET],
        ["--pw", SECRET],
        ["--pass=" + SECRET],
        ["--hf_token", SECRET],
        ["--aws-secret-access-key", SECRET],
        ["--wandb-key", SECRET],
        ["--bot-token=" + SECRET],
        ["--credentials", SECRET],
        ["--passphrase", SECRET],
        ["-Ddb.password=" + SECRET],
        ["-D", "password=" + SECRET],
        ["++db.password=" + SECRET],
        ["db={host: h, password: " + SECRET + "}"],
        ["--config", json.dumps({"a": {"api_key": SECRET, "lr": 1}})],
        ["--config", repr({"a": {"api_key": SECRET, "lr": 1}})],
        ["PGPASSWORD=" + SECRET],
        ["--url", f"https://me:{SECRET}@example.org/x"],
        ["--url", f"https://{SECRET}@github.com/me/x.git"],
        ["--url", f"https://example.org/x?access_token={SECRET}&a=1"],
        ["--url", f"https://x.blob.core.windows.net/c?sv=2020&sig={SECRET}"],
        ["--url", f"https://b.s3.amazonaws.com/k?X-Amz-Signature={SECRET}"],
        ["--url", f"https://hooks.slack.com/services/T000/B000/{SECRET}"],
        ["--dsn", f"mongodb+srv://me:{SECRET}@h/x"],
        ["--dsn", f"redis://:{SECRET}@h:6379/0"],
        ["--dsn", f"Server=a;User=u;Password={SECRET}"],
        ["--header", f"Authorization: token {SECRET}"],
        ["--header", f"Authorization: Bearer {SECRET}"],
        ["--header", f"X-Auth-Token: {SECRET}"],
        ["--header", f"Cookie: session={SECRET}"],
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_arguments(arguments: list[str]) -> None:
    masked = mask_secrets(["train.py", *arguments, "--epochs", "3"])
    assert SECRET not in " ".join(masked) and "***" in " ".join(masked)
    assert (masked[0], *masked[-2:]) == ("train.py", "--epochs", "3")


ORDINARY: dict[str, Any] = {
    "max_tokens": 512,
    "tokenizer": "bert-base-uncased",
    "token_pattern": r"(?u)\b\w\w+\b",
    "n_tokens": 5,
    "key_dim": 64,
    "num_keys": 8,
    "keys": ["a", "b"],
    "pass_through": "yes",
    "passthrough": "all",
    "passes": 3,
    "bypass": True,
    "password_column": "pw",
    "password_length": 8,
    "passwordless": "on",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "image_token": "<image>",
    "user_token": "<|user|>",
    "eos_token_id": 2,
    "author": "ann",
    "auth_method": "none",
    "monitor_key": "val/loss",
    "label_key": "label",
    "sort_key": "age",
    "secretary": "bob",
    "compass": "north",
    "monkey": "george",
    "path": "data/keys.csv",
    "url": "https://example.org/data.csv?page=2&sort=desc",
    "email": "ann@example.org",
    "remote": "git@example.org:me/x.git",
    "formula": "y ~ x1 + x2",
    "layers": [64, 64],
    "tuple": (1, "a"),
    "text": "lr=0.1, batch=32; epochs=3",
}


# Parameters of models and libraries that are called like secrets.
HYPERPARAMETERS: dict[str, Any] = {
    "initializer_token": "kitten",
    "placeholder_token": "cat-toy",
    "prefix_token": "\u2581<PRE>",
    "word_delimiter_token": "|",
    "unknown_token": "unk",
    "pos_token": "learned",
    "storage_key": "data/train.parquet",
    "master_key": "id",
    "license_key": "cc-by",
    "pwd": "/home/ann/exp",
    "auth": "none",
    "api_key": "None",
    "pass": "2",
    "n_secrets": "3",
    "credentials": "default",
    "loss": "Basic preprocessing",
    "library": "sk-learn-contrib-imbalanced",
}


@pytest.mark.parametrize("name", HYPERPARAMETERS)
def test_hyperparameters_stay(name: str) -> None:
    value = HYPERPARAMETERS[name]
    assert decode(mask_encoded(encode({name: value, "space": [value, value]}))) == {
        name: value,
        "space": [value, value],
    }


@pytest.mark.parametrize("name", ["db_pass", "pwd", "password", "api_key", "hf_token", "token"])
def test_no_secret_is_too_plain(name: str) -> None:
    assert mask_encoded({name: "hunter"}) == {name: "***"}


@pytest.mark.parametrize(
    "message",
    [
        "Token 'foo' is not in the vocabulary",
        "unexpected token 'end of print statement', got 'set'",
        "Could not parse secret 'x'",
    ],
)
def test_what_compilers_and_tokenizers_say_stays(message: str) -> None:
    assert mask_said(message) == message


@pytest.mark.parametrize("name", ORDINARY)
def test_what_only_looks_like_a_secret_stays(name: str) -> None:
    value = ORDINARY[name]
    assert decode(mask_encoded(encode({name: value}))) == {name: value}
    arguments = ["train.py", f"--{name.replace('_', '-')}", str(value)]
    if not isinstance(value, list | tuple | bool):
        assert mask_secrets(arguments) == arguments


def test_no_text_takes_long() -> None:
    pieces = [
        "eyJ-",
        "SG.",
        "{a:",
        ",a:b",
        "Authorization: x ",
        "Bearer ",
        "://",
        "a://b:",
        "?a=",
        "-D",
        "password '",
    ]
    for piece in [*pieces, "-----BEGIN PRIVATE KEY-----", "https://hooks.slack.com/services/"]:
        text = piece * (20_000 // len(piece))
        started = time.process_time()
        mask_secrets(text)
        mask_secrets([text])
        mask_said(text)
        # What tries every beginning with every end takes minutes.
        assert time.process_time() - started < 10, piece
