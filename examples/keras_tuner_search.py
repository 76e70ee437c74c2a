"""Search for a network that reads digits with KerasTuner: only the one line of fitscribe is not KerasTuner's.

python examples/keras_tuner_search.py        (KERAS_BACKEND=jax, torch or tensorflow)
fitscribe show latest
"""

import keras
import keras_tuner
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import fitscribe

fitscribe.autolog()

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=0.2, random_state=0)


def build(hp):
    model = keras.Sequential([keras.Input((64,))])
    for layer in range(hp.Int("layers", 1, 2)):
        model.add(keras.layers.Dense(hp.Int(f"units_{layer}", 16, 64, step=16), activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


tuner = keras_tuner.RandomSearch(
    build, objective="val_accuracy", max_trials=6, seed=1, directory="tuner", overwrite=True
)
tuner.search(X_train, y_train, epochs=10, validation_split=0.2, verbose=0)

best = tuner.oracle.get_best_trials(1)[0]
print(f"trial {best.trial_id} val_accuracy {best.score:.6f} {best.hyperparameters.values}")
loss, accuracy = tuner.get_best_models(1)[0].evaluate(X_test, y_test, verbose=0)
print(f"test accuracy {accuracy:.6f}")
