"""A prediction as other tools have it: tables, annotation tools, Roboflow supervision.

Apart from the prediction, whose methods lead here: what these formats and libraries take to load is paid by
those alone who ask for them.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import polars

from wildwear import imaging, taxonomy
from wildwear.datasets import formats
from wildwear.datasets.stream import Conversion, PhotoStream
from wildwear.errors import MissingExtraError, PhotoError
from wildwear.imaging import PhotoSource
from wildwear.inference.prediction import Prediction

if TYPE_CHECKING:
    import pandas
    import supervision

SCHEMA: dict[str, type[polars.DataType]] = {
    "category": polars.String,
    "group": polars.String,
    "score": polars.Float32,
    "x": polars.Float32,  # of the mask's box, in pixels
    "y": polars.Float32,
    "width": polars.Float32,
    "height": polars.Float32,
    "area": polars.Int64,  # pixels of the mask
    "area_share": polars.Float64,  # of the photo
}


def to_polars(prediction: Prediction) -> polars.DataFrame:
    """A table, a row a garment."""
    pixels = prediction.size[0] * prediction.size[1]
    rows = [
        [one.name, one.category.group, one.score, *imaging.bbox(one.rle), one.area, one.area / pixels]
        for one in prediction
    ]
    return polars.DataFrame(rows, schema=SCHEMA, orient="row")


def to_pandas(prediction: Prediction) -> "pandas.DataFrame":
    """The same for pandas. Raises `MissingExtraError` without it."""
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError("to_pandas()", "pandas") from error

    return pandas.DataFrame({column.name: column.to_numpy() for column in to_polars(prediction)})


def in_format(prediction: Prediction, name: str, file: str) -> str:
    """What the writer of a dataset format makes of the photo.

    Args:
        prediction: knows its photo by the name of a file.
        name: of the format.
        file: the file that is wanted, below the folder that holds what is written; a pattern.

    Raises:
        PhotoError: it does not know its photo so.
    """
    if not isinstance(prediction.photo, str | Path):
        raise PhotoError(
            f'{name} names the file of a photo; replace(prediction, photo="photo.jpg") tells it.'
        )
    height, width = prediction.size
    image = {"id": 1, "file_name": Path(prediction.photo).name, "width": width, "height": height}
    garments = [{"id": number} | garment for number, garment in enumerate(prediction.to_coco(), start=1)]
    photos = PhotoStream({"categories": taxonomy.coco_categories()}, iter([(image, garments)]))
    write = formats.named(name).write
    assert write is not None  # these formats can be written
    with TemporaryDirectory() as folder:
        write(photos, Path(folder, file.split("/")[0]), Conversion())
        [written] = Path(folder).glob(file)
        return written.read_text(encoding="utf-8")


def to_supervision(prediction: Prediction) -> "supervision.Detections":
    """Roboflow supervision's Detections. Raises `MissingExtraError` without it."""
    try:
        import supervision
    except ImportError as error:
        raise MissingExtraError("to_supervision()", "supervision") from error

    masks = np.zeros((len(prediction), *prediction.size), dtype=bool)
    for index in range(len(prediction)):
        masks[index] = prediction.mask(index)
    return supervision.Detections(
        xyxy=prediction.boxes,
        mask=masks,
        confidence=prediction.scores,
        class_id=prediction.category_ids,
        data={
            "class_name": np.array([kind.name for kind in prediction.categories], dtype=str),
            "network_box": prediction.network_boxes,
            "alternatives": [dict(names) for names in prediction.alternatives],
        },
    )


def from_supervision(detections: "supervision.Detections", photo: PhotoSource | None) -> Prediction:
    """Read them again, or others with masks, the surest first.

    Raises:
        ValueError: they have no masks or no classes.
        UnknownCategoryError: a class is none of the 30.
    """
    if detections.mask is None or detections.class_id is None:
        raise ValueError("garments have masks and categories; these detections lack mask or class_id")
    count = len(detections)
    given = detections.data
    looked = np.asarray(given.get("network_box", detections.xyxy), dtype=np.float32).reshape(-1, 4)
    found = Prediction(
        size=tuple(detections.mask.shape[1:]),
        scores=np.asarray(
            np.ones(count) if detections.confidence is None else detections.confidence, dtype=np.float32
        ),
        category_ids=np.array([taxonomy.category(int(one)).id for one in detections.class_id], np.int64),
        masks=[imaging.encode(mask) for mask in detections.mask],
        alternatives=[list(names.items()) for names in given.get("alternatives", [{}] * count)],
        network_boxes=looked,
        photo=photo,
    )
    return found.pick(np.argsort(-found.scores, kind="stable"))
