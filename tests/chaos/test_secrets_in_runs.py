"""Secrets stay out of what is recorded of a run, wherever a script has them."""

from __future__ import annotations

import argparse
import base64
import dataclasses
import errno
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

import fitscribe
from fitscribe.store import RunWriter, Store
from fitscribe.store.values import Opaque

SECRET = "s3cr3tValue9xyz"


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


TOKEN = "ghp_" + "a1B2" * 9


def nested_secrets() -> dict[str, Any]:
    numpy = pytest.importorskip("numpy")
    return {
        "password": numpy.str_(SECRET),
        "db_password": numpy.bytes_(SECRET.encode()),
        "note": numpy.str_(TOKEN),
        "blob": b"my token is " + TOKEN.encode() + b", and \xff" + bytes(range(256)) * 200,
        "header": bytearray(b"Authorization: Bearer " + TOKEN.encode()),
        "by_user": {"passwords": {"ann": SECRET, "user": SECRET, 3: SECRET}},
        "secrets": {"wandb": SECRET, "host": "db", "deep": {"of": [SECRET, "eu-west"]}, "port": 1},
        "credentials": {"user": "ann", "value": SECRET, "profile": "dev"},
        "api_keys": {"openai": SECRET},
        "api_key": uuid.UUID("12345678-1234-5678-1234-567812345678"),
        "arguments": ["train.py", "--password", SECRET, "--api-key", SECRET, "--lr", "0.1"],
        "options": ("--password", SECRET),
        "command": f"train.py --password {SECRET} --lr 0.1",
        "curl": f"curl -H 'X-Api-Key: {SECRET}' https://example.org",
        "pairs": [("password", SECRET), ("lr", 0.1)],
        "items": [{"name": "API_KEY", "value": SECRET}, {"name": "lr", "value": "resnet50v2"}],
        "tokens": {TOKEN: 1, "a long name that is none": 2},
        "shown": Opaque("Options", f"Options(user: str = 'ann', token: str = '{SECRET}')"),
        "cookie": SECRET,
        "sas_token": SECRET,
        "auth_header": SECRET,
        "openai_key": SECRET,
        "pg_pass": SECRET,
        "string": f"[password={SECRET}]",
        "message": f'{{"password": "ab\\"{SECRET}"}}',
    }


def test_values_of_other_types_and_in_other_places(own_store: Path) -> None:
    values = nested_secrets()
    with fitscribe.start_run("run") as run:
        run.log_params(values)
        for name, value in values.items():
            run.log_facts({name: value})
    text = recorded(own_store)
    for known in (SECRET, TOKEN, "567812345678", base64.b64encode(TOKEN.encode()).decode()[4:20]):
        assert known not in text
    params = run.params
    assert params["secrets"] == {
        "wandb": "***",
        "host": "db",
        "deep": {"of": ["***", "***"]},
        "port": 1,
    }
    assert params["credentials"] == {"user": "ann", "value": "***", "profile": "dev"}
    assert params["arguments"] == ["train.py", "--password", "***", "--api-key", "***", "--lr", "0.1"]
    assert params["command"] == "train.py --password *** --lr 0.1"
    assert params["pairs"] == [("password", "***"), ("lr", 0.1)]
    assert params["items"] == [{"name": "API_KEY", "value": "***"}, {"name": "lr", "value": "resnet50v2"}]
    assert params["tokens"] == {"***": 1, "a long name that is none": 2}
    assert params["blob"] == values["blob"].replace(TOKEN.encode(), b"***")
    assert params["note"] == params["password"] == params["db_password"] == "***"


ORDINARY: dict[str, Any] = {
    "tokens": {"bos": "<s>", "eos": "</s>"},
    "special_tokens_map": {"bos_token": "<s>", "unk_token": "[UNK]", "oov_token": "unknown"},
    "monitor": {"name": "key", "value": "val/loss"},
    "metric": {"name": "token", "value": "accuracy"},
    "scorers": {"key": "accuracy", "value": "f1"},
    "columns": ["password", "user"],
    "pair": ("token", "label"),
    "options": ["--tokenizer", "bert-base2", "--token", "<pad>", "-k", "5"],
    "cookies": ["oat", "ginger"],
    "keys": {"query": "q", "value": "v"},
    "token": {"type": "bpe", "vocabulary": "merges.txt"},
    "auth": {"type": "none"},
    "blob": bytes(range(256)) * 200,
    "credentials": "creds.json",
    "note": "use --token to log in",
}


@pytest.mark.parametrize("name", ORDINARY)
def test_what_is_ordinary_stays(own_store: Path, name: str) -> None:
    with fitscribe.start_run("run") as run:
        run.log_params({name: ORDINARY[name]})
    assert run.params == {name: ORDINARY[name]}


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
    assert run.error["traceback"].endswith(
        "PermissionError: login with password '***' at https://***@host failed\n"
    )
    assert SECRET not in recorded(own_store)


@pytest.mark.parametrize("message", ["refused (user=ann, password=~)", "password: ~", "token=~ is wrong"])
def test_the_last_line_of_a_traceback(own_store: Path, message: str) -> None:
    with pytest.raises(ValueError, match=SECRET), fitscribe.start_run("run") as run:
        run.log_metric("loss", 1.0)
        raise ValueError(message.replace("~", SECRET))
    assert run.error is not None and "ValueError: " in run.error["traceback"]
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
import os
import fitscribe
fitscribe.autolog(quiet=True)
parser = argparse.ArgumentParser()
parser.add_argument("--api-key")
parser.add_argument("--password")
parser.add_argument("--url")
parser.add_argument("--lr", type=float, default=0.1)
options = parser.parse_args()
password = "SECRET"  # somebody's
os.environ["SOME_API_KEY"] = "SECRET"
def connect(user: str, password: str = "SECRET"): pass
parser.add_argument("--token", default="SECRET")
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


def test_what_cannot_be_masked_stays_out_and_costs_nothing_else(
    own_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(text: str) -> str:
        raise RuntimeError("planted")

    monkeypatch.delenv("FITSCRIBE_RERAISE", raising=False)
    with fitscribe.start_run("run") as run:
        with monkeypatch.context() as patch:
            patch.setattr("fitscribe.tracking.masked.mask_secrets", broken)
            run.log_params({"password": SECRET, "text": SECRET})
            run.log_metric("loss", 0.5)
        run.log_params({"depth": 3})
    read = fitscribe.get_run(run.id)
    assert read.params == {"depth": 3} and read.metrics == {"loss": 0.5}
    assert [each["what"] for each in read.unseen] == ["params"]
    assert SECRET not in recorded(own_store) and "masking: RuntimeError: planted" in capsys.readouterr().err
