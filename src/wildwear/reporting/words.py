"""Scores, counts and names as people read them."""


def two_digits(score: float) -> str:
    """A score: 0.94; none under 1 is called 1.00."""
    return f"{score if score >= 1 else min(score, 0.99):.2f}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """A count and what it counts: "1 photo", "3,000 photos"; "2 categories" takes its plural."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def plain_name(name: str) -> str:
    """The name of a category: "long sleeved shirt" for long_sleeved_shirt."""
    return name.replace("_", " ")
