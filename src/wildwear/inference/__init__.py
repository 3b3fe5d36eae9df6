"""From a model file to the garments of a photo; onnxruntime, no torch.

load: open a model, the bundled one by default. Segmenter: finds garments, photo by photo, in batches or as a
stream, in which a Failure stands for a photo that cannot be segmented. Prediction: the garments of one photo,
each a Garment. ModelCard: what a model file says about itself, under METADATA_KEY. find_model: from the name
of a model to its file.
"""

from wildwear.inference.card import METADATA_KEY, ModelCard
from wildwear.inference.garment import Garment
from wildwear.inference.prediction import Prediction
from wildwear.inference.segmenter import Failure, Segmenter, load
from wildwear.inference.session import find_model

__all__ = ["METADATA_KEY", "Failure", "Garment", "ModelCard", "Prediction", "Segmenter", "find_model", "load"]
