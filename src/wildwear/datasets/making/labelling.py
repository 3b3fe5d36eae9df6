"""The labels of a photo as COCO records: instances, and regions that are not judged. Not for where they come
from: see `ccp30` and `carried`."""

from typing import Any

from wildwear import imaging
from wildwear.datasets.stream import Record


def add_instance(document: Record, image_id: int, category_id: int, mask: imaging.Rle, **fields: Any) -> None:
    """Append a garment to a COCO document: its area is counted in px, its box (`xywh` px) measured."""
    add(document, image_id, category_id, mask, iscrowd=0, **fields)


def add_region(document: Record, image_id: int, mask: imaging.Rle) -> None:
    """Append a region that is not judged: `iscrowd`, once in each category of the document."""
    for category in document["categories"]:
        add(document, image_id, category["id"], mask, iscrowd=1)


def add(document: Record, image_id: int, category_id: int, mask: imaging.Rle, **fields: Any) -> None:
    """Append one annotation, numbered after those that are there."""
    document["annotations"].append(
        {
            "id": len(document["annotations"]) + 1,
            "image_id": image_id,
            "category_id": category_id,
            "segmentation": mask,
            "area": float(imaging.area(mask)),
            "bbox": [float(value) for value in imaging.bbox(mask)],
            **fields,
        }
    )
