"""What benchmarks of a model share: it looks at every photo of a dataset once, and is timed.

In processor time, which a busy machine changes less than it does the clock.
"""

import time
from pathlib import Path
from typing import Any

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.health.fitness import require_ready
from wildwear.evaluation.choosing import Found
from wildwear.evaluation.evaluating import find_everything, labelled
from wildwear.inference import Segmenter
from wildwear.inference.card import Thresholds
from wildwear.inference.display import shown


def find(segmenter: Segmenter, dataset: Dataset, images: Path | None) -> tuple[Found, float]:
    """All that a model finds on a dataset, and what finding took, processor seconds a photo."""
    require_ready(dataset, images)
    predictions = []
    seconds = 0.0
    for image in dataset.images:
        photo = imaging.read_photo(dataset.photo_path(image, images))
        before = time.process_time()
        predictions.append(find_everything(segmenter, photo))
        seconds += time.process_time() - before
    return Found(dataset, tuple(predictions)), seconds / len(dataset.images)


def results(found: Found, thresholds: Thresholds | None = None) -> list[dict[str, Any]]:
    """COCO results of all that is found, or of what thresholds show of it; of labelled categories."""
    listed = labelled(found.dataset)
    return [
        record
        for image, everything in zip(found.dataset.images, found.predictions, strict=True)
        for record in (shown(everything, thresholds) if thresholds else everything).to_coco(image["id"])
        if record["category_id"] in listed
    ]
