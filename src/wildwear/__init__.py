"""wildwear: clothing instance segmentation in the wild.

>>> import wildwear
>>> segmenter = wildwear.load()             # the bundled model
>>> prediction = segmenter("photo.jpg")     # path, bytes, PIL image or RGB array
"""

from typing import TYPE_CHECKING, Any

from wildwear.version import __version__

__all__ = ["Dataset", "Prediction", "Segmenter", "__version__", "load"]

if TYPE_CHECKING:
    from wildwear.datasets import Dataset
    from wildwear.inference import Prediction, Segmenter, load


def __getattr__(name: str) -> Any:
    """Import a package when one of its names is asked for: `import wildwear` stays instant."""
    if name in ("Prediction", "Segmenter", "load"):
        from wildwear import inference

        return getattr(inference, name)
    if name == "Dataset":
        from wildwear.datasets import Dataset

        return Dataset
    raise AttributeError(f"module 'wildwear' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Offer these names to whoever presses Tab, loaded or not."""
    return sorted({*globals(), *__all__})
