"""How each tool is switched on. Imports nothing at the top: see `benchmarks/workloads`."""


def activate(tool):
    """Do what the user of `tool` does: one line, or nothing under `bare`."""
    if tool == "fitscribe":
        import fitscribe

        fitscribe.autolog()
    elif tool == "mlflow":
        import mlflow

        mlflow.autolog()
    elif tool != "bare":
        __import__(tool)  # all that it does by itself; the rest is written by hand: see `benchmarks/peers`


def deactivate(tool):
    """Take that back."""
    if tool == "fitscribe":
        import fitscribe

        fitscribe.disable()
    elif tool == "mlflow":
        import mlflow

        mlflow.autolog(disable=True)
