"""Near-duplicates among many photos: copies that were resized, compressed again, mirrored or cropped.

A copy is found by its perceptual hash (`imaging.photo_hash`), which differs from the original's in few of 64
bits. Measured on 3,996 photos (1,996 of Clothing Co-Parsing, 2,000 of LIP): share of copies within a
distance, and pairs of photos within it that show different scenes.

| copy | 3 bits | 6 bits |
|---|---|---|
| JPEG of quality 50; 20 | 100.0 %; 100.0 % | 100 %; 100 % |
| half as large; a quarter, JPEG of quality 50; 64 px | 99.1 %; 95.7 %; 96.2 % | 99.8 %; 99.6 %; 99.8 % |
| mirrored | 100 % | 100 % |
| a fifth brighter, lights clipped | 80.6 % | 97.8 % |
| a margin of 1 % cut off; of 3 % | 86.4 %; 14.8 % | 99.5 %; 57.4 % |
| **different scenes, of 8 million pairs** | **0** | **0** |

A copy of which a tenth of both sides was cut off is near to the hash of a part of the original
(`imaging.part_hashes`): 94 % within 4 bits, 99 % within 5; other scenes come as near as 6 (4 pairs).

Seven pairs of Clothing Co-Parsing lie within 3 bits, twelve within 6: all are the same person in the same
second. The first pair of two scenes lies at 8 bits (mirrored: 7), and each bit more doubles their number or
triples it, so that among 200,000 photos 6 bits would join some hundreds wrongly, 3 bits about ten.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.errors import PhotoError

DISTANCE = 3  # bits
CROPPED = 4  # bits, between a copy and a part of the original
AT_ONCE = 4_000_000  # comparisons: some hundred MB
FEWEST_BANDS = 4  # of 16 bits: a hash shares them with 15 others in a million
Pairs = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def hash_photos(
    photos: Sequence[Path], progress: Callable[[int, int], None] = lambda done, total: None
) -> Hashes:
    """The perceptual hash of each photo, (n,) uint64; `imaging.FLAT`, which pairs with nothing, where it is
    missing, unreadable or without content."""
    hashes = np.zeros(len(photos), np.uint64)
    with ThreadPoolExecutor() as pool:
        try:
            for position, found in enumerate(pool.map(_hash_or_flat, photos)):
                hashes[position] = found
                progress(position + 1, len(photos))
        except BaseException:
            pool.shutdown(cancel_futures=True)  # or Ctrl-C would wait for all of them
            raise
    return hashes


def _hash_or_flat(photo: Path) -> np.uint64:
    try:
        return imaging.photo_hash(imaging.read_photo(photo))
    except PhotoError:
        return imaging.FLAT


def near_duplicates(hashes: Hashes, distance: int = DISTANCE) -> Pairs:
    """The pairs of photos whose hashes differ in at most `distance` bits, one of the two mirrored or not.

    Args:
        hashes: (n,) uint64 of `imaging.photo_hash`; a photo without content pairs with none.
        distance: in bits, 0 to 15. Up to 3 it takes seconds for a million photos, over that much longer.

    Returns:
        (m, 2) indices, the smaller first, in order. Of photos with one and the same hash, each is paired with
        the first alone: a thousand copies are 999 pairs, not half a million. `groups` has them all together.
    """
    distinct, first, which = np.unique(hashes, return_index=True, return_inverse=True)
    same = np.stack([first[which], np.arange(len(hashes))], axis=1)[hashes != imaging.FLAT]
    found = [same[same[:, 0] != same[:, 1]]]
    first, distinct = first[distinct != imaging.FLAT], distinct[distinct != imaging.FLAT]
    both = np.concatenate([distinct, distinct ^ imaging.MIRROR])
    origin = np.concatenate([first, first])
    for low, high in _bands(distance):
        band = _cut(both, low, high)
        order = np.argsort(band, kind="stable")
        band, ordered = band[order], both[order]
        for left, right in _neighbours(band):
            near = np.bitwise_count(ordered[left] ^ ordered[right]) <= distance
            found.append(np.stack([origin[order[left[near]]], origin[order[right[near]]]], axis=1))
    pairs: Pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0).astype(np.int64)
    different: Pairs = pairs[pairs[:, 0] != pairs[:, 1]]  # a photo is not its own mirrored copy
    return different


def cropped(hashes: Hashes, parts: Hashes, distance: int = CROPPED) -> Pairs:
    """The pairs of photos of which one is like a part of the other: with a tenth cut off, mirrored or not.

    Args:
        hashes: (n,) uint64 of `imaging.photo_hash`.
        parts: (n, p) uint64 of `imaging.part_hashes`.
        distance: in bits, 0 to 15.

    Returns:
        (m, 2) indices, the smaller first, in order.
    """
    both = np.concatenate([hashes, hashes ^ imaging.MIRROR])
    origin = np.tile(np.arange(len(hashes)), 2)
    both, origin = both[hashes[origin] != imaging.FLAT], origin[hashes[origin] != imaging.FLAT]
    every = parts.ravel()
    whole = np.repeat(np.arange(len(parts)), parts.shape[1])
    every, whole = every[every != imaging.FLAT], whole[every != imaging.FLAT]
    found = [np.zeros((0, 2), np.int64)]
    for low, high in _bands(distance):
        band, sought = _cut(every, low, high), _cut(both, low, high)
        order = np.argsort(band, kind="stable")
        begin, end = np.searchsorted(band[order], sought), np.searchsorted(band[order], sought, "right")
        for some in _chunks(end - begin):
            left = np.repeat(some, (end - begin)[some])
            right = order[_ranges(begin[some], end[some])]
            near = np.bitwise_count(both[left] ^ every[right]) <= distance
            found.append(np.stack([origin[left[near]], whole[right[near]]], axis=1))
    pairs: Pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0).astype(np.int64)
    different: Pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return different


def _bands(distance: int) -> Iterable[tuple[int, int]]:
    """Where hashes are cut into bands: two that differ in fewer bits than there are bands agree in one.

    Source: Manku et al., "Detecting Near-Duplicates for Web Crawling", WWW 2007.
    """
    return pairwise(np.linspace(0, 64, max(FEWEST_BANDS, distance + 1) + 1).astype(int).tolist())


def _cut(hashes: Hashes, low: int, high: int) -> Hashes:
    """The bits of hashes from one on, up to another."""
    return (hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)


def _chunks(counts: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
    """The places of an array, so many at a time that their counts make about `AT_ONCE`."""
    edges = np.searchsorted(np.cumsum(counts), np.arange(0, counts.sum(), AT_ONCE), "right")
    yield from np.split(np.arange(len(counts)), edges[1:])


def _ranges(begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """All numbers of the first range, then of the second, and so on."""
    lengths = end - begin
    steps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    numbers: NDArray[np.int64] = np.repeat(begin, lengths) + steps
    return numbers


def _neighbours(values: Hashes) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The places of equal values in a sorted array: those next to one another, those next but one, ..."""
    here = np.arange(len(values))
    for step in range(1, len(values)):
        here = here[here < len(values) - step]
        here = here[values[here] == values[here + step]]
        if not here.size:
            break
        yield here, here + step


def groups(count: int, pairs: Pairs) -> NDArray[np.int32]:
    """The group of each photo, (count,) int32 from 0 on: photos that pairs join, however many steps apart,
    share one."""
    from scipy.sparse import coo_array  # 20 MB, for all who load datasets and group no photos
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs), np.bool_)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    found: NDArray[np.int32] = labels
    return found
