"""Tell benign from malignant tumours: an ordinary scikit-learn script with one line more.

Run it with `python examples/breast_cancer.py`, then look at what was recorded with `fitscribe ls` and
`fitscribe show latest`.
"""

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fitscribe

fitscribe.autolog()  # the one line; above the other imports it does the same


def main() -> None:
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)

    forest = RandomForestClassifier(n_estimators=50, max_depth=6, random_state=0)
    forest.fit(X_train, y_train)
    print(f"random forest        accuracy {forest.score(X_test, y_test):.3f}")

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=200))
    model.fit(X_train, y_train)
    print(f"logistic regression  accuracy {model.score(X_test, y_test):.3f}")
    print(classification_report(y_test, model.predict(X_test), target_names=["malignant", "benign"]))


if __name__ == "__main__":
    main()
