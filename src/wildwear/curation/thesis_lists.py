"""The two scripts by which the thesis cleaned its photos, in one go: its lists of names, and its counts.

Source: section 2 of the thesis' pipeline. By colour it removes black and white, and grey, and of the rest it
sets aside those without a face. Its classes of colour are to the letter (`signals/thesis.py`); its faces were
MTCNN's, and these are YuNet's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wildwear.curation.handing_out import lines
from wildwear.curation.measurer import measured
from wildwear.curation.models import Models
from wildwear.curation.signals.thesis import CLASSES, REMOVED, Thresholds, thesis_color
from wildwear.files import refuse_foreign, replacing_folder
from wildwear.gathering import Gathered
from wildwear.imaging.identity import shown

FACES, NO_FACES, KEPT, FAILED = "faces", "no_faces", "kept", "cannot_be_read"
LISTS = (*CLASSES, FACES, NO_FACES, KEPT, FAILED)
SUFFIX = ".txt"
FILES = {f"{name}{SUFFIX}" for name in LISTS}


@dataclass(frozen=True)
class Cleaned:
    """What the two scripts come to.

    Attributes:
        lists: names of photos by the name of the list, each in the order of the photos. `faces` and
            `no_faces` are of those in colour, and missing where nobody looked; `kept` is what goes on.
        photos: that were looked at, unreadable ones included.
    """

    lists: dict[str, list[str]]
    photos: int


def clean(
    gathered: Gathered,
    models: Models,
    thresholds: Thresholds,
    *,
    workers: int,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> Cleaned:
    """Tell the photos apart as the thesis does.

    Args:
        gathered: the photos.
        models: to look for faces with, if at all.
        thresholds: of the classes of colour.
        workers: processes.
        progress: told how many photos are done, and how many there are.

    Raises:
        DatasetError: the name of a photo runs over the end of a line, so that no list can say it.
        ModelError: the face model is none.
        MissingExtraError: Daft is not installed.
    """
    models.check()
    photos = [(shown(photo.name), photo) for photo in gathered.photos]
    skipped = [shown(name) for name, _ in gathered.skipped]
    lines([*(name for name, _ in photos), *skipped])  # said now, not after hours
    signals = ("facts", "thesis", "faces") if models.faces else ("facts", "thesis")
    rows: dict[str, dict[str, Any]] = {}
    for part in measured(photos, signals, models, workers=workers):
        rows |= {row["photo"]: row for row in part.iter_rows(named=True)}
        progress(len(rows), len(photos))
    lists: dict[str, list[str]] = {
        name: [] for name in LISTS if models.faces or name not in (FACES, NO_FACES)
    }
    for name, _ in photos:
        for belongs in lists_of(rows[name], thresholds):
            lists[belongs].append(name)
    lists[FAILED] += [name for name in dict.fromkeys(skipped) if name not in rows]
    return Cleaned(lists, len(rows) + len(set(skipped) - rows.keys()))


def lists_of(row: dict[str, Any], thresholds: Thresholds) -> Iterator[str]:
    """The lists on which a photo stands.

    Args:
        row: its values of the signals; `faces` only where they were looked for.
        thresholds: of the classes of colour.
    """
    if row["failure"] is not None:
        yield FAILED
        return
    color = thesis_color(row["channels"], row["variance_least"], row["variance_most"], thresholds)
    yield color
    if color in REMOVED:
        return
    faces = row.get("faces")
    if faces is not None:
        yield FACES if faces else NO_FACES
    if faces != 0:
        yield KEPT


def refuse_others(out: Path) -> None:
    """Raise `OutputError` where a folder holds anything but lists of ours: `write` would, after hours."""
    refuse_foreign(out.resolve(), FILES.__contains__)


def write(cleaned: Cleaned, out: Path) -> None:
    """One file a list, a name a line. Raises `OutputError`, and `DatasetError` as `lines` does."""
    contents = {name: lines(names) for name, names in cleaned.lists.items()}
    with replacing_folder(out, ours=FILES.__contains__) as folder:
        for name, content in contents.items():
            (folder / f"{name}{SUFFIX}").write_bytes(content)
