"""Browse a dataset in the browser, on this machine alone.

- `Catalog`: a dataset ready to be filtered and shown; `create_app`: the pages and the data behind them, for
  `web.loopback.serve` to run.
"""

from wildwear.viewing.app import create_app
from wildwear.viewing.browsable import Catalog, Filter

__all__ = ["Catalog", "Filter", "create_app"]
