"""The catalog: a folder with one table, one row a photo, one column a signal. Not for how values come about:
see `signals/`, where each signal says which columns it fills.

    CATALOG/photos.parquet     the table, once a scan is through
    CATALOG/parts/000001.parquet, …   what a scan has measured since; of two rows of a photo the later counts
    CATALOG/scan.yaml          how the last scan was made

A value that is not known (no face model, a photo that cannot be read) is null, never 0. The columns of
signals, by the file in `signals/` that fills them:

| file | column | type | what |
|---|---|---|---|
| `facts` | `format` | String | JPEG, PNG, …, as Pillow calls it |
| | `width`, `height` | Int32 | px, upright |
| | `megapixels` | Float32 | width × height / 10⁶ |
| | `channels` | Int8 | as they are stored: 1 grey or palette, 3 colour, 4 with alpha or CMYK |
| | `orientation` | Int8 | EXIF, 1 to 8; 1 is upright |
| | `taken` | Datetime(us) | EXIF, by the camera's clock |
| `colour` | `color` | String | `color`, `near_grey`, `monotone` (sepia, toned), `grey`, `black_and_white` |
| | `chroma` | Float32 | CIELAB units: how far from grey the most colourful part is |
| | `tint_spread` | Float32 | CIELAB units: what is left once one tint is taken out |
| `thesis` | `thesis_color` | String | `no_idea`, `black_and_white`, `grey`, `monochrome`, `maybe_color`, … |
| | `variance_least`, `variance_most` | Float64 | squared grey levels, of the channels' variances |
| `hashes` | `sha256` | String | of the file's bytes, hexadecimal |
| | `photo_hash` | UInt64 | `imaging.photo_hash`; 0 for a photo without content |
| | `part_hashes` | Array(UInt64, 35) | `imaging.part_hashes`: with a tenth cut off |
| `quality` | `brightness`, `contrast` | Float32 | mean and standard deviation of luma, in [0, 1] |
| | `sharpness` | Float32 | log10, as `imaging.quality` has it |
| | `dark_share`, `light_share` | Float32 | share of pixels that are all but black, all but white |
| | `border` | Float32 | share of the photo that is a margin of one colour |
| `screenshots` | `screenshot` | Float32 | share of the photo that is bars of an app, with signs on them |
| `collages` | `collage` | Float32 | share of a side along which two photos meet |
| `faces` | `faces` | Int16 | count |
| | `face_boxes` | List(Array(Float32, 4)) | xyxy px, the surest first |
| | `face_scores` | List(Float32) | in [0, 1] |
| | `face_share` | Float32 | of the photo that the largest face's box takes; 0 without faces |
| `garments` | `garments` | Int16 | count, as `wildwear segment` shows them |
| | `garment_categories` | List(String) | their names, the surest first; one may stand there twice |
| | `garment_scores` | List(Float32) | in [0, 1], of each |
| | `garment_sureness` | Float32 | mean of these; null without garments |
| | `garment_share` | Float32 | of the photo that all masks cover together |
| `flips` | `flip_agreement` | Float32 | of garments with those in a mirror, in [0, 1] |
| `embedding` | `embedding` | Array(Float32, 512) | of the whole photo by the bundled model, of length 1 |

Over the whole table, once a scan is through: `columns.OVER_ALL`.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import yaml

from wildwear.curation.columns import COLUMNS, OVER_ALL, schema
from wildwear.curation.signals import SIGNALS
from wildwear.errors import DatasetError
from wildwear.files import write_atomically, write_parquet

TABLE = "photos.parquet"
PARTS = "parts"
SETTINGS = "scan.yaml"

TYPES = schema([*COLUMNS, *(column for signal in SIGNALS for column in signal.columns), *OVER_ALL])
"""Of every column that a scan fills. Columns that somebody else has added may be of any type."""


class Catalog:
    """A folder that keeps a table of photos; a killed scan loses no part that it had written."""

    def __init__(self, path: Path) -> None:
        """Name a catalog, whether it is there yet or not."""
        self.path = path

    def exists(self) -> bool:
        """Whether anything was ever kept there."""
        return bool(self._files())

    def read(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The table, in the order of the photos' names as they were found; parts of a scan included.

        Args:
            columns: names of those that are wanted; None means all. Embeddings are most of a catalog.

        Raises:
            DatasetError: there is no catalog, it is damaged, or has no such column.
        """
        try:
            return self.scan(columns).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            damaged = next(iter(self.damaged()), self.path)
            raise is_damaged(damaged, error) from error

    def scan(self, columns: Sequence[str] | None = None) -> pl.LazyFrame:
        """As `read`, but nothing is read before it is asked for."""
        files = self._files()
        if not files:
            raise DatasetError(
                f"{self.path}: is no catalog; `wildwear curate scan PHOTOS --out {self.path}` makes one"
            )
        parts = [scanned(file) for file in files]
        known = pl.concat(parts, how="diagonal").collect_schema()
        if missing := [name for name in columns or () if name not in known]:
            raise DatasetError(f"{self.path}: has no column {missing[0]}; it has {', '.join(known.names())}")
        table = pl.concat(parts, how="diagonal")
        if len(parts) > 1:
            table = table.unique("photo", keep="last", maintain_order=True)
        return table if columns is None else table.select(columns)

    def add(self, rows: pl.DataFrame) -> None:
        """Keep rows; they replace earlier ones of the same photos. Raises `OutputError`."""
        folder = self.path / PARTS
        folder.mkdir(parents=True, exist_ok=True)
        taken = [int(part.stem) for part in folder.glob("*.parquet") if part.stem.isdecimal()]
        write_parquet(folder / f"{max(taken, default=0) + 1:06}.parquet", rows)

    def replace(self, table: pl.DataFrame) -> None:
        """Make this the whole table; the parts go. Raises `OutputError`."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_parquet(self.path / TABLE, table)
        for part in (self.path / PARTS).glob("*.parquet"):
            part.unlink()

    def damaged(self) -> list[Path]:
        """Its files that hold no table any more, or half of one; each is read as a whole."""
        return [file for file in self._files() if not is_whole(file)]

    @property
    def settings(self) -> dict[str, object]:
        """How the last scan was made; empty where there was none. Raises `DatasetError` for damaged ones."""
        try:
            said = yaml.safe_load((self.path / SETTINGS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise DatasetError(f"{self.path / SETTINGS}: is damaged ({error}); scan again") from error
        return said if isinstance(said, dict) else {}

    def note(self, settings: dict[str, object]) -> None:
        """Write down how a scan is made. Raises `OutputError`."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path / SETTINGS, yaml.safe_dump(settings, sort_keys=False).encode())

    def _files(self) -> list[Path]:
        """The table and its parts, in the order in which they were written."""
        table = self.path / TABLE
        parts = sorted((self.path / PARTS).glob("[0-9]*.parquet"))
        return ([table] if table.is_file() else []) + parts


def scanned(file: Path) -> pl.LazyFrame:
    """One file of a catalog, of which only the columns' names and types are read.

    Raises:
        DatasetError: it is damaged, or its columns are not those of a catalog.
    """
    try:
        table = pl.scan_parquet(file)
        known = table.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise is_damaged(file, error) from error
    if missing := [column.name for column in COLUMNS if column.name not in known]:
        raise DatasetError(
            f"{file}: has no column {missing[0]}, which every catalog has; scan into another folder"
        )
    for name, dtype in TYPES.items():
        if known.get(name, dtype) != dtype:
            raise DatasetError(
                f"{file}: its column {name} is of {known[name]}, in a catalog it is of {dtype}; scan into "
                "another folder"
            )
    return table


def is_whole(file: Path) -> bool:
    """Whether all of a Parquet file can be read. Raises `OSError` where the disk will not say."""
    try:
        pl.read_parquet(file)
    except pl.exceptions.PolarsError:
        return False
    return True


def is_damaged(file: Path, error: Exception) -> DatasetError:
    """The error for a file that cannot be read."""
    return DatasetError(f"{file}: is damaged ({error}); scan once more, which measures its photos anew")
