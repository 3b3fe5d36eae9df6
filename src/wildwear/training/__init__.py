"""Training: a run's config, its photos and their variation, the Lightning module, the run itself.

`load_config` reads a run by name or file; `train` carries it out into a folder.
"""

from wildwear.training.config import RunConfig, load_config
from wildwear.training.run import train

__all__ = ["RunConfig", "load_config", "train"]
