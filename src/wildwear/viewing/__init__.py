"""Browse a dataset in the browser, on this machine alone.

- `Catalog`: a dataset ready to be filtered and shown; `create_app`: the pages and the data behind them;
  `serve`: run them.
"""

from wildwear.viewing.app import create_app
from wildwear.viewing.catalog import Catalog, Filter
from wildwear.viewing.server import serve

__all__ = ["Catalog", "Filter", "create_app", "serve"]
