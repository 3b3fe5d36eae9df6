"""Photos on the web by their addresses. Not for how they come from there: see `fetching.py`."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from wildwear.errors import MissingExtraError

WEB = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """A photo on the web.

    Attributes:
        url: http or https.
        private: whether it may lie on this machine, or in a network that is not public.
    """

    url: str
    private: bool = False

    def __str__(self) -> str:
        """The address."""
        return self.url

    def read(self) -> bytes:
        """The file of the photo. Raises `PhotoError`, and `MissingExtraError`."""
        try:
            from wildwear.gathering.fetching import fetch
        except ModuleNotFoundError as error:
            if error.name not in ("httpx", "httpcore"):
                raise
            raise MissingExtraError(f"{self.url}: reading photos from the web", "fetch") from error
        return fetch(self.url, private=self.private)


def is_address(named: str) -> bool:
    """Whether somebody means the web by this."""
    return WEB.match(named) is not None


def wrong_with(url: str) -> str | None:
    """What makes an address one that nothing can be read from; None where nothing does."""
    try:
        parsed = urlsplit(url)
        host, _ = parsed.hostname, parsed.port  # which raises where it is no number
    except ValueError as error:
        return f"is no address on the web ({error})"
    if not host or any(letter.isspace() or not letter.isprintable() for letter in url):
        return "is no address on the web"
    return "holds a user name or password, which are not sent" if "@" in parsed.netloc else None
