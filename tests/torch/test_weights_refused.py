"""Trained modules that cannot be kept whole, or are not to be loaded: each says why."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from tests.torch.weighing import kept, path_of, unseen
from torch import nn

import fitscribe
from fitscribe.models import ModelNotLoadable, UntrustedModel
from fitscribe_torch.weights import log_weights


def quantized() -> nn.Module:
    model = nn.Linear(2, 2)
    model.register_buffer("q", torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8))
    return model


def of_a_class_of_its_own() -> nn.Module:
    class Sub(torch.Tensor):
        pass

    model = nn.Linear(2, 2)
    model.register_buffer("sub", torch.ones(2).as_subclass(Sub))
    return model


@pytest.mark.filterwarnings("ignore:.*quantize:DeprecationWarning", "ignore:.*quantiz:UserWarning")
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: nn.Sequential(nn.LazyLinear(2)), "0.weight cannot be saved: .* lazy"),
        (quantized, "q cannot be saved: it is quantized"),
        (lambda: nn.Linear(2, 2, device="meta"), "weight cannot be saved: it has no data"),
        (of_a_class_of_its_own, "sub cannot be saved: it is a Sub"),
        (lambda: _with(torch.eye(2).to_sparse()), "odd cannot be saved: it is no dense tensor"),
        (lambda: _with(torch.ones(2).to(torch.float8_e5m2fnuz)), "odd cannot be saved: safetensors has no"),
    ],
)
def test_what_cannot_be_saved_is_said(run: Any, make: Any, reason: str) -> None:
    log_weights(run, {"model": make()})
    assert not run.models
    assert re.search(reason, unseen(run)["model"])
    with pytest.raises(LookupError, match=reason):
        run.load_model()


def _with(tensor: torch.Tensor) -> nn.Module:
    model = nn.Linear(2, 2)
    model.register_buffer("odd", tensor)
    return model


def _local() -> nn.Module:
    class Local(nn.Linear):
        pass

    return Local(2, 2)


def _hooked() -> nn.Module:
    model = nn.Linear(2, 2)
    model.register_forward_hook(lambda *arguments: None)
    return model


def _holding_a_sparse_one() -> nn.Module:
    model = nn.Linear(2, 2)
    model.adjacency = torch.eye(2).to_sparse()
    return model


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_local, "Local cannot be pickled: .*_local.<locals>.Local"),
        (_hooked, "Linear cannot be pickled: .*lambda"),
        (lambda: nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)), "ParametrizedLinear"),
        (_holding_a_sparse_one, "it is no dense tensor"),
    ],
)
def test_of_what_does_not_pickle_the_tensors_are_kept(run: Any, make: Any, reason: str) -> None:
    model = make()
    log_weights(run, {"model": model})
    with pytest.raises(ModelNotLoadable, match=reason) as raised:
        run.load_model()
    path = path_of(run)
    assert f"safetensors.torch.load_file({str(path)!r})" in str(raised.value)
    assert safetensors.torch.load_file(path).keys() == model.state_dict().keys()
    assert "its tensors are kept" in unseen(run)["structure of model"]


def test_a_class_of_a_script_that_is_not_here(own_store: Path, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        textwrap.dedent("""
        import torch
        import fitscribe
        from fitscribe_torch.weights import log_weights

        class Net(torch.nn.Linear):
            pass

        if __name__ == "__main__":
            with fitscribe.start_run("script") as run:
                log_weights(run, {"net": Net(2, 2)})
            assert type(run.load_model()) is Net
        """)
    )
    subprocess.run([sys.executable, str(script)], check=True, timeout=120)
    run = fitscribe.get_run("latest")
    with pytest.raises(ModelNotLoadable, match="needs 'Net', which the script that trained it") as raised:
        run.load_model()
    path = path_of(run)
    assert f"safetensors.torch.load_file({str(path)!r}) gives its tensors alone" in str(raised.value)
    assert safetensors.torch.load_file(path).keys() == {"weight", "bias"}


def test_what_somebody_else_has_written_is_not_loaded(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = kept(run, nn.Linear(2, 2))
    monkeypatch.setenv("FITSCRIBE_KEY", "1" * 64)
    with pytest.raises(UntrustedModel, match="was not written with your key.*gives its tensors alone"):
        run.load_model()
    assert torch.equal(run.load_model(trust=True).weight, model.weight)


def test_a_file_that_was_changed_is_not_loaded(run: Any) -> None:
    kept(run, nn.Linear(2, 2))
    path = path_of(run)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(UntrustedModel, match="bytes have changed"):
        run.load_model()
    path.write_bytes(b"none at all")
    with pytest.raises(ModelNotLoadable, match="torch cannot load"):
        run.load_model(trust=True)
