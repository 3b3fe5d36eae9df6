"""Small documents that tests spoil one way at a time."""

from typing import Any

import pytest


@pytest.fixture
def document() -> dict[str, Any]:
    """A valid COCO document with one photo and one instance."""
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 8}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 1,
                "bbox": [1.0, 1.0, 4.0, 4.0],
                "segmentation": [[1, 1, 5, 1, 5, 5]],
                "iscrowd": 0,
            }
        ],
        "categories": [{"id": 1, "name": "hat"}, {"id": 2, "name": "bag"}],
    }
