"""Secrets stay out of what is recorded, wherever a script has them; what only looks like one stays in it."""

from __future__ import annotations

import argparse
import dataclasses
import errno
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import fitscribe
from fitscribe.capture import mask_secrets
from fitscribe.capture.masking import mask_encoded, mask_said
from fitscribe.store import RunWriter, Store
from fitscribe.store.values import decode, encode

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


@dataclasses.dataclass
class Settings:
    lr: float
    password: str


class Login:
    def __repr__(self) -> str:
        return f"Login(user='ann', api_key='{SECRET}')"


def recorded(store: Path) -> str:
    """All that lies in a store, as one text."""
    return "\n".join(path.read_text(errors="replace") for path in store.rglob("*") if path.is_file())


SECRETS: dict[str, Any] = {
    "password": SECRET,
    "api_key": SECRET,
    "db.password": SECRET,
    "nested": {"deep": [{"client_secret": SECRET}, {"lr": 0.1}], "token": SECRET},
    "odd": {1: {"password": SECRET}, ("a", "b"): SECRET[:0]},
    "passwords": [SECRET, SECRET],
    "secret": SECRET.encode(),
    "dataclass": Settings(0.1, SECRET),
    "namespace": argparse.Namespace(lr=0.1, password=SECRET),
    "object": Login(),
    "credentials": Login(),
    "url": f"postgresql://ann:{SECRET}@db/x",
    "set": {f"https://ann:{SECRET}@db"},
}


def test_parameters_and_tags(own_store: Path) -> None:
    with fitscribe.start_run("run", tags={"api_key": SECRET, "owner": "ann"}) as run:
        run.log_params({**SECRETS, "$odd": SECRET[:0], "lr": 0.1})
        run.log_params(SECRETS, changed=["password"])
        run.set_tag("dsn", f"https://ann:{SECRET}@host")
        run.log_facts(SECRETS)
        run.log_child("child", params=SECRETS, facts=SECRETS)
    assert SECRET not in recorded(own_store)
    params = run.params
    assert params["password"] == "***" and params["lr"] == 0.1
    assert params["nested"] == {"deep": [{"client_secret": "***"}, {"lr": 0.1}], "token": "***"}
    assert "Settings(lr=0.1, password='***')" in str(params["dataclass"])
    assert run.tags == {"api_key": "***", "owner": "ann", "dsn": "https://***@host"}


def test_a_sweep_over_secrets_does_not_list_them(own_store: Path) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    fitscribe.autolog("sklearn", quiet=True)
    try:
        fit_in_a_loop(linear_model)
    finally:
        fitscribe.disable()
    text = recorded(own_store)
    assert '"varying"' in text and SECRET not in text


def fit_in_a_loop(linear_model: Any) -> None:
    class Client(linear_model.Ridge):  # type: ignore[misc] # sklearn may be missing
        def __init__(self, alpha: float = 1.0, api_key: str = "") -> None:
            super().__init__(alpha=alpha)
            self.api_key = api_key

    for number in range(3):
        Client(api_key=f"{SECRET}{number}", alpha=number + 1.0).fit([[1.0], [2.0]], [1.0, 2.0])


def test_what_is_long_is_not_waited_for(own_store: Path) -> None:
    with fitscribe.start_run("run") as run:
        run.log_param("text", "password=x; " * 500_000)
    # All of it would take a log call of a minute.
    assert run.params["text"].startswith("password=***") and run.params["text"].endswith("password=x; ")


def log_in(password: str) -> None:
    raise PermissionError(f"login with password '{password}' at https://ann:{password}@host failed")


def fail(own_password: str) -> None:
    with fitscribe.start_run("run"):
        fitscribe.log_metric("loss", 1.0)
        log_in(password=own_password)


def test_errors(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PermissionError, match=SECRET):  # the user's own is as it was
        fail(SECRET)
    (run,) = fitscribe.search_runs()
    assert run.status == "failed" and run.error is not None
    assert run.error["message"] == "login with password '***' at https://***@host failed"
    assert "log_in(password=own_password)" in run.error["traceback"]
    assert SECRET not in recorded(own_store)


