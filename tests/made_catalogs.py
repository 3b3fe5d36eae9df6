"""Catalogs as a scan would leave them, of which a test says only what it is about."""

from pathlib import Path
from typing import Any

import polars as pl

from wildwear.curation import COLUMNS, Catalog
from wildwear.curation.catalog import TYPES
from wildwear.curation.columns import schema


def make_catalog(folder: Path, columns: dict[str, list[Any]]) -> Catalog:
    """A catalog with these columns, each of its type; of those that every catalog has the others are null."""
    types = {name: dtype for name, dtype in TYPES.items() if name in columns}
    table = pl.DataFrame(columns, schema_overrides=types)
    catalog = Catalog(folder)
    catalog.replace(pl.concat([pl.DataFrame(schema=schema(COLUMNS)), table], how="diagonal"))
    return catalog
