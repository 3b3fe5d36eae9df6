"""How many copies of photos are found among others, and how many photos are joined that are none.

Of the 2,000 photos of wild-pool and the 1,996 of Clothing Co-Parsing 200 are copied, 100 of each at random:
cropped to nine tenths of both sides at a place at random, compressed again, made half as large, mirrored.
All photos and copies are put to `curation/duplicates.py`, as a catalog of so many would be. A pair that it
joins is right where both come from one photo, or show the same person in the same second: all pairs of two
photos that were joined were looked at (`SAME_SECOND`).

Run: python benchmarks/near_duplicates.py wild-pool clothing-co-parsing/photos
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import cv2
import numpy as np
import polars as pl
import typer
from numpy.typing import NDArray

from contest import claim
from wildwear.curation.columns import schema
from wildwear.curation.duplicates import copies
from wildwear.curation.signals import hashes
from wildwear.imaging import part_hashes, photo_hash, read_photo

Photo = NDArray[np.uint8]
COPIED = 100  # photos of each folder
CUT = 0.1  # of each side
QUALITY = 50  # of JPEG
EXPECTED = ("0692/0732", "0594/0722", "0078/0984", "0223/0616", "0183/0730", "0197/0671", "0907/0990")
SAME_SECOND = {
    *EXPECTED,
    *("0025/1707", "0343/1083", "0403/1074", "0538/1715", "0643/1913", "0906/1694", "1029/1341", "1671/1790"),
}
"""Pairs of Clothing Co-Parsing; there is none in wild-pool."""


class Row(NamedTuple):
    """A photo or a copy.

    Attributes:
        photo: the stem of the name of the photo that it is, or is made of.
        kind: how it was made; "" for the photo itself.
        values: of the signal `hashes`.
    """

    photo: str
    kind: str
    values: dict[str, Any]


def cropped(photo: Photo, random: np.random.Generator) -> Photo:
    """What is left with a tenth of each side cut off."""
    height, width = photo.shape[:2]
    down, across = round(height * CUT), round(width * CUT)
    top, left = random.integers(down + 1), random.integers(across + 1)
    return photo[top : top + height - down, left : left + width - across]


def compressed(photo: Photo, random: np.random.Generator) -> Photo:
    """Through JPEG."""
    _, content = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def halved(photo: Photo, random: np.random.Generator) -> Photo:
    """Half as large."""
    return np.asarray(cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def mirrored(photo: Photo, random: np.random.Generator) -> Photo:
    """Left to right."""
    return photo[:, ::-1]


KINDS: dict[str, Callable[[Photo, np.random.Generator], Photo]] = {
    "a tenth of both sides cut off": cropped,
    "JPEG of quality 50": compressed,
    "half as large": halved,
    "mirrored": mirrored,
}


def rows(path: Path, *, is_copied: bool) -> list[Row]:
    """A photo, and its copies where it has some."""
    photo = read_photo(path)
    found = [Row(path.stem, "", measured(photo))]
    if is_copied:
        random = np.random.default_rng(int(hashlib.sha256(path.name.encode()).hexdigest()[:8], 16))
        for kind, made in KINDS.items():
            found.append(Row(path.stem, kind, measured(np.ascontiguousarray(made(photo, random)))))
    return found


def measured(photo: Photo) -> dict[str, Any]:
    """The hashes of a photo; that of its file is one of its pixels here."""
    return {
        "sha256": hashlib.sha256(photo.tobytes()).hexdigest(),
        "photo_hash": int(photo_hash(photo)),
        "part_hashes": part_hashes(photo).tolist(),
    }


def joined(all_rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """The pairs that are called copies of each other, however many steps apart."""
    table = pl.DataFrame([row.values for row in all_rows], schema=schema(hashes.SIGNAL.columns))
    groups = defaultdict(list)
    for row, number in zip(all_rows, copies(table), strict=True):
        groups[number].append(row)
    return [pair for group in groups.values() for pair in combinations(group, 2)]


def pair_name(first: Row, second: Row) -> str:
    """Two photos, in the order of their names."""
    return "/".join(sorted((first.photo, second.photo)))


def table(all_rows: Sequence[Row], pairs: Sequence[tuple[Row, Row]]) -> Iterator[str]:
    """Recall by kind of copy and precision of the pairs, in Markdown."""
    there = Counter(row.kind for row in all_rows if row.kind)
    found = Counter(
        second.kind or first.kind for first, second in pairs if first.photo == second.photo and not first.kind
    )
    right = sum(
        first.photo == second.photo or pair_name(first, second) in SAME_SECOND for first, second in pairs
    )
    yield "| copy | found |\n|---|---|"
    for kind in KINDS:
        yield f"| {kind} | {share(found[kind], there[kind])} |"
        claim(f"copies found, {kind}", share(found[kind], there[kind]))
    claim("pairs joined that are copies", share(right, len(pairs)))
    yield f"\npairs joined that are copies: {share(right, len(pairs))}"
    photos = {row.photo for row in all_rows}
    originals = {pair_name(first, second) for first, second in pairs if not first.kind and not second.kind}
    present = [pair for pair in EXPECTED if set(pair.split("/")) <= photos]
    yield f"the same person in the same second, known: {share(len(originals & set(present)), len(present))}"
    yield f"more of these: {', '.join(sorted(originals & SAME_SECOND - set(EXPECTED))) or 'none'}"
    yield f"others joined: {', '.join(sorted(originals - SAME_SECOND)) or 'none'}"


def share(some: int, of_all: int) -> str:
    """A part as people read it."""
    return f"{some / max(1, of_all):.3f} ({some}/{of_all})"


def main(
    wild: Annotated[Path, typer.Argument(help="The 2,000 photos of wild-pool.")],
    street: Annotated[Path, typer.Argument(help="The photos of Clothing Co-Parsing.")],
) -> None:
    """Print how many copies are found, and what else is joined."""
    random = np.random.default_rng(1)
    with ThreadPoolExecutor() as pool:
        all_rows: list[Row] = []
        for folder in (wild, street):
            paths = sorted(folder.glob("*.jpg"))
            chosen = set(random.choice(len(paths), min(COPIED, len(paths)), replace=False).tolist())
            are_copied = [number in chosen for number in range(len(paths))]
            for found in pool.map(lambda path, is_copied: rows(path, is_copied=is_copied), paths, are_copied):
                all_rows += found
    print(f"{len(all_rows):,} photos, {sum(bool(row.kind) for row in all_rows)} of them copies\n")
    for line in table(all_rows, joined(all_rows)):
        print(line)


if __name__ == "__main__":
    typer.run(main)
