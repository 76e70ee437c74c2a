"""The first batch of a training, described."""

from __future__ import annotations

import dataclasses
from collections import UserDict
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch.nn.utils import rnn

from fitscribe.store.values import decode, encode
from fitscribe_torch.batches import described


def fields(batch: Any, **arguments: Any) -> dict[str, Any]:
    """Type and shape of each field, by name."""
    found = described(batch, **arguments)
    assert decode(encode(found)) == found
    return {each["name"]: (each["type"], each.get("shape")) for each in found["fields"]}


def test_images_and_labels() -> None:
    found = described([torch.zeros(64, 3, 8, 8), torch.zeros(64, dtype=torch.int64)])
    assert found == {
        "container": "list",
        "batch_size": 64,
        "fields": [
            {"name": "[0]", "type": "float32", "shape": [None, 3, 8, 8]},
            {"name": "[1]", "type": "int64", "shape": [None]},
        ],
    }


def test_one_tensor() -> None:
    assert described(torch.zeros(4, 4)) == {
        "container": "torch.Tensor",
        "batch_size": 4,
        "fields": [{"name": "", "type": "float32", "shape": [None, 4]}],
    }


class Encoding(UserDict[str, Any]):
    """As Hugging Face's `BatchEncoding` is one."""


class Pair(NamedTuple):
    x: Any
    y: Any


@dataclasses.dataclass
class Sample:
    image: Any
    name: Any
    _cache: Any = None


def test_containers() -> None:
    tokens, mask = torch.zeros(2, 7, dtype=torch.int64), torch.ones(2, 7, dtype=torch.bool)
    expected = {"input_ids": ("int64", [None, 7]), "mask": ("bool", [None, 7])}
    assert fields({"input_ids": tokens, "mask": mask}) == expected
    assert fields(Encoding({"input_ids": tokens, "mask": mask})) == expected
    assert fields(Pair(tokens, {"m": mask})) == {"x": ("int64", [None, 7]), "y.m": ("bool", [None, 7])}
    assert fields((Sample(tokens, ["a", "b"]), 3, None)) == {
        "[0].image": ("int64", [None, 7]),
        "[0].name": ("str", [None]),
        "[1]": ("int", None),
        "[2]": ("NoneType", None),
    }
    assert fields({0: np.zeros((2, 3), dtype=np.float16)}) == {"0": ("float16", [None, 3])}


def test_lists_with_an_item_for_each_sample() -> None:
    images = [torch.zeros(3, 10 + index, 10) for index in range(16)]
    targets = [{"boxes": torch.zeros(index, 4), "labels": torch.zeros(index)} for index in range(16)]
    found = described((images, targets), 16)
    assert [each["name"] for each in found["fields"]] == ["[0][0-15]", "[1][0-15].boxes", "[1][0-15].labels"]
    assert found["batch_size"] == 16 and found["fields"][0]["shape"] == [3, 10, 10]


def test_where_the_samples_are() -> None:
    by_time = {"tokens": torch.zeros(35, 20), "state": torch.zeros(2, 20, 8), "scale": torch.zeros(())}
    assert fields(by_time, batch_size=20) == {
        "tokens": ("float32", [35, None]),
        "state": ("float32", [2, None, 8]),
        "scale": ("float32", []),
    }
    packed = rnn.pack_sequence([torch.zeros(3, 2), torch.zeros(2, 2)])
    assert fields(packed)["data"] == ("float32", [None, 2])


def test_what_has_no_shape() -> None:
    assert described(3) == {"container": "int", "fields": [{"name": "", "type": "int"}]}
    assert described({})["fields"] == []
    assert fields([object()]) == {"[0]": ("object", None)}


@pytest.mark.filterwarnings("ignore:.*nested:UserWarning")
def test_nested_and_sparse_tensors() -> None:
    nested = torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])
    assert fields([nested, torch.eye(2).to_sparse()]) == {
        "[0]": ("float32", []),
        "[1]": ("float32", [None, 2]),
    }


def test_it_is_bounded() -> None:
    found = described({str(index): torch.zeros(1) for index in range(100)})
    assert len(found["fields"]) == 64 and found["cut"] is True
    deep: Any = torch.zeros(2)
    for _ in range(20):
        deep = [deep]
    assert fields(deep) == {"[0]" * 5: ("list", None)}
    endless: list[Any] = []
    endless.append(endless)
    assert fields(endless) == {"[0]" * 5: ("list", None)}


def test_no_code_of_the_users_runs() -> None:
    class Strange(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            raise AssertionError(f"{function} was called")

    class Mapping(dict[Any, Any]):
        def items(self) -> Any:
            raise AssertionError("iterated")

        __iter__ = keys = values = items

    class Batch:
        def __init__(self) -> None:
            self.x = Mapping({"a": torch.zeros(2).as_subclass(Strange)})

        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was asked for")

    assert fields(Batch()) == {"x.a": ("float32", [None])}
