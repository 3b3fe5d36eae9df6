"""From a pile of photos to those worth annotating: a catalog, one row a photo, one column a signal.

- `Catalog`: the folder that keeps it; `COLUMNS`: what it has of every photo before anything is measured;
  `Column`: one of these.
- `scanning.scan`: photos into a catalog; `signals.SIGNALS`: what is measured of each.
"""

from wildwear.curation.catalog import Catalog
from wildwear.curation.columns import COLUMNS, Column

__all__ = ["COLUMNS", "Catalog", "Column"]
