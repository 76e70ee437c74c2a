"""How fast the browser view is, measured in the browser."""
