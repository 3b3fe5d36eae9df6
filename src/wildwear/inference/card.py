"""What a model file says about itself: its categories, how to feed it, what its scores are worth, where its
thresholds lie."""

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wildwear.errors import ModelError
from wildwear.taxonomy import category

METADATA_KEY = "wildwear"
"""The entry of the ONNX file's metadata_props that holds the card, as JSON."""

Share = Annotated[float, Field(ge=0, le=1)]
LEAST_FACTOR, LARGEST_FACTOR = 1e-4, 1e3  # of a calibration, within which each score becomes a number
Factor = Annotated[float, Field(ge=LEAST_FACTOR, le=LARGEST_FACTOR)]
SLACK = 1e-6  # of a score, within which one is sought


class Part(BaseModel):
    """A piece of the card: fixed once read; fields that a newer wildwear added are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")


class CardCategory(Part):
    """A category the model may answer."""

    id: int = Field(ge=1)
    name: str


class Input(Part):
    """How a photo becomes the model's input."""

    long_side: int = Field(gt=0)  # pixels; the photo is resized to it,
    short_side: int | None = Field(default=None, gt=0)  # or to this, where its long side stays within that
    multiple: int = Field(gt=0)  # height and width are padded to multiples of it
    pad_value: int = Field(ge=0, le=255)


class Thresholds(Part):
    """Where the model was meant to be cut; a call may say otherwise."""

    score: Share  # shown to people from here on,
    category_scores: dict[int, Share] = {}  # or from here on: by category id, where it is not `score`
    min_score: Share  # found at all from here
    mask: float = Field(gt=0, lt=1)  # a pixel belongs to the garment above this probability
    suppress: float | None = Field(gt=0, le=1)  # at a higher mask IoU any two are one garment; None: never
    max_detections: int = Field(gt=0)  # a photo

    @property
    def scores_by_name(self) -> dict[str, float]:
        """`category_scores` by the names of the categories."""
        return {category(id).name: score for id, score in self.category_scores.items()}

    @property
    def lowest(self) -> float:
        """The score that a garment of some category is shown from."""
        return min([self.score, *self.category_scores.values()])

    def score_of(self, category_id: int) -> float:
        """The score that garments of a category are shown from."""
        return self.category_scores.get(category_id, self.score)

    def changed(
        self,
        *,
        score: float | None = None,
        suppress: bool = True,
        limit: int | None = None,
    ) -> "Thresholds":
        """Return them as a call wants them: with another score, suppression or limit.

        Args:
            score: instead of all display thresholds, also those of categories; None keeps them.
            suppress: whether one garment is shown once.
            limit: None keeps it.

        Raises:
            ValueError: the score is not from 0 to 1, or the limit is negative.
        """
        given: dict[str, Any] = {}
        if score is not None:
            given |= {"score": checked_score(score), "category_scores": {}}
        if not suppress:
            given["suppress"] = None
        if limit is not None:
            if limit < 0:
                raise ValueError(f"at most {limit} garments a photo cannot be; a limit is 0 or more")
            given["max_detections"] = limit
        return self.model_copy(update=given)


class Calibration(Part):
    """What the network's scores are worth: the share of right garments among those that it is so sure of.

    share / (1 - share) = odds · score ** right_power / (1 - score) ** wrong_power. As it stands, scores stay
    as they are. It rises with the score and is one for all categories: no order of garments, and so no AP,
    ever changes by it.

    Source: Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017; with equal powers it is Platt's.
    """

    odds: Factor = 1
    right_power: Factor = 1
    wrong_power: Factor = 1

    def shares(self, scores: ArrayLike) -> NDArray[np.float32]:
        """What scores of the network are worth: any shape, in [0, 1], to float32 in [0, 1]."""
        sure = np.asarray(scores, np.float32).astype(np.float64)
        right, wrong = self.odds * sure**self.right_power, (1 - sure) ** self.wrong_power
        return np.asarray(right / (right + wrong), np.float32)

    def score(self, share: float) -> float:
        """The least score of the network that is worth this share, to a millionth too low."""
        low, high = 0.0, 1.0
        while high - low > SLACK:
            middle = (low + high) / 2
            low, high = (middle, high) if self.shares(middle) < np.float32(share) else (low, middle)
        return low


class ModelCard(Part):
    """The card of a model file; `model_dump_json()` is what the export writes into it."""

    format: Literal[1]
    name: str
    version: str
    family: str
    categories: tuple[CardCategory, ...]
    train_instances: dict[int, int]  # category id: instances it was trained on
    learnt: tuple[int, ...]  # ids with enough of them to be trusted
    input: Input
    thresholds: Thresholds
    calibration: Calibration = Calibration()  # what a user sees, thresholds too, are shares
    training_data: str
    licence: str
    metrics: dict[str, Any] = {}
    config: dict[str, Any] = {}


def read_card(metadata: dict[str, str], source: str) -> ModelCard:
    """Read the card from an ONNX file's metadata.

    Args:
        metadata: the file's metadata_props.
        source: what to call the file in an error.

    Raises:
        ModelError: the file carries no card, a damaged one, or one of a newer format.
    """
    if METADATA_KEY not in metadata:
        raise ModelError(f"{source}: an ONNX model, but not one that wildwear exported: it has no card.")
    try:
        return ModelCard.model_validate_json(metadata[METADATA_KEY])
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the card"
        advice = (
            " A newer wildwear may have written it: pip install --upgrade wildwear"
            if field == "format"
            else ""
        )
        raise ModelError(f"{source}: its card is damaged at {field}: {first['msg']}.{advice}") from error


def checked_score(score: float) -> float:
    """Return a score. Raises `ValueError` where it is not from 0 to 1: a per cent, say."""
    if not 0 <= score <= 1:
        raise ValueError(f"a score is from 0 to 1, not {score:g}")
    return score
