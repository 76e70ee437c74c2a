from __future__ import annotations

import time

import pytest

from fitscribe.capture import mask_secrets

SECRET = "s3cr3t-Value9"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--api-key", SECRET],
        [f"--api-key={SECRET}"],
        ["--password", SECRET],
        [f"--db.password={SECRET}"],
        [f"--hf-token={SECRET}"],
        [f"optim.secret={SECRET}"],
        [f"+logger.api_key={SECRET}"],
        [f"https://me:{SECRET}@example.org/x"],
        [f"postgresql://me:{SECRET}@db/x"],
        [f"https://example.org/x?token={SECRET}&a=1"],
        [f"--header=Authorization: Bearer {SECRET}"],
        ["--x", "hf_" + SECRET.replace("-", "x") * 3],
        ["--x", "ghp_" + SECRET.replace("-", "x") * 3],
    ],
)
def test_arguments(arguments: list[str]) -> None:
    masked = mask_secrets(["train.py", *arguments, "--epochs", "3"])
    assert SECRET not in " ".join(masked) and SECRET.replace("-", "x") not in " ".join(masked)
    assert masked[0] == "train.py" and masked[-2:] == ["--epochs", "3"]
    assert "***" in " ".join(masked)


@pytest.mark.parametrize(
    ("argument", "masked"),
    [
        ("--header=X-Api-Key: 1234567890abcdef", "--header=X-Api-Key: ***"),
        ("--password hunter8 --lr 0.1", "--password *** --lr 0.1"),
        ("--note=a b -c", "--note=a b -c"),
    ],
)
def test_one_argument_that_holds_more(argument: str, masked: str) -> None:
    assert mask_secrets(["train.py", argument]) == ["train.py", masked]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Server=a;Password=SEKRET;", "Server=a;Password=***;"),
        ("Server=a;Password=SEKRET", "Server=a;Password=***"),
        ("Server=a; User Password = SEK RET ;Port=1", "Server=a; User Password = ***;Port=1"),
        ("Driver={x};PWD={SEK;RET};Port=1", "Driver={x};PWD=***;Port=1"),
        (
            "AccountName=a;AccountKey=SEKRET==;EndpointSuffix=b",
            "AccountName=a;AccountKey=***;EndpointSuffix=b",
        ),
        ("jdbc:x://h:1;user=a;password=SEKRET", "jdbc:x://h:1;user=a;password=***"),
        ("host=h user=u password=SEKRET,x dbname=d", "host=h user=u password=*** dbname=d"),
        ("user=u,password=SEKRET,host=h", "user=u,password=***,host=h"),
        ("user=u, api_key=SEKRET, host=h", "user=u, api_key=***, host=h"),
        ("user=u&token=SEKRET&host=h", "user=u&token=***&host=h"),
        ("a=1,sort_key=age,pad_token=2 tokens=3;bypass=1", "a=1,sort_key=age,pad_token=2 tokens=3;bypass=1"),
    ],
)
def test_lists_of_names_and_values(text: str, masked: str) -> None:
    assert mask_secrets(["train.py", "--conn", text, "--lr", "1"]) == [
        "train.py",
        "--conn",
        masked,
        "--lr",
        "1",
    ]
    assert mask_secrets([f"--conn={text}"]) == [f"--conn={masked}"]
    assert mask_secrets(text) == masked and mask_secrets({"DSN": text}) == {"DSN": masked}
    line = f"+    connect('{text}', 1)"
    assert mask_secrets(f"@@ -1 +1 @@\n{line}\n") == f"@@ -1 +1 @@\n{line.replace(text, masked)}\n"


@pytest.mark.parametrize("text", ["Password=SEKRET;Server=a", "password=SEKRET host=h", "token=SEKRET&a=1"])
def test_the_first_of_a_list(text: str) -> None:
    for masked in (
        mask_secrets(text),
        *mask_secrets([text, f"--conn={text}"]),
        mask_secrets(f"+x\n+c '{text}'\n"),
    ):
        assert "SEKRET" not in masked and "***" in masked


def test_a_long_line_is_masked_in_no_time() -> None:
    for piece in ("a=1;", "a=b,", "a b ", "x=y ", ", ", "; ", "'", "a", "password="):
        started = time.process_time()
        mask_secrets(piece * (100_000 // len(piece)) + "\n")
        assert time.process_time() - started < 2


def test_variables() -> None:
    found = mask_secrets({"DB_PASSWORD": SECRET, "SLURM_JWT": SECRET, "RANK": "1", "EMPTY_TOKEN": ""})
    assert found == {"DB_PASSWORD": "***", "SLURM_JWT": "***", "RANK": "1", "EMPTY_TOKEN": ""}


@pytest.mark.parametrize(
    "line",
    [
        f'+password = "{SECRET}"',
        f"-API_KEY: '{SECRET}'",
        f'+    "client_secret": "{SECRET}",',
        f"+export AWS_SECRET_ACCESS_KEY={SECRET}",
        f"+url = 'https://ann:{SECRET}@example.org'",
        f"+-----BEGIN PRIVATE KEY-----\n+{SECRET}\n+-----END PRIVATE KEY-----",
        f"+-----BEGIN RSA PRIVATE KEY-----\n+{SECRET}\n",
    ],
)
def test_lines_of_a_diff(line: str) -> None:
    masked = mask_secrets(f"@@ -1 +1 @@\n{line}\n context\n")
    assert SECRET not in masked and masked.startswith("@@ -1 +1 @@\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["train.py", "--lr=0.1", "--max-tokens", "512", "--pad-token", "<pad>", "--sort_key=age"],
        ["--num-keys=3", "--n_heads", "8", "model.hidden=256", "data/keys.csv", "--monkey=7", "--compass=1"],
        ["--author", "ann", "--url", "https://example.org/x?page=2", "git@example.org:me/x.git"],
    ],
)
def test_ordinary_hyperparameters_stay(arguments: list[str]) -> None:
    assert mask_secrets(arguments) == arguments


def test_code_stays_code() -> None:
    lines = [
        "+tokens = tokenizer(text)",
        "+rows.sort(key=lambda row: row[0])",
        "-for key, value in d.items():",
        "+token: str = None",
        "+connect(host, password=word, token=get(1))",
        "+def connect(host, *, password=None):",
        "+    f = lambda password=word: password==word and token != 1",
    ]
    code = "\n".join(lines)
    assert mask_secrets(code) == code
