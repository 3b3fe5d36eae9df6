"""From a model file to the garments of a photo; onnxruntime, no torch.

load: open a model, the bundled one by default. Segmenter: finds garments, photo by photo or in batches.
Prediction: the garments of one photo, each a Garment. ModelCard: what a model file says about itself, under
METADATA_KEY. find_model: from the name of a model to its file.
"""

from wildwear.inference.card import METADATA_KEY, ModelCard
from wildwear.inference.prediction import Garment, Prediction
from wildwear.inference.segmenter import Segmenter, load
from wildwear.inference.session import find_model

__all__ = ["METADATA_KEY", "Garment", "ModelCard", "Prediction", "Segmenter", "find_model", "load"]
