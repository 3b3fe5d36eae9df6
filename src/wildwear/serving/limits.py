"""How much a server takes on, so that no request can take it down."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Beyond which a request is refused.

    Attributes:
        bytes: of what a request brings; base64 is a third longer than its photo.
        pixels: of a photo.
        requests: that bring photos, at once: those that are still being sent, too.
        waiting: photos that have come and wait for the model, as files.
        seconds: that a photo may take to come, and its garments to be found.
    """

    bytes: int = 20_000_000
    pixels: int = 40_000_000
    requests: int = 64
    waiting: int = 32
    seconds: float = 30
