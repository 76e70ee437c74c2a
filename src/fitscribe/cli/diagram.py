"""The HTML in which a model shows itself, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.cli.errors import Failure, describe
from fitscribe.cli.output import write_output

if TYPE_CHECKING:
    from fitscribe.reading import Run

_PAGE = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
{body}
</body>
</html>
"""


def write_diagram(run: Run, path: str) -> None:
    """Write the diagram of a run's model: as its integration draws it, else as for notebooks.

    Args:
        run: the run. Its model is loaded, which executes what is in it: only one's own are.
        path: of the file, which is replaced.

    Raises:
        Failure: the model cannot be loaded, or draws nothing, or the file cannot be written.
    """
    import html

    from fitscribe.models import ModelNotLoadable, UntrustedModel

    what = f"No diagram of {run.id[:6]}"
    try:
        model = run.load_model()
    except LookupError as error:
        raise Failure(f"{what}: {describe(error)}") from None
    except UntrustedModel as error:
        remedy = "If you trust it: run.load_model(trust=True)._repr_html_() in Python"
        raise Failure(f"{what}: {describe(error)}", remedy) from None
    except (ModelNotLoadable, OSError) as error:
        raise Failure(f"{what}: {describe(error)}") from None
    body = _drawn(model)
    if not body:
        raise Failure(f"{what}: {type(model).__name__} has none")
    page = _PAGE.format(title=html.escape(f"{run.name} {run.id}"), body=body)
    try:
        write_output(path, page)
    except OSError as error:
        raise Failure(f"The diagram was not written: {describe(error)}") from None


def _drawn(model: Any) -> str:
    from fitscribe.models import framework_of, models_of
    from fitscribe.reading.checked_model import CheckedModel

    if type(model) is CheckedModel:
        model = model.__wrapped__
    draw = models_of(framework_of(model)).diagram
    body: str = draw(model) if draw is not None else ""
    if not body and hasattr(model, "_repr_html_"):
        body = model._repr_html_()
    return body
