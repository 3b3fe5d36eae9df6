"""The models that signals look through, opened by whoever measures, once. Not for what they find."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import cv2

from wildwear.errors import ModelError
from wildwear.files import sha256

if TYPE_CHECKING:
    from wildwear.inference import Segmenter

Need = Literal["faces", "garments", "flips"]
DIGITS = 12  # of a checksum, that tell models apart

FACE_SCORE = 0.7  # from which a face counts; see `signals/faces.py`
FACE_OVERLAP = 0.3  # IoU, over which two boxes are one face; OpenCV's own
MOST_FACES = 5000  # before these are told apart; OpenCV's own


@dataclass(frozen=True)
class Models:
    """Where models lie; they are opened when they are first asked for.

    Attributes:
        faces: a YuNet face detector, .onnx; None where faces are not looked for.
        garments: a model file of wildwear; None where garments are not looked for.
        flips: whether garments are looked for in a mirror as well.
    """

    faces: Path | None = None
    garments: Path | None = None
    flips: bool = False

    def key(self, need: Need | None) -> str | None:
        """What tells this model from others; "" for what needs none, and None where it is not there."""
        if need is None:
            return ""
        if need == "flips" and not self.flips:
            return None
        path = self.faces if need == "faces" else self.garments
        return None if path is None else f":{sha256(path)[:DIGITS]}"

    def check(self) -> None:
        """Raise `ModelError` where a file is no such model, before anybody sets to work with it."""
        opened = replace(self)  # which is let go; this one travels to other processes
        if self.faces is not None:
            _ = opened.face_detector
        if self.garments is not None:
            _ = opened.segmenter

    @cached_property
    def face_detector(self) -> cv2.FaceDetectorYN:
        """Raises `ModelError` where the file is none."""
        # It warns of what is no concern of users
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            return cv2.FaceDetectorYN.create(
                str(self.faces), "", (320, 320), FACE_SCORE, FACE_OVERLAP, MOST_FACES
            )
        except cv2.error as error:
            raise ModelError(f"{self.faces}: is no YuNet face detector that OpenCV reads") from error

    @cached_property
    def segmenter(self) -> "Segmenter":
        """With one thread: photos are measured side by side."""
        from wildwear import inference

        return inference.load(self.garments or "default", threads=1)
