"""Training loops of the script's own: what steps with an optimizer of Keras' outside of ``fit``."""
