"""Where the photos of a dataset lie, and links to them or copies of them elsewhere. Never changes a photo."""

import filecmp
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from wildwear.datasets.dataset import Dataset
from wildwear.errors import OutputError

How = Literal["symlink", "copy"]
IMAGES = "images"  # the folder of the photos beside a file that we write


def locate(dataset: Dataset, images: Path | None = None) -> dict[int, Path]:
    """Where the photos lie, by image id; those that are not there are absent.

    Args:
        dataset: as it was read.
        images: the folder of the photos, if they are not beside the dataset's file.

    Raises:
        DatasetError: a `file_name` leads out of its folder.
    """
    places = {image["id"]: dataset.photo_path(image, images) for image in dataset.images}
    return {identity: place for identity, place in places.items() if place.is_file()}


def place(
    photos: Mapping[str, Path],
    folder: Path,
    how: How,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Link or copy photos into a folder; what is there already stays.

    Args:
        photos: by the name that each is to have in the folder, with `/`.
        folder: made where it does not exist.
        how: link them, or copy them.
        progress: called with the number of photos done and in all.

    Raises:
        OutputError: another file is in the way of one, which is found out before the first is placed; or one
            cannot be written: then those that were placed are taken away again.
    """
    missing = [name for name, photo in photos.items() if not _is_there(folder / name, photo)]
    placed: list[Path] = []
    try:
        for done, name in enumerate(missing):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)  # a link whose photo has gone
            placed.append(target)
            photo = photos[name].resolve()
            if how == "symlink":
                target.symlink_to(os.path.relpath(photo, target.parent.resolve()))
            else:
                shutil.copyfile(photo, target)
            progress(done + 1, len(missing))
    except BaseException as error:
        for target in placed:
            target.unlink(missing_ok=True)
        if isinstance(error, OSError):
            hint = "; try --copy" if how == "symlink" else ""
            raise OutputError(f"{placed[-1]}: cannot be written ({error.strerror}){hint}.") from error
        raise


def _is_there(target: Path, photo: Path) -> bool:
    if not target.exists():
        return False
    if target.samefile(photo) or (target.is_file() and filecmp.cmp(target, photo, shallow=False)):
        return True
    raise OutputError(f"{target}: another file is in the way; choose another folder")
