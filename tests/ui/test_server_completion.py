"""Completion of a filter: what is expected at a place, and what is replaced there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitscribe.ui.completing import place_after

from .conftest import Client


@pytest.mark.parametrize(
    ("text", "expects", "there"),
    [
        ("", "field", "params.logisticregression__C"),
        ("par", "field", "params.logisticregression__C"),
        ("metrics.acc", "field", "metrics.test/accuracy"),
        ("metrics.test/accuracy.", "field", "metrics.test/accuracy.best"),
        ("status ", "operator", "="),
        ("status = ", "value", "'finished'"),
        ("status = 'fin", "value", "'finished'"),
        ("experiment in (", "value", "'cancer'"),
        ("tags.C = ", "value", "10.0"),
        ("tags.C = 1 ", "connective", "and"),
        ("tags.C is not null ", "connective", "or"),
        ("(tags.C = 1 and ", "field", "tags.C"),
        ("not ", "field", "name"),
        ("name not ", "operator", "like"),
        ("started > ", "value", "1 d ago"),
        ("started > 1 d ago ", "connective", "and"),
        ("status = 'finished' ", "connective", "and"),
        ('status = "finished" ', "connective", "or"),
        ("status = 'finished' and metrics.test/acc", "field", "metrics.test/accuracy"),
        ("name = \"a\" and name ~ 'b`' and metrics.test/acc", "field", "metrics.test/accuracy"),
        ("tags.`who asked` = 'ann' and exp", "field", "experiment"),
        ("experiment in ('notes', 'can", "value", "'cancer'"),
        ("name in ('a', 'it''s') and tag", "field", "tags.C"),
    ],
)
def test_completion(client: Client, text: str, expects: str, there: str) -> None:
    found = client.get("complete", text=text, cursor=len(text))
    assert found["expects"] == expects
    assert there in [item["text"] for item in found["items"]]
    begun = text[found["start"] :]
    assert found["end"] == len(text) and begun == begun.lstrip(), "what is begun is replaced, and no more"
    if expects == "connective":
        assert begun == "", "a value that is whole stays as it is"


def test_a_text_is_whole_once_something_stands_behind_its_quote(client: Client) -> None:
    text = "status = 'finished'"
    found = client.get("complete", text=text, cursor=len(text))
    assert (text[found["start"] : found["end"]], found["items"]) == (
        "'finished'",
        [{"text": "'finished'", "detail": ""}],
    )
    doubled = "name = 'it''s"
    assert doubled[client.get("complete", text=doubled, cursor=len(doubled))["start"] :] == "'it''s"


def test_what_was_completed_is_a_filter(client: Client) -> None:
    text = ""
    for pick in ("tags.C", "=", "10.0", "and", "experiment", "like", "'cancer'"):
        found = client.get("complete", text=text, cursor=len(text))
        assert pick in [item["text"] for item in found["items"]], text
        text = f"{text[: found['start']]}{pick} "
    assert client.get("check", filter=text) == {"runs": 2, "unknown": []}


def test_the_whole_word_around_the_cursor_is_replaced(client: Client) -> None:
    text = "🌲 tags.CC = 1"
    cursor = len("🌲 ta".encode("utf-16-le")) // 2
    found = client.get("complete", text=text, cursor=cursor)
    units = text.encode("utf-16-le")
    assert units[2 * found["start"] : 2 * found["end"]].decode("utf-16-le") == "tags.CC"
    assert client.error("complete", text="a" * 20_000)["kind"] == "bad_request"


WORDS = (
    "params.C metrics.`a tags . `x` name = != in ( ) , 'a' \"b 1 5 min 2 d ago is not null and or like ~"
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.text(max_size=5))
def test_any_beginning_of_a_filter_expects_something(words: list[str], rest: str) -> None:
    place = place_after(" ".join(words) + rest)
    assert place.expects in ("field", "operator", "value", "connective")
