"""The garments of a run as a table, a row each: CSV for people and Parquet for programs."""

import csv
from collections.abc import Iterable
from pathlib import Path

import polars

from wildwear.files import replacing
from wildwear.imaging.identity import shown
from wildwear.inference.segmenting import Record
from wildwear.taxonomy import category

SCHEMA: dict[str, type[polars.DataType]] = {
    "photo": polars.String,
    "instance": polars.Int32,  # from 1, the surest first; as in the names of cut-outs
    "category": polars.String,
    "group": polars.String,
    "score": polars.Float32,
    "x": polars.Float32,  # of the mask's box, in pixels
    "y": polars.Float32,
    "width": polars.Float32,
    "height": polars.Float32,
    "network_x": polars.Float32,  # of the box in which the network looked
    "network_y": polars.Float32,
    "network_width": polars.Float32,
    "network_height": polars.Float32,
    "area": polars.Int64,  # pixels of the mask
    "area_share": polars.Float32,  # of the photo
}


def write_table(csv_path: Path, parquet_path: Path, records: Iterable[Record]) -> None:
    """Write both files, row by row."""
    with replacing(csv_path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SCHEMA)
        for record in records:
            writer.writerows(rows(record))
    with replacing(parquet_path) as temporary:
        polars.scan_csv(csv_path, schema=SCHEMA).sink_parquet(temporary)


def rows(record: Record) -> Iterable[list[object]]:
    """Yield a row for each garment of a photo."""
    pixels = record.size[0] * record.size[1]
    for number, garment in enumerate(record.garments, start=1):
        kind = category(garment["category_id"])
        share = round(garment["area"] / pixels, 6)
        yield [
            *(shown(record.photo), number, kind.name, kind.group, garment["score"]),
            *(*garment["bbox"], *garment["network_bbox"], garment["area"], share),
        ]
