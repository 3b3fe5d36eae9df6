"""From one format to another, photo by photo: memory does not grow with the dataset."""

from collections.abc import Callable, Iterator
from pathlib import Path

from wildwear.datasets.formats import FORMATS
from wildwear.datasets.stream import Conversion, Format, Photo
from wildwear.datasets.terms import Kind, with_kind
from wildwear.errors import DatasetError, OutputError
from wildwear.files import alone_with


def convert(
    source: Path,
    target: Path,
    read: Format,
    write: Format,
    conversion: Conversion,
    *,
    kind: Kind | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> int:
    """Write a dataset in another format.

    Args:
        source: file or folder to read.
        target: file or folder to write; what lies there stays, unless `overwrite`.
        read: the format of the source.
        write: the format of the target.
        conversion: what reader and writer are told; afterwards, what they have to say.
        kind: what photos are of that do not say so themselves.
        overwrite: replace what lies at the target.
        progress: called with the number of photos done, and of all where that is known.

    Returns:
        the number of photos.

    Raises:
        DatasetError: the source is malformed, or the format cannot be written.
        OutputError: the target exists, is the source, cannot be written, or is being written by another run.
    """
    if write.write is None:
        writable = ", ".join(sorted(name for name, format_ in FORMATS.items() if format_.write))
        raise DatasetError(f"{write.name} can be read but not written; choose one of {writable}")
    if source.resolve() == target.resolve():
        raise OutputError(f"{target}: is the source itself; name another file")
    with alone_with(target):
        if not overwrite and (target.is_file() or (target.is_dir() and any(target.iterdir()))):
            raise OutputError(f"{target}: is there already; name another, or replace it with --overwrite")
        conversion.source = source
        stream = read.read(source, conversion)
        stream = with_kind(stream, kind) if kind else stream
        done = 0

        def counted() -> Iterator[Photo]:
            nonlocal done
            for photo in photos:
                yield photo
                done += 1
                progress(done, stream.total)

        photos, stream.photos = stream.photos, counted()
        write.write(stream, target, conversion)
    return done


def target_format(target: Path) -> Format:
    """The format that the name of a file to be written stands for: COCO for .json.

    Raises:
        DatasetError: the name says nothing.
    """
    by_suffix = {format_.suffix: format_ for format_ in reversed(FORMATS.values()) if format_.suffix}
    if target.suffix not in by_suffix:
        raise DatasetError(f"{target}: say in which format to write it, with --to")
    return FORMATS["coco"] if target.suffix == ".json" else by_suffix[target.suffix]
