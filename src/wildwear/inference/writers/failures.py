"""The photos of a run that were skipped."""

import csv
from collections.abc import Iterable
from pathlib import Path

from wildwear.files import replacing
from wildwear.imaging.identity import shown
from wildwear.inference.segmenting import Record


def write_failures(path: Path, records: Iterable[Record]) -> None:
    """Write the photos that were skipped and why; no file where there are none."""
    failed = [(shown(one.photo), shown(one.failure)) for one in records if one.failure is not None]
    if not failed:
        path.unlink(missing_ok=True)
        return
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("photo", "reason"), *failed])
