"""A run: many photos into one output folder."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from wildwear.errors import MissingExtraError, PhotoError
from wildwear.imaging import read_photo
from wildwear.inference.output import OutputFolder
from wildwear.inference.photo_names import photo_name
from wildwear.inference.records import Record
from wildwear.inference.segmenter import Segmenter


def segment_photos(
    segmenter: Segmenter, photos: Sequence[Path], folder: OutputFolder, *, score: float | None = None
) -> Iterator[Record]:
    """Segment photos into a folder, one after the other; the documents are written after the last.

    Photos that the folder has from an earlier run are passed over. One that cannot be read becomes a record
    with its reason, and the run goes on.

    Yields:
        A record for each photo, as soon as its pictures are written.
    """
    root = Path(folder.settings.root)
    names = [photo_name(photo, root) for photo in photos]
    for photo, name in zip(photos, names, strict=True):
        if name in folder:
            continue
        try:
            pixels = read_photo(photo)
            prediction = segmenter(pixels, score=score)
        except (PhotoError, MissingExtraError) as error:
            yield folder.fail(name, str(error).removeprefix(f"{photo}: "))
        except MemoryError:
            yield folder.fail(name, "takes more memory than there is.")
        else:
            yield folder.add(name, pixels, prediction)
    folder.finish(names)
