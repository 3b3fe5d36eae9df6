"""Photos taken out of a VIA project, or shared out among two. For datasets see `datasets.making.derive`."""

from collections.abc import Collection
from typing import Any

from wildwear.errors import DatasetError
from wildwear.via.project import Project


def drop_empty(project: Project, last: str | None = None) -> tuple[Project, list[str]]:
    """The project without the photos that have no regions, and the file names of those.

    Args:
        project: stays as it is.
        last: the photo that was annotated last, by file name or key: those behind it are still to do, and
            stay. By default there is none to do.

    Raises:
        DatasetError: there is no such photo.
    """
    keys = project.keys
    looked_at = keys[: keys.index(project.key_of(last)) + 1] if last else keys
    empty = {key for key in looked_at if not project.regions(key)}
    kept = {key: project.photos[key] for key in keys if key not in empty}
    return project.holding(kept), [project.photos[key]["filename"] for key in keys if key in empty]


def split(project: Project, *, val: int | None = None, names: Collection[str] = ()) -> dict[str, Project]:
    """The project in two, called train_N and val_M by their photos, N and M.

    Args:
        project: stays as it is.
        val: how many photos go to val, the last in order; or
        names: which, by file name or key.

    Raises:
        DatasetError: a photo is not there, or no photo is left for train or for val.
    """
    keys = project.keys
    if val is not None:
        chosen: set[Any] = set(keys[len(keys) - val :]) if 0 < val <= len(keys) else set()
        if not chosen:
            raise DatasetError(
                f"{project.path}: {val:,} of {len(keys):,} photos cannot go to val; some are for train"
            )
    else:
        chosen = {project.key_of(name) for name in names}
    parts = {
        "train": [key for key in keys if key not in chosen],
        "val": [key for key in keys if key in chosen],
    }
    for part, held in parts.items():
        if not held:
            raise DatasetError(f"{project.path}: no photo is left for {part}, of {len(keys):,}")
    return {
        (name := f"{part}_{len(held)}"): project.holding({key: project.photos[key] for key in held}).called(
            name
        )
        for part, held in parts.items()
    }


def shared_names(parts: Collection[Project]) -> list[str]:
    """The file names that occur in more than one of several projects: one photo may be in both."""
    seen: set[str] = set()
    shared: list[str] = []
    for part in parts:
        shared += sorted(seen & part.keys_by_name.keys())
        seen |= part.keys_by_name.keys()
    return shared
