"""Which photo goes to which split: what belongs together stays together, and rare categories reach each.

Not for drawing photos at random from more: see `derive.sample`; not for files: see `derive` and `building`.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from wildwear.datasets.splits import SPLITS, Split
from wildwear.datasets.stream import Record
from wildwear.imaging import duplicates
from wildwear.imaging.identity import identity

# Fields of an image record: photos that share a value share a split.
TOGETHER = ("pair_id", "person", "scene")


def seeded_order(names: Sequence[str], seed: int) -> list[int]:
    """The places of names in an order that is random, but the same everywhere and always.

    It depends on the names and the seed alone: a name more or less leaves the others in their order.
    """

    def lot(place: int) -> tuple[bytes, int]:
        return hashlib.sha256(f"{seed}:{names[place]}".encode(errors="surrogatepass")).digest(), place

    return sorted(range(len(names)), key=lot)


def belonging_together(
    images: Sequence[Record],
    names: Sequence[str],
    photos: Sequence[Path | None],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[int]:
    """The group of each image, from 0 on: those that share a photo, a pair, a person or a scene.

    Args:
        images: their records.
        names: what tells their photos apart, as `identity` compares it.
        photos: where each lies; without one, its scene is not compared.
        progress: called with the number of photos compared and in all.
    """
    first: dict[tuple[str, Hashable], int] = {}
    pairs = []
    for place, (image, name) in enumerate(zip(images, names, strict=True)):
        pairs.append((first.setdefault(("file_name", identity(name)), place), place))
        for field in TOGETHER:
            if (value := image.get(field)) is not None:
                pairs.append((first.setdefault((field, str(value)), place), place))
    known = [place for place, photo in enumerate(photos) if photo is not None]
    hashes = duplicates.hash_photos([photo for photo in photos if photo is not None], progress)
    alike = np.array(known, np.int64)[duplicates.near_duplicates(hashes)]
    joined = np.concatenate([np.array(pairs, np.int64).reshape(-1, 2), alike.reshape(-1, 2)])
    return [int(group) for group in duplicates.groups(len(images), joined)]


def assign(
    order: Iterable[int],
    groups: Sequence[int],
    kinds: Sequence[str],
    categories: Sequence[set[str]],
    wanted: Mapping[str, Mapping[Split, int]],
    *,
    fill: Literal["evenly", "in turn"] = "evenly",
    spill: Mapping[str, Split] | None = None,
) -> dict[int, Split]:
    """The split of each photo, none of them in two that share a group.

    As many groups are drawn from the front of the order as are wanted. "evenly" gives each to the split that
    is furthest from its share of the group's rarest category, rarest groups first, after Sechidis et al., "On
    the Stratification of Multi-Label Data", ECML 2011; a category that occurs in as many groups as there are
    splits has one for each. "in turn" fills one split after the other. Gaps are filled from what follows.

    Args:
        order: places of the photos to go through; those that no split has room for stay out.
        groups: the group of each photo, by place.
        kinds: what each counts as, by place.
        categories: what occurs on each, by place.
        wanted: how many photos of each kind each split takes.
        fill: how.
        spill: by kind, the split that takes, beyond its number, groups that fit into none as a whole; of
            other such groups only those photos are taken that fit.

    Returns:
        split by place.
    """
    spill = spill or {}
    members: dict[int, list[int]] = defaultdict(list)
    for place in order:
        members[groups[place]].append(place)
    needs = {group: Counter(kinds[place] for place in places) for group, places in members.items()}
    occurring = {
        group: set().union(*(categories[place] for place in places)) for group, places in members.items()
    }
    room = {
        split: Counter({kind: counts[split] for kind, counts in wanted.items() if counts.get(split)})
        for split in SPLITS
    }
    size: dict[Split, int] = {split: room[split].total() for split in SPLITS if room[split].total()}
    if not size:
        return {}
    drawn, spare = draw(needs, sum(room.values(), Counter()))
    groups_with = Counter(category for group in drawn for category in occurring[group])
    lacking = fair_shares(groups_with, size)
    if fill == "evenly":
        drawn.sort(key=lambda group: min((groups_with[one] for one in occurring[group]), default=math.inf))

    def furthest(group: int, possible: list[Split]) -> Split:
        rarest = min(occurring[group], key=lambda one: (groups_with[one], one), default=None)
        return max(
            possible, key=lambda split: (lacking[split].get(rarest, 0.0), room[split].total() / size[split])
        )

    assigned: dict[int, Split] = {}
    for group in drawn + spare:
        possible = [split for split in size if needs[group] <= room[split]]
        possible = possible or [split for split in size if split in map(spill.get, needs[group])]
        possible = possible or [split for split in size if needs[group] & room[split]]
        if not possible:
            continue
        split = furthest(group, possible) if fill == "evenly" else possible[0]
        for category in occurring[group] & lacking[split].keys():
            lacking[split][category] -= 1
        for place in members[group]:
            if room[split][kinds[place]] > 0 or split == spill.get(kinds[place]):
                room[split][kinds[place]] -= 1
                assigned[place] = split
    return assigned


def draw(needs: Mapping[int, Counter[str]], wanted: Counter[str]) -> tuple[list[int], list[int]]:
    """The groups at the front that hold what is wanted, and the others."""
    drawn: list[int] = []
    spare: list[int] = []
    for group, needed in needs.items():
        (drawn if needed & wanted else spare).append(group)
        wanted -= needed
    return drawn, spare


def fair_shares(
    groups_with: Mapping[str, int], size: Mapping[Split, int]
) -> dict[Split, dict[str | None, float]]:
    """How many of the groups with each category each split should get: at least one, if there are enough."""
    largest = max(size, key=lambda split: size[split])
    shares: dict[Split, dict[str | None, float]] = {split: {} for split in size}
    for category, count in groups_with.items():
        least = 1 if count >= len(size) else 0
        for split in size:
            shares[split][category] = max(count * size[split] / sum(size.values()), least)
        others = sum(shares[split][category] for split in size if split != largest)
        shares[largest][category] = count - others
    return shares
