"""Photos annotated by people in the browser: polygons and names, every change kept. The page and the data
behind it: see `app.py`, which needs the extra `serve`.

- `open_project`, `existing_project`: a folder with the work on some photos, as `Project`; `exists`: whether
  there is one.
- `from_photos`, `from_dataset`: what it begins with; `add`: that, to a project.
- `progress`: how far it is; `export`: a dataset of what stands.
- `agreement`: how far two annotators agree; `Review`: where they do not, to be settled.
"""

from wildwear.annotation.agreement import Agreement, agreement
from wildwear.annotation.exporting import export
from wildwear.annotation.opening import Beginning, add, from_dataset, from_photos
from wildwear.annotation.progress import Progress, progress
from wildwear.annotation.project import Project, existing_project, exists, open_project
from wildwear.annotation.reviewing import Review

__all__ = [
    "Agreement",
    "Beginning",
    "Progress",
    "Project",
    "Review",
    "add",
    "agreement",
    "existing_project",
    "exists",
    "export",
    "from_dataset",
    "from_photos",
    "open_project",
    "progress",
]
