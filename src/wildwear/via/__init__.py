"""VIA 2 projects as documents, and all that an annotator's bench does to them.

- `Project`: a project, or a file of regions; `save`, `save_in_place`: how one is written.
- `merge`; `drop_empty`, `split`; `check`, `progress`; `renumber`: the verbs, each from a project to another,
  or to what is to be said of it.
"""

from wildwear.via.checking import Check, Progress, check, progress
from wildwear.via.merging import Merged, merge
from wildwear.via.parting import drop_empty, split
from wildwear.via.project import Project, save, save_in_place
from wildwear.via.renumbering import renumber

__all__ = [
    "Check",
    "Merged",
    "Progress",
    "Project",
    "check",
    "drop_empty",
    "merge",
    "progress",
    "renumber",
    "save",
    "save_in_place",
    "split",
]