def test_what_was_not_seen_and_what_went_wrong(own_store: Path) -> None:
    with fitscribe.start_run("run") as run:
        run.note_unseen("data", f"https://ann:{SECRET}@host cannot be read")
        run.note_problem("lineage", ValueError(f"token '{SECRET}' was refused"))
        run.log_child(
            "child", status="failed", error={"type": "E", "message": f"password={SECRET}", "traceback": ""}
        )
    assert SECRET not in recorded(own_store)
    assert run.unseen == [{"what": "data", "why": "https://***@host cannot be read"}]
    assert run.problems == [{"where": "lineage", "error": "ValueError: token '***' was refused"}]


SCRIPT = """
import argparse
import fitscribe
fitscribe.autolog(quiet=True)
parser = argparse.ArgumentParser()
parser.add_argument("--api-key")
parser.add_argument("--password")
parser.add_argument("--url")
parser.add_argument("--lr", type=float, default=0.1)
options = parser.parse_args()
password = "SECRET"  # somebody's
from sklearn.linear_model import Ridge
Ridge().fit([[1.0], [2.0]], [1.0, 2.0])
with fitscribe.start_run("by hand") as run:
    run.log_metric("loss", 1.0)
"""


def test_what_the_store_refused_is_masked_as_well(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FITSCRIBE_RERAISE", raising=False)
    takes = RunWriter.event

    def full(*args: Any, **fields: Any) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with fitscribe.start_run("run") as run:
        run.log_param("C", 1.0)
        monkeypatch.setattr(RunWriter, "event", full)
        run.note_unseen("data", f"could not open postgresql://ann:{SECRET}@db/x")
        monkeypatch.setattr(RunWriter, "event", takes)
        run.log_param("D", 2.0)
    (told,) = [each for each in fitscribe.get_run(run.id).unseen if each["what"] == "data"]
    assert SECRET not in told["why"] and "***" in told["why"]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("committed", [True, False])
def test_a_script_with_secrets_everywhere(own_store: Path, tmp_path: Path, committed: bool) -> None:
    """Arguments, environment, the address of the remote, what differs from the commit, the script itself."""
    pytest.importorskip("sklearn")
    project = tmp_path / "project"
    project.mkdir()
    script = project / "train.py"
    script.write_text(SCRIPT.replace("SECRET", "none" if committed else SECRET))
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c")

    def git(*arguments: str) -> None:
        subprocess.run(["git", *who, *arguments], cwd=project, check=True, capture_output=True)

    git("init", "-q")
    git("remote", "add", "origin", f"https://ann:{SECRET}@example.org/x.git")
    if committed:
        git("add", "train.py")
        git("commit", "-q", "-m", "first")
        script.write_text(SCRIPT.replace("SECRET", SECRET))
    else:
        (project / "other.txt").write_text("x")
        git("add", "other.txt")
        git("commit", "-q", "-m", "first")
    environment = {
        **os.environ,
        "HF_TOKEN": SECRET,
        "WANDB_API_KEY": SECRET,
        "TORCH_PASSWORD": SECRET,
        "SLURM_JWT": SECRET,
        "SKLEARN_URL": f"https://a:{SECRET}@host",
        "FITSCRIBE_KEY": f"{SECRET}{SECRET}",
    }
    arguments = [
        "--api-key",
        SECRET,
        f"--password={SECRET}",
        "--url",
        f"https://ann:{SECRET}@host/x",
        "--lr",
        "0.5",
    ]
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    text = recorded(own_store)
    assert SECRET not in text and SECRET not in done.stderr
    run = next(run for run in fitscribe.search_runs() if run.name == "Ridge")
    assert run.source["argv"][1:] == [
        "--api-key",
        "***",
        "--password=***",
        "--url",
        "https://***@host/x",
        "--lr",
        "0.5",
    ]
    assert run.source["git"]["remote"] == "https://***@example.org/x.git"
    assert 'password = "***"' in run.source["diff" if committed else "code"]


def test_nothing_of_the_key_lies_in_a_store(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_KEY", f"{SECRET} of the team")
    with fitscribe.start_run("run") as run:
        run.log_model([1])
    assert run.models and SECRET not in recorded(Store(own_store).root)
