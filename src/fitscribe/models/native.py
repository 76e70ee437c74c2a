"""The formats of frameworks' own, such as XGBoost's UBJSON: as a rule data, which no code runs to load.

An integration declares them as an entry point in the group ``fitscribe.models``, by the name of its
framework's root module::

    [project.entry-points."fitscribe.models"]
    xgboost = "fitscribe_xgboost.models:MODELS"
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine.entries import by_name
from fitscribe.models.errors import ModelNotLoadable, ModelNotSavable, ModelTooLarge, UntrustedModel
from fitscribe.models.signing import SavedModel, need_trust, read_model, shown, write_signed
from fitscribe.store.values import decode

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "fitscribe.models"


class NativeFormat(NamedTuple):
    """One format of a framework's own.

    Attributes:
        name: with the name of the framework before it, such as ``xgboost/ubj``.
        ending: of the file, such as ``.ubj``.
        takes: whether a model is saved in it whole: loaded, it is what it was.
        save: gives the model as bytes, or in pieces, each written before the next one is asked for; it only
            reads the model.
        describe: plain facts that loading needs besides the bytes.
        load: makes the model of the bytes and these facts. Unless ``runs_code``, it must run no code that
            they name.
        size: bytes that a model takes at least, where that is known without writing it.
        runs_code: loading runs code that the file names: only what this user has signed is loaded.
        otherwise: what a file is good for that is not loaded; ``{path!r}`` in it stands for its path.
    """

    name: str
    ending: str
    takes: Callable[[Any], bool]
    save: Callable[[Any], bytes | bytearray | Iterable[bytes | memoryview]]
    describe: Callable[[Any], Mapping[str, Any]]
    load: Callable[[bytes, Mapping[str, Any]], Any]
    size: Callable[[Any], int] | None = None
    runs_code: bool = False
    otherwise: str = ""


class Models(NamedTuple):
    """What an integration knows of the models of its framework.

    Attributes:
        formats: its formats.
        objection: why fitscribe must not let an estimator of the framework predict; empty where predicting
            has no effects at all. Called with the estimator.
        diagram: the body of an HTML page that shows a model, such as the trees it has learned; empty where
            there is nothing to show. Called with the loaded model when somebody looks.
    """

    formats: Sequence[NativeFormat] = ()
    objection: Callable[[Any], str] | None = None
    diagram: Callable[[Any], str] | None = None


_NONE = Models()


@cache
def _declared() -> dict[str, EntryPoint]:
    # Once per process: it takes some milliseconds to read what all distributions declare.
    from importlib.metadata import entry_points

    return by_name(entry_points(group=GROUP))


@cache
def models_of(framework: str) -> Models:
    """Return what the integration of a framework declares of its models.

    Args:
        framework: the name of its root module.
    """
    entry = _declared().get(framework)
    models: Models = _NONE if entry is None else entry.load()
    return models


def framework_of(model: object) -> str:
    """Return the name of the root module of a model's class."""
    return type(model).__module__.partition(".")[0]


def native_format(model: object) -> NativeFormat | None:
    """Return the format of its framework's own in which a model is saved whole; None where there is none.

    Args:
        model: any model. One of a class that a user derived belongs to no framework.
    """
    return next((each for each in models_of(framework_of(model)).formats if each.takes(model)), None)


def save_native(
    model: object,
    native: NativeFormat,
    path: str | os.PathLike[str],
    *,
    limit_bytes: int | None = None,
    bound_to: bytes = b"",
) -> SavedModel:
    """Write a model in a format of its framework's own; arguments and errors are those of ``save_pickle``.

    Raises:
        ModelNotSavable: the framework cannot write it.
    """
    if limit_bytes is not None and native.size is not None and native.size(model) > limit_bytes:
        raise ModelTooLarge(limit_bytes)
    return write_signed(
        path,
        native.name,
        lambda writer: _write(writer, native.save(model)),
        lambda error: ModelNotSavable(f"{native.name} cannot hold this {type(model).__name__}: {error}"),
        limit_bytes=limit_bytes,
        bound_to=bound_to,
    )


def _write(writer: Any, data: bytes | bytearray | Iterable[bytes | memoryview]) -> None:
    for piece in [data] if isinstance(data, (bytes, bytearray)) else data:
        writer.write(piece)


def load_native(
    path: str | os.PathLike[str],
    name: str,
    facts: Mapping[str, Any],
    *,
    mac: str | None = None,
    trust: bool = False,
    origin: str | None = None,
    bound_to: bytes = b"",
) -> Any:
    """Load what :func:`save_native` wrote: whoever wrote it, where its format is data.

    Args:
        path: the file.
        name: of the format.
        facts: what ``describe`` gave, as the store has it.
        mac: the signature that `save_native` returned; None where there is none.
        trust: load it whoever wrote it, whatever code it names.
        origin: who wrote it, where, in words for people ("ann on gpu3").
        bound_to: as it was saved with.

    Raises:
        UntrustedModel: its format names code, it is not this user's, or has changed, and `trust` is not set.
        ModelNotLoadable: no integration here knows the format, the framework is not installed, its file is
            damaged, or needs a class that is not here.
        KeyUnavailable: the key cannot be read, so nothing can be checked.
        OSError: the file cannot be read.
    """
    framework = name.partition("/")[0]
    native = next((each for each in models_of(framework).formats if each.name == name), None)
    if native is None:
        raise ModelNotLoadable(
            f"the model {shown(path)} has the format {name!r}, which no integration here knows; one for "
            f"{framework!r} may"
        )
    data = read_model(path)
    otherwise = f"; {native.otherwise.format(path=os.fspath(path))}" if native.otherwise else ""
    if native.runs_code and not trust:
        try:
            need_trust(data, mac, path, origin, native.name, bound_to)
        except UntrustedModel as error:
            raise UntrustedModel(f"{error}{otherwise}") from None
    try:
        return native.load(data, decode(dict(facts)))
    except ModelNotLoadable as error:
        raise ModelNotLoadable(f"{error}{otherwise}") from error
    except ImportError as error:
        raise ModelNotLoadable(
            f"the model {shown(path)} needs {framework}, which cannot be imported here ({error})"
        ) from error
    except Exception as error:
        # Each framework has errors of its own for a damaged file, and for one of a newer version.
        raise ModelNotLoadable(f"{framework} cannot load {shown(path)}: {error}") from error
