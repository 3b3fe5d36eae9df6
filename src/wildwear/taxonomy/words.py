"""Makes spellings of one word equal: case, plural, hyphens, underscores and spaces do not matter."""

import re

PLURAL_AFTER_SIBILANT = re.compile(r"(?<=ss|ch|sh)es$")
PLURAL = re.compile(r"(?<=[^s])s$")


def words(text: str) -> list[str]:
    """Split into lower-case words, each in the singular: "Ankle-Boots" gives ["ankle", "boot"]."""
    return [singular(word) for word in re.findall(r"[^\W_]+", text.lower())]


def squeeze(text: str) -> str:
    """The words written as one: "T-Shirts" and "tshirt" both give "tshirt"."""
    return "".join(words(text))


def singular(word: str) -> str:
    """Take off an English plural ending: dresses, hoodies and watches lose theirs, dress keeps its s."""
    return PLURAL.sub("", PLURAL_AFTER_SIBILANT.sub("", word))
