"""Any number of photos into Parquet: a row a garment and a row a photo, in shards that survive a kill.

- `listed`: what somebody named, as photos and where they lie; `Listed`, a table of these.
- `Batch`: the folder of a run: its plan, its shards, its origin.
- `run`: does what is missing in it; `Ran`: what that came to.
- `dataset`: all that it holds, as a dataset.
"""

from wildwear.batch.folder import Batch
from wildwear.batch.merging import dataset
from wildwear.batch.running import Ran, run
from wildwear.batch.sources import Listed, listed

__all__ = ["Batch", "Listed", "Ran", "dataset", "listed", "run"]
