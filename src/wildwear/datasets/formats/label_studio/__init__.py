"""Label Studio (https://labelstud.io): tasks with the outlines that people drew, or that a model proposes.

Written as a folder: the tasks to import, and the labelling interface for the project's settings. Read from
such a folder, or from what Label Studio exports as JSON.
"""

from wildwear.datasets.formats.label_studio.reading import looks_like, read
from wildwear.datasets.formats.label_studio.writing import write
from wildwear.datasets.stream import Format

__all__ = ["FORMAT", "read", "write"]

FORMAT = Format(
    name="label-studio",
    title="Label Studio tasks (JSON)",
    looks_like=looks_like,
    read=read,
    write=write,
)
