"""Read handwritten digits with a small convolutional network, in a training loop that TensorFlow compiles.

Run it with `python examples/tensorflow_loop.py --epochs 5`, then look at what was recorded with
`fitscribe ls` and `fitscribe show latest`. It needs TensorFlow and scikit-learn, which brings the images.
"""

import argparse

import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import fitscribe

fitscribe.autolog()  # the one line

keras = tf.keras


def load_data(batch_size: int):
    images, labels = load_digits(return_X_y=True)
    images = images.astype("float32").reshape(-1, 8, 8, 1) / 16
    train_x, val_x, train_y, val_y = train_test_split(
        images, labels, test_size=397, stratify=labels, random_state=0
    )
    train_ds = tf.data.Dataset.from_tensor_slices((train_x, train_y)).shuffle(1400, seed=0).batch(batch_size)
    return train_ds, tf.data.Dataset.from_tensor_slices((val_x, val_y)).batch(128)


def build_model(width: int):
    return keras.Sequential(
        [
            keras.Input(shape=(8, 8, 1)),
            keras.layers.Conv2D(width, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=50)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    keras.utils.set_random_seed(args.seed)
    train_ds, val_ds = load_data(args.batch_size)
    model = build_model(args.width)
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(args.lr)
    train_loss = keras.metrics.Mean(name="train_loss")
    train_accuracy = keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")
    val_accuracy = keras.metrics.SparseCategoricalAccuracy(name="val_accuracy")

    @tf.function
    def train_step(images, labels):
        with tf.GradientTape() as tape:
            logits = model(images, training=True)
            loss = loss_fn(labels, logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        train_loss.update_state(loss)
        train_accuracy.update_state(labels, logits)
        return loss

    @tf.function
    def val_step(images, labels):
        val_accuracy.update_state(labels, model(images, training=False))

    for epoch in range(args.epochs):
        for metric in (train_loss, train_accuracy, val_accuracy):
            metric.reset_state()
        for images, labels in train_ds:
            loss = train_step(images, labels)
        for images, labels in val_ds:
            val_step(images, labels)
        print(
            f"epoch {epoch + 1}  last loss {float(loss):.6f}  train loss {float(train_loss.result()):.6f}  "
            f"accuracy {float(train_accuracy.result()):.6f}  val accuracy {float(val_accuracy.result()):.6f}"
        )


if __name__ == "__main__":
    main()
