"""The photos of a run that were skipped."""

import csv
from collections.abc import Iterable
from pathlib import Path

from wildwear.files import replacing
from wildwear.inference.segmenting import Record


def write_failures(path: Path, records: Iterable[Record]) -> None:
    """Write the photos that were skipped and why; no file where there are none."""
    failed = [(record.photo, record.failure) for record in records if record.failure is not None]
    if not failed:
        path.unlink(missing_ok=True)
        return
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("photo", "reason"), *failed])
