"""A fit of scikit-learn's, recorded by hand with each tracker. Imports nothing at the top."""

NOTES = {
    "wandb": "`init` with `get_params()`; `log` of six scores and `wandb.plot.confusion_matrix`; "
    "`joblib.dump` and `log_model`. Lacks coefficients or importances, curves, how the fit "
    "ended",
    "dvclive": "`Live`; `log_params`; `log_metric` of six scores; `log_sklearn_plot('confusion_matrix')`; "
    "`joblib.dump`. Lacks the same",
    "trackio": "`init` with `get_params()`; `log` of six scores and the matrix as a `Table`; `joblib.dump` "
    "and `log_artifact`; `finish`. Lacks the same",
}


def fitted_by_hand(make, X, y):
    """For each tracker a function that fits what `make` returns and records it."""

    def scores(model):
        from sklearn import metrics

        predicted, probable = model.predict(X), model.predict_proba(X)
        sure = probable[:, 1] if probable.shape[1] == 2 else probable
        return predicted, {
            "accuracy": metrics.accuracy_score(y, predicted),
            "precision": metrics.precision_score(y, predicted, average="weighted"),
            "recall": metrics.recall_score(y, predicted, average="weighted"),
            "f1": metrics.f1_score(y, predicted, average="weighted"),
            "log_loss": metrics.log_loss(y, probable),
            "roc_auc": metrics.roc_auc_score(y, sure, multi_class="ovr", average="weighted"),
        }

    def wandb_run():
        import joblib
        import wandb

        model = make()
        with wandb.init(project="benchmark", config=model.get_params()) as run:
            model.fit(X, y)
            predicted, found = scores(model)
            names = [str(label) for label in model.classes_]
            matrix = wandb.plot.confusion_matrix(
                y_true=y.tolist(), preds=predicted.tolist(), class_names=names
            )
            run.log({**found, "confusion_matrix": matrix})
            joblib.dump(model, "model.joblib")
            run.log_model("model.joblib", name="model")

    def dvclive_run():
        import joblib
        from dvclive import Live

        model = make()
        with Live(save_dvc_exp=False) as live:
            live.log_params(model.get_params())
            model.fit(X, y)
            predicted, found = scores(model)
            for name, value in found.items():
                live.log_metric(name, value)
            live.log_sklearn_plot("confusion_matrix", y, predicted)
            joblib.dump(model, "model.joblib")

    def trackio_run():
        import joblib
        import pandas as pd
        import trackio
        from sklearn.metrics import confusion_matrix

        model = make()
        trackio.init(project="benchmark", config=model.get_params())
        model.fit(X, y)
        predicted, found = scores(model)
        matrix = trackio.Table(dataframe=pd.DataFrame(confusion_matrix(y, predicted)))
        trackio.log({**found, "confusion_matrix": matrix})
        joblib.dump(model, "model.joblib")
        trackio.log_artifact("model.joblib", name="model", type="model")
        trackio.finish()

    return {"wandb": wandb_run, "dvclive": dvclive_run, "trackio": trackio_run}
