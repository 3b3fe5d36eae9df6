"""OpenCV's face detector, loaded once and kept. Not for finding faces: see `signals/faces.py`."""

import os
from collections.abc import Callable
from pathlib import Path

from wildwear.datasets.sources.public_sets import File
from wildwear.errors import DatasetError, MissingExtraError
from wildwear.files import sha256

YUNET = File(
    "face_detection_yunet_2023mar.onnx",
    url="https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx",
    about=233_000,
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
)
"""MIT licence; the address could not be tried where this was written, for want of a network."""


def kept(say: Callable[[str], None], file: File = YUNET) -> Path:
    """Where the detector lies, in the user's cache; it is loaded where it is not there, or damaged.

    Raises:
        DatasetError: it cannot be loaded, or is another file than the one that is known; the message says
            what to do without a network.
        MissingExtraError: it has to be loaded, and the extra `fetch` is not installed.
    """
    path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "wildwear", file.name)
    if path.is_file() and sha256(path) == file.sha256:
        return path
    try:
        from wildwear.datasets.sources.download import download, open_client
    except ModuleNotFoundError as error:
        raise MissingExtraError("loading the face detector", "fetch") from error
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    say(f"loading {file.url} to {path}")
    try:
        with open_client() as client:
            download(client, file, path, say=say, progress=lambda *_: None)
    except DatasetError as error:
        raise DatasetError(
            f"{error}\n  Or bring the file from a machine that can load it: `--face-model {file.name}` takes "
            f"it as it is, and `fetch` finds it at {path}"
        ) from error
    return path
