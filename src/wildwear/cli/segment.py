"""`wildwear segment`."""


def segment() -> None:
    """To come."""
