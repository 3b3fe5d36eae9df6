"""A project: a folder with the work on some photos (`annotations.sqlite`), the secret of its page (`token`)
and small pictures. The photos stay where they are."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wildwear.annotation.store import NewPhoto, Store
from wildwear.errors import DatasetError, OutputError
from wildwear.files import write_atomically
from wildwear.gathering import Photo, Place, place_called
from wildwear.imaging.identity import as_on_disk, shown

FILE, TOKEN, THUMBNAILS = "annotations.sqlite", "token", "thumbnails"
OWNER_ONLY = 0o600
TOKEN_BYTES = 24
SHORTEST_TOKEN = 32  # letters, that those bytes make


@dataclass(frozen=True)
class Project:
    """A project that is open.

    Attributes:
        folder: where it lies.
        store: the work in it.
        token: whoever says it may see and change everything.
    """

    folder: Path
    store: Store
    token: str

    @property
    def name(self) -> str:
        """What it is called."""
        return shown(self.folder.resolve().name)

    @property
    def target(self) -> int | None:
        """How many photos are to be done; None where nobody has said."""
        return self.store.number_setting("target")


def exists(folder: Path) -> bool:
    """Whether a folder holds a project."""
    return (folder / FILE).is_file()


def open_project(folder: Path, *, new_token: bool = False) -> Project:
    """Open a project, or begin one.

    Args:
        folder: where it lies, or is to lie.
        new_token: whether pages that are open elsewhere are to be locked out.

    Raises:
        DatasetError: what lies there is no project, or is damaged.
        OutputError: it cannot be opened or made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error
    store = Store(folder / FILE)
    return Project(folder, store, token_in(folder / TOKEN, new=new_token))


def existing_project(folder: Path) -> Project:
    """Open a project. Raises `DatasetError` where there is none, and as `open_project`."""
    if not exists(folder):
        raise DatasetError(f"{folder}: is no project of `wildwear annotate`: it has no {FILE}")
    return open_project(folder)


def token_in(path: Path, *, new: bool) -> str:
    """The token in a file that its owner alone can read; made where there is none.

    Raises:
        DatasetError: what stands there is none.
        OutputError: it cannot be written.
    """
    try:
        if new or not path.exists():
            with suppress(FileNotFoundError):
                path.unlink()
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
                file.write(secrets.token_urlsafe(TOKEN_BYTES))
        path.chmod(OWNER_ONLY)
        token = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise OutputError(f"{path}: cannot be used ({error.strerror})") from error
    except UnicodeDecodeError:
        token = ""
    if len(token) < SHORTEST_TOKEN or not token.isprintable():
        raise DatasetError(f"{path}: holds no token; --new-token makes one")
    return token


def new_photo(photo: Photo) -> NewPhoto:
    """A photo as the store keeps it: its name, and where it lies whatever folder we are in later."""
    place = photo.place.resolve() if isinstance(photo.place, Path) else photo.place
    return NewPhoto(shown(photo.name), shown(str(place)))


def place_of(written: str) -> Place:
    """Where a photo lies, of what `new_photo` wrote. Raises `PhotoError` where its archive lost it."""
    return place_called(as_on_disk(written))


def keep_thumbnail(project: Project, number: int, picture: bytes) -> None:
    """Keep a small picture of a photo for the next time, if there is room."""
    with suppress(OSError, OutputError):
        (project.folder / THUMBNAILS).mkdir(exist_ok=True)
        write_atomically(thumbnail_path(project, number), picture)


def thumbnail_path(project: Project, number: int) -> Path:
    """Where the small picture of a photo is kept."""
    return project.folder / THUMBNAILS / f"{number}.webp"
