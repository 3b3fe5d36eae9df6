"""How much a server takes on, so that no request can take it down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from fastapi import HTTPException

from wildwear.serving.batching import QueueFullError

TOO_SLOW, UNAVAILABLE = 408, 503
RETRY_LATER = "5"  # seconds

Coming = TypeVar("Coming")


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


class Underway:
    """Requests with photos that are not answered yet.

    Attributes:
        count: of them.
        most: that are let in.
    """

    def __init__(self, most: int) -> None:
        self.count, self.most = 0, most

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Let one in until it is answered. Raises `QueueFullError` where there are too many."""
        if self.count >= self.most:
            raise QueueFullError(self.count, 1)
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


async def within(seconds: float, coming: Awaitable[Coming], otherwise: int, what: str) -> Coming:
    """What is coming; where it does not come in so many seconds, `HTTPException` with this status.

    Args:
        seconds: to wait.
        coming: cancelled then.
        otherwise: the status.
        what: took too long, in words.
    """
    try:
        return await asyncio.wait_for(coming, seconds)
    except TimeoutError:
        raise HTTPException(
            otherwise, f"{what} took more than {seconds:g} s; try again later", {"Retry-After": RETRY_LATER}
        ) from None
