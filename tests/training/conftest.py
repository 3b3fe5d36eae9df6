"""A few photos drawn here, with garments on them, for runs that take seconds."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from wildwear import imaging, taxonomy
from wildwear.datasets import Dataset
from wildwear.training import RunConfig


@pytest.fixture(scope="session")
def drawn_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train.json, val.json and images/: six photos of a red coat and a blue bag on grey."""
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "images").mkdir()
    images, annotations = [], []
    for number in range(6):
        photo = np.full((120, 80, 3), 150, np.uint8)
        photo[20:90, 20 + number : 50 + number] = (200, 30, 30)
        photo[60:80, 55:72] = (30, 30, 200)
        imaging.write_image(folder / "images" / f"{number}.png", photo)
        images.append({"id": number + 1, "file_name": f"{number}.png", "width": 80, "height": 120})
        for category, colour in (("coat", (200, 30, 30)), ("bag", (30, 30, 200))):
            rle = imaging.encode(cv2.inRange(photo, np.array(colour), np.array(colour)) > 0)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number + 1,
                    "category_id": taxonomy.category(category).id,
                    "segmentation": rle,
                    "area": imaging.area(rle),
                    "bbox": imaging.bbox(rle),
                    "iscrowd": 0,
                }
            )
    whole = Dataset({"images": images, "annotations": annotations, "categories": taxonomy.coco_categories()})
    whole.restricted_to(images[:4]).save(folder / "train.json")
    whole.restricted_to(images[4:]).save(folder / "val.json")
    return folder


@pytest.fixture
def short_run() -> RunConfig:
    """Two epochs of a small network on small photos, without ImageNet weights."""
    return RunConfig.model_validate(
        {
            "name": "short",
            "model": {
                "backbone": "efficientnet_lite0",
                "pretrained": False,
                "fpn_channels": 32,
                "semantic_channels": 16,
                "box_features": 32,
                "long_side": 96,
            },
            "augmentation": {"long_side": [80, 110], "max_side": 110},
            "data": {"repeat_threshold": 0},
            "epochs": 2,
            "batch": 2,
            "warmup_steps": 1,
            "workers": 0,
            "log_every": 1,
            "pictures": 1,
            "model_file": False,
        }
    )
