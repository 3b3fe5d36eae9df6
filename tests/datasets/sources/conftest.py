"""Something to load."""

import hashlib

import pytest


@pytest.fixture
def content() -> bytes:
    """What is downloaded: 300 kB that do not repeat."""
    return b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(10_000))[:300_000]
