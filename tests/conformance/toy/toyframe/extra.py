"""A module that no training of the user's imports."""
