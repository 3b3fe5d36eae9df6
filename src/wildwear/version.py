"""The version, at the ground of the house: every room may name it, and none has to look up for it."""

__version__ = "0.1.0"
