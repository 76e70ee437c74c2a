"""Handwritten digits with Keras: an ordinary script with one line more."""

from __future__ import annotations

import keras
from sklearn.datasets import load_digits
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

import fitscribe

fitscribe.autolog()

keras.utils.set_random_seed(0)
digits = load_digits()
x_train, x_test, y_train, y_test = train_test_split(
    (digits.images / 16.0).astype("float32"), digits.target, test_size=0.25, random_state=0
)

model = keras.Sequential(
    [
        keras.Input((8, 8)),
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10, activation="softmax"),
    ],
    name="digits",
)
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=30,
    validation_split=0.2,
    verbose=0,
    callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)],
)
print(f"epochs {len(history.epoch)}, best val_loss {min(history.history['val_loss']):.6f}")

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {loss:.6f}, accuracy {accuracy:.6f}")

y_pred = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"f1 {f1_score(y_test, y_pred, average='macro'):.6f}")
