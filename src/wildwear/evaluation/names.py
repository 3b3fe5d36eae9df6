"""Is it the masks or the names? AP with wrong names forgiven: within groups, all of them, or no names asked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """Mask AP in [0, 1], as it is and with wrong names forgiven; NaN where nothing is to be found.

    The first three average the same `categories` categories, those that occur. `agnostic` has one class for
    all garments, so frequent categories weigh more in it, and a garment found under two names is found twice.
    """

    ap: float  # as it is
    group_forgiven: float  # a name of the same group is as good
    all_forgiven: float  # any name is
    agnostic: float
    categories: int
    groups: tuple[tuple[str, ...], ...]  # names of the dataset's categories that were forgiven for each other
