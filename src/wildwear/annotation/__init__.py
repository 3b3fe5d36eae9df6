"""Photos annotated by people in the browser: polygons and names, every change kept.

- `open_project`: a folder with the work on some photos, as `Project`; `add_photos`: more of them.
- `Desk`, `create_app`: the page and the data behind it, for `web.loopback.serve` to run.
"""

from wildwear.annotation.app import Desk, create_app
from wildwear.annotation.project import Project, add_photos, exists, open_project

__all__ = ["Desk", "Project", "add_photos", "create_app", "exists", "open_project"]
