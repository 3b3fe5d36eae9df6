"""What `wildwear segment` says at its end: what was found in all photos, and where it lies."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wildwear.cli.console import Console
    from wildwear.inference.run_folder import RunFolder
    from wildwear.inference.segmenting import Record

MOST_NAMES = 10  # on the terminal


class Tally:
    """What photos have come to, however many: counts, and the last of those that were read."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.photos = self.skipped = 0
        self.categories: Counter[str] = Counter()
        self.last: Record | None = None

    @classmethod
    def of(cls, records: "Iterable[Record]") -> "Tally":
        """Count what a folder holds, of earlier runs as well: what its documents count."""
        tally = cls()
        for record in records:
            tally.add(record)
        return tally

    def add(self, record: "Record") -> "Record":
        """Count a photo, and pass it on."""
        from wildwear.taxonomy import category

        if record.failure is not None:
            self.skipped += 1
            return record
        self.photos += 1
        self.categories.update(category(garment["category_id"]).name for garment in record.garments)
        self.last = record
        return record


def say(console: "Console", tally: Tally, done: int, folder: "RunFolder") -> None:
    """Print what was found, and where it lies."""
    from wildwear.reporting import counted, two_digits
    from wildwear.taxonomy import category

    if done:
        console.print(f"{counted(done, 'photo was', 'photos were')} done before")
    garments, photos = counted(tally.categories.total(), "garment"), counted(tally.photos, "photo")
    names = [f"{name} {count}" for name, count in tally.categories.most_common()]
    if tally.photos == 1 and tally.last:
        names = [
            f"{category(one['category_id']).name} {two_digits(one['score'])}" for one in tally.last.garments
        ]
    listed = (
        ": " + ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "") if names else ""
    )
    console.print(f"{garments} in {photos}{listed}")
    if tally.photos and not tally.categories:
        wanted = " or ".join(folder.settings.categories)
        console.print(
            f"{f'No {wanted}' if wanted else 'Nothing'} reached the score {folder.settings.shown_from}; "
            "a lower --score shows what is less sure"
        )
    if tally.skipped:
        console.print(f"{tally.skipped} skipped: {folder.path / 'failures.csv'} says why")
    console.print(f"All results: {folder.path}/")
