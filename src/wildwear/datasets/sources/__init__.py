"""Public datasets: where they lie, how they come into a folder, and what people must do themselves.

- `fetch`: brings one into a folder. `held`: what came into it, counted. `SOURCES`: those that there are.
"""

from wildwear.datasets.sources.fetching import Fetched, fetch, held
from wildwear.datasets.sources.public_sets import SOURCES, File, Source

__all__ = ["SOURCES", "Fetched", "File", "Source", "fetch", "held"]
