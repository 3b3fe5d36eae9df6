"""Models (torch): Mask R-CNN in the shapes that `ModelConfig` names, its checkpoints, and the way to the
model file.

`build` makes a network, `save_checkpoint` and `load_checkpoint` keep it, `import_detectron2` takes one from
elsewhere, `export_model` writes the `.onnx` that inference runs.
"""

from wildwear.models.architectures import build
from wildwear.models.checkpoints import average_checkpoints, load_checkpoint, save_checkpoint
from wildwear.models.config import ModelConfig
from wildwear.models.export import export_model
from wildwear.models.importing import import_detectron2
from wildwear.models.mask_rcnn import GarmentRcnn

__all__ = [
    "GarmentRcnn",
    "ModelConfig",
    "average_checkpoints",
    "build",
    "export_model",
    "import_detectron2",
    "load_checkpoint",
    "save_checkpoint",
]
