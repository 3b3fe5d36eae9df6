"""Public datasets: where they lie, how they come into a folder, and what people must do themselves.

- `fetch`: brings one into a folder. `SOURCES`: those that there are.
"""

from wildwear.datasets.sources.catalog import SOURCES, File, Source
from wildwear.datasets.sources.fetching import Fetched, fetch

__all__ = ["SOURCES", "Fetched", "File", "Source", "fetch"]
