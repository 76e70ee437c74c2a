"""Files that data was read from are described without reading all of them, and without secrets."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

import pytest

from fitscribe.capture.files import PIECE, describe_file


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n1,2\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    described = describe_file(path)
    assert described["path"] == str(path) and described["size"] == 8
    assert described["modified"] == "2023-11-14T22:13:20+00:00"
    assert re.fullmatch("[0-9a-f]{32}", described["fingerprint"])
    with path.open() as file:
        assert describe_file(file) == described == describe_file(f"file://{path}") | {"path": str(path)}
        assert file.tell() == 0


@pytest.mark.parametrize("at", [0, 200_000, 399_999])
def test_a_large_file_is_told_by_its_beginning_middle_and_end(at: int, tmp_path: Path) -> None:
    content = bytearray(400_000)
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(content)
    content[at] = 1
    other.write_bytes(content)
    assert describe_file(one)["fingerprint"] != describe_file(other)["fingerprint"]


def test_no_more_than_three_pieces_are_read(tmp_path: Path) -> None:
    sparse = tmp_path / "huge"
    with sparse.open("wb") as file:
        file.truncate(1 << 40)
    described = describe_file(sparse)
    assert described["size"] == 1 << 40
    shorter = tmp_path / "shorter"
    with shorter.open("wb") as file:
        file.truncate(3 * PIECE)
    assert describe_file(shorter)["fingerprint"] != described["fingerprint"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://me:pass@host/x.csv?token=abc", "https://***@host/x.csv?token=***"),
        ("s3://bucket/x.parquet", "s3://bucket/x.parquet"),
    ],
)
def test_addresses_are_not_opened_and_hold_no_secrets(given: str, expected: str) -> None:
    assert describe_file(given) == {"path": expected}


def test_what_is_not_there(tmp_path: Path) -> None:
    assert describe_file(tmp_path / "x.csv") == {
        "path": str(tmp_path / "x.csv"),
        "not_read": "No such file or directory",
    }
    assert "not_read" in describe_file("nul\0byte") and describe_file("")["path"] == ""


def test_a_folder_and_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        described = describe_file(path)
        assert set(described) == {"path", "modified"}


class Reader:
    name = 3

    def read(self) -> bytes:
        raise AssertionError("read")


@pytest.mark.parametrize(
    "given", [io.StringIO("a"), io.BytesIO(b"a"), Reader(), ["a.csv"], b"a", 3, '{"a": 1}', "a,b\n1,2"]
)
def test_what_has_no_path(given: Any) -> None:
    assert set(describe_file(given)) == {"read_from"}
